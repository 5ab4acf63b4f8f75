"""A mistake in a TOML file: what is wrong, in which file and line, and what to do; in the words of the catalogue."""

from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.model.catalogue import finding
from gateway.model.finding import Finding


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong in `file` (as the home names it, "partners/acme.toml") at `line`; `also` names other files it involves."""

    file: str
    line: int
    finding: Finding
    also: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """Its code in the catalogue."""
        return self.finding.code

    def concerns(self, partner: str) -> bool:
        """Whether it keeps this partner's file from being in force: it is about that file, or about config, which all need."""
        return not self.file.startswith("partners/") or f"partners/{partner}.toml" in (self.file, *self.also)

    def __str__(self) -> str:
        words = (self.finding.message, self.finding.expected, self.finding.fix)
        return f"{self.file}:{self.line}: {' '.join(word for word in words if word)}"


def mistake(code: str, file: str, line: int, *, also: tuple[str, ...] = (), **facts: Any) -> Mistake:  # noqa: ANN401 - facts fill a template
    """Say `profile.<code>` about this line."""
    return Mistake(file=file, line=line, finding=finding(f"profile.{code}", row=line, **facts), also=also)


def in_order(mistakes: Sequence[Mistake]) -> tuple[Mistake, ...]:
    """Each once, as a reader meets them: by file, then by line."""
    once = {(one.file, one.line, one.finding.message): one for one in mistakes}
    return tuple(once[key] for key in sorted(once))


def broken(file: str, mistakes: Sequence[Mistake], *, held: bool) -> Finding:
    """What to tell a person about a file that cannot be taken; `held` where no earlier version of it is in force."""
    here = [one for one in mistakes if one.file == file or file in one.also]
    return finding(
        "profile.unusable" if held else "profile.broken",
        row=here[0].line if here else 1,
        file=file,
        count="one mistake" if len(here) == 1 else f"{len(here)} mistakes",
        first=str(here[0]) if here else "",
    )
