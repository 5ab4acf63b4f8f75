"""The pages docs/codes: one per code, written from the catalogue, from docs/codes/causes.toml and from its spoken example."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

from gateway.api.problem import STATUS
from gateway.as2.faults import MODIFIERS, Level, level_of
from gateway.model.catalogue import Reason, reasons
from gateway.model.finding import Severity
from tests.messages.spoken import ROOT, acknowledged, spoken, weight

PAGES: Final = ROOT / "docs" / "codes"

# What an acknowledgment says: by its segment, where the code stands and what that does to the set, group or interchange.
_REPORTED: Final[Mapping[str, tuple[str, str, str]]] = {
    "AK3": ("A 997 says it in AK3 (AK304 = {code}), a 999 in IK3.", "set", "AK501"),
    "AK4": ("A 997 says it in AK4 (AK403 = {code}), a 999 in IK4.", "set", "AK501"),
    "AK5": ("A 997 says it in AK5 (one of AK502 to AK506 = {code}), a 999 in IK5.", "set", "AK501"),
    "AK9": ("A 997 or 999 says it in AK9 (one of AK905 to AK909 = {code}).", "group", "AK901"),
    "TA1": ("A TA1 says it (TA105 = {code}), where one is agreed or asked for.", "interchange", "TA104"),
}
_REFUSED: Final = "The {what} is refused ({place} = R)."
_TOLERATED: Final = "The {what} is taken, with errors noted ({place} = E), where nothing else is wrong with it."
_NOT_REPORTED: Final = "No 997, 999 or TA1 has a code for it."
_IN_WORDS: Final = "An answer in plain words says it where one is agreed."
_BETWEEN_US: Final = "Nothing: it concerns us alone, and no partner is told."

# What is reported only where it was agreed.
_AS_AGREED: Final[Mapping[str, str]] = {
    "duplicate.control_number": (
        'Nothing while it waits for a person. Where the agreement says `on_duplicate_interchange = "reject"`, a TA1 says '
        "it (TA105 = 025) and the interchange is refused (TA104 = R)."
    ),
}

# The areas that speak of what a partner sent.
_OF_FILES: Final = frozenset({"document", "duplicate", "envelope", "file", "partner", "syntax", "table"})

_INTRODUCTION: Final = """# What the gateway says

Every message of the gateway has a code that does not change. Here is a page for each: what it says, why it happens,
what to do, and what an acknowledgment tells the sender. A sender finds the code in `NAME.rejected.txt` and
`NAME.answer.csv`, we find it in `gateway queue`, `gateway show` and `gateway explain`.

These pages are written from the catalogue (`gateway/model/messages`) and from `docs/codes/causes.toml`; a test keeps
them true. `UPDATE_GOLDEN=1 .venv/bin/pytest tests/messages` writes them anew.
"""


def pages() -> dict[Path, str]:
    """Every page by its path, the index among them."""
    index = PAGES / "README.md"
    return {index: _index()} | {PAGES / _name(code): _page(code) for code in reasons()}


def _name(code: str) -> str:
    return f"{code}.md"


def _index() -> str:
    codes = sorted(reasons())
    lines = [_INTRODUCTION]
    for area, of_area in groupby(codes, key=lambda code: code.split(".")[0]):
        lines += [f"## {area}", "", _cause(area, "area"), "", "| code | what | weight, who acts | acknowledgment |"]
        lines += ["| --- | --- | --- | --- |"]
        lines += [
            f"| [{code}]({_name(code)}) | {reasons()[code].title} | {weight(code)} | {acknowledged(code) or '-'} |"
            for code in of_area
        ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _page(code: str) -> str:
    area, matter = code.split(".")
    found = spoken(code)
    said = [found.message, *([f"Expected: {found.expected}"] if found.expected else [])]
    parts = [
        f"# {reasons()[code].title}",
        f"`{code}`: {weight(code)}.",
        "\n>\n".join(f"> {_literal(each)}" for each in said),
        f"## Why it happens\n\n{_cause(area, matter)}",
        f"## What to do\n\n{_literal(found.fix)}" if found.fix else "",
        f"## What the acknowledgment says\n\n{_in_acknowledgment(reasons()[code])}",
        "[All codes](README.md)",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _in_acknowledgment(reason: Reason) -> str:
    if reason.code in _AS_AGREED:
        return _AS_AGREED[reason.code]
    if reason.code in MODIFIERS:
        modifier = MODIFIERS[reason.code]
        kind = "failed" if level_of(modifier) is Level.FAILURE else "processed"
        return f"The MDN says it (`{kind}/{level_of(modifier)}: {modifier}`), with these words."
    if reason.code in STATUS:
        return (
            f"Nothing: the request itself is answered with it (HTTP {STATUS[reason.code]}, application/problem+json)."
        )
    if reason.ack is None:
        of_file = reason.code.split(".")[0] in _OF_FILES
        return f"{_NOT_REPORTED} {_IN_WORDS}" if of_file else _BETWEEN_US
    where, what, place = _REPORTED[reason.ack.segment]
    weighs = _REFUSED if reason.severity is Severity.ERROR else _TOLERATED
    return f"{where.format(code=reason.ack.code)} {weighs.format(what=what, place=place)}"


def _cause(area: str, matter: str) -> str:
    of_area = causes().get(area, {})
    cause = of_area.get(matter) or of_area.get("area")
    assert cause, f"say in docs/codes/causes.toml why {area}.{matter} happens, or what the area {area} is about"
    return cause


@cache
def causes() -> dict[str, dict[str, str]]:
    """Why each happens, by area and name."""
    return tomllib.loads((PAGES / "causes.toml").read_text("utf-8"))


def _literal(text: str) -> str:
    """Text as it is: what a page would take for markup is marked as none, but for what stands between backticks."""
    parts = text.split("`")
    return "`".join(part if place % 2 else re.sub(r"([*_<>\[\]|~])", r"\\\1", part) for place, part in enumerate(parts))
