"""The Disposition of an MDN: what became of a message, in the one line that software reads (RFC 4130, 7.4.3 and 7.5)."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from gateway.as2.faults import Fault, Level, Modifier, level_of

_AUTOMATIC: Final = "automatic-action/MDN-sent-automatically"
_SAID: Final = re.compile(
    r"\s*(?P<action>[a-z-]+)\s*(?:/\s*(?P<level>[a-z]+)[^:=]*)?(?:[:=]\s*(?P<text>.*))?", re.IGNORECASE | re.DOTALL
)
_PROCESSED, _FAILED = "processed", "failed"
_LONGEST = 1_000


class Disposition(msgspec.Struct, frozen=True, kw_only=True):
    """`action` is processed or failed, in lower case; `level` None where all went well; `text` what follows the colon.

    `modifier` is the text where it is one of those that are defined, however it is spelled.
    """

    action: str
    level: Level | None = None
    text: str = ""

    @property
    def modifier(self) -> Modifier | None:
        """What the text means, None where only people can tell."""
        plain = re.sub(r"[\s_-]+", "-", self.text.strip().lower())
        return next((each for each in Modifier if re.sub(r"[\s_-]+", "-", each.lower()) == plain), None)

    @property
    def is_taken(self) -> bool:
        """Whether the message was taken: processed, and no more than warned about."""
        return self.action == _PROCESSED and self.level in {None, Level.WARNING}

    def __str__(self) -> str:
        level = f"/{self.level}" if self.level else ""
        text = f": {self.text}" if self.text else ""
        return f"{_AUTOMATIC}; {self.action}{level}{text}"


def disposition_of(fault: Fault | None, *, warning: Modifier | None = None) -> Disposition:
    """What we say of a message with this fault, or without one."""
    modifier = fault.modifier if fault else warning
    if modifier is None:
        return Disposition(action=_PROCESSED)
    level = level_of(modifier)
    return Disposition(action=_FAILED if level is Level.FAILURE else _PROCESSED, level=level, text=modifier)


def read_disposition(text: str) -> Disposition | None:
    """What a partner says, in any case and with either sign before the text (pitfall 13); None where it says nothing.

    A level that we do not know counts as an error: nothing is taken for delivered because of a word we cannot read.
    """
    _, mark, said = text[:_LONGEST].partition(";")
    found = _SAID.fullmatch(said if mark else text[:_LONGEST])
    if found is None:
        return None
    level = (found["level"] or "").lower()
    known = Level(level) if level in set(Level) else Level.ERROR
    return Disposition(
        action=found["action"].lower(), level=known if level else None, text=" ".join((found["text"] or "").split())
    )
