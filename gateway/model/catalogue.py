"""The one catalogue of messages: every code the gateway can utter, with its words, who acts, and the code an acknowledgment carries.

The words live in `messages/en/<area>.toml` beside this module, a table per code (`[missing_element]` in
`syntax.toml` is the code `syntax.missing_element`): a reader finds them in one place, a translator needs no Python.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from gateway.model.finding import AckCode, Finding, Severity, Who


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the catalogue; `message`, `expected` and `fix` are str.format templates over the finding's facts."""

    code: str
    title: str
    message: str
    expected: str | None = None
    fix: str | None = None
    severity: Severity = Severity.ERROR
    who: Who = Who.PARTNER
    ack: AckCode | None = None


@cache
def reasons() -> dict[str, Reason]:
    """Every reason by its code, read once from `messages/en/`."""
    return {
        reason.code: reason
        for page in sorted(files("gateway.model").joinpath("messages", "en").iterdir(), key=lambda page: page.name)
        for reason in _page(page.name.removesuffix(".toml"), page.read_text("utf-8"))
    }


def _page(area: str, text: str) -> list[Reason]:
    return [
        msgspec.convert({**entry, "code": f"{area}.{name}", "ack": _ack(entry)}, Reason)
        for name, entry in tomllib.loads(text).items()
    ]


def _ack(entry: dict[str, Any]) -> dict[str, str] | None:
    """`ack = "AK4 7"` in the file is segment AK4, code 7."""
    if "ack" not in entry:
        return None
    segment, code = entry["ack"].split(" ")
    return {"segment": segment, "code": code}


# Where a finding stands, as the fields of Finding name it; everything else a caller passes only fills the words.
_PLACE = ("segment", "position", "element", "component", "repetition", "offset", "row", "column", "value")


def finding(code: str, *, severity: Severity | None = None, **facts: Any) -> Finding:  # noqa: ANN401 - facts fill a template
    """Say `code` about these facts: those that name a place locate it, all of them fill the words.

    `severity` overrides the catalogue's (an agreement or a doubtful source may soften a rule); a softened
    finding is not reported in an acknowledgment.
    """
    reason = reasons()[code]
    weight = severity or reason.severity
    softened = weight is Severity.WARNING and reason.severity is Severity.ERROR
    return Finding(
        code=code,
        severity=weight,
        message=reason.message.format_map(facts),
        expected=reason.expected and reason.expected.format_map(facts),
        fix=reason.fix and reason.fix.format_map(facts),
        who=reason.who,
        ack=None if softened else reason.ack,
        **{place: facts[place] for place in _PLACE if place in facts},
    )
