"""What ISA, GS, ST and TA1 must look like, as tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.x12.charset import readable
from gateway.x12.fault import Facts, place_of, shown
from gateway.x12.isa import WIDTH, Isa, terminator
from gateway.x12.maps import Maps
from gateway.x12.reading import GroupHeader, Ta1Read

_DATE_6: Final = r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_DATE_8: Final = rf"\d\d{_DATE_6}"
_TIME: Final = r"(?:[01]\d|2[0-3])[0-5]\d"

# ISA by element: what it must match once trimmed, and what is said where it does not. The versions of ISA11 are below.
ISA_RULES: Final = (
    (1, re.compile(r"0\d"), "authorization_qualifier"),
    (3, re.compile(r"0[01]"), "security_qualifier"),
    (5, re.compile(r"[0-9A-Z]{2}"), "sender_qualifier"),
    (6, re.compile(r".+"), "sender_id"),
    (7, re.compile(r"[0-9A-Z]{2}"), "receiver_qualifier"),
    (8, re.compile(r".+"), "receiver_id"),
    (9, re.compile(_DATE_6), "interchange_date"),
    (10, re.compile(_TIME), "interchange_time"),
    (12, re.compile(r"\d{5}"), "interchange_version"),
    (13, re.compile(r"\d{1,15}"), "interchange_control"),
    (14, re.compile(r"[01]"), "ack_requested"),
    (15, re.compile(r"[PTI]"), "usage"),
)

# What ISA declares: its name, the element of ISA that it stands in or after, what is usual.
_SEPARATORS: Final = (
    ("element separator", 1, "*"),
    ("repetition separator", 11, "^"),
    ("component separator", 16, ">"),
    ("segment terminator", 16, "~"),
)

# GS by element: its name, what it must match, and that in words. GS01, GS06 and GS08 are judged by what we have.
GS_RULES: Final = (
    (2, "application sender", re.compile(r".{2,15}"), "2 to 15 characters"),
    (3, "application receiver", re.compile(r".{2,15}"), "2 to 15 characters"),
    (4, "group date", re.compile(_DATE_8), "a date as CCYYMMDD"),
    (5, "group time", re.compile(_TIME + r"(?:[0-5]\d(?:\d\d?)?)?"), "a time as HHMM, HHMMSS or HHMMSSDD"),
    (7, "standards agency", re.compile(r"[XT]"), "X"),
)

_TA1_CODE: Final = re.compile(r"[AER]")
_TA1_NOTE: Final = re.compile(r"\d{3}")
_GROUP_CONTROL: Final = re.compile(r"\d{1,9}")
_SET_ID: Final = re.compile(r"[0-9A-Z]{3}")
_SET_CONTROL_AT_LEAST: Final = 4
_SET_CONTROL_AT_MOST: Final = 9


def interchange_findings(isa: Isa, offset: int) -> Iterator[Finding]:
    """What is wrong or odd with an ISA that could be read."""
    odd = isa.odd_widths
    width = len(isa.delimiters.element) * 16 + sum(map(len, isa.elements)) + 1
    if odd or width != WIDTH:
        yield finding("envelope.isa_width", segment="ISA", offset=offset, width=width, elements=", ".join(odd))
    yield from _separator_findings(isa, offset)
    for place, pattern, code in ISA_RULES:
        value = isa.elements[place].strip()
        if not pattern.fullmatch(value):
            yield finding(f"envelope.{code}", **place_of(isa.elements, offset, place), value=shown(value))
    standards_id, version = isa.elements[11], isa.elements[12]
    if isa.delimiters.repetition is None and standards_id.strip() != "U":
        facts: Facts = {"value": shown(standards_id), "version": version}
        yield finding("envelope.standards_id", **place_of(isa.elements, offset, 11), **facts)


def _separator_findings(isa: Isa, offset: int) -> Iterator[Finding]:
    """Separators beyond ASCII: other characters may hold the same bytes, and then cut a value in two."""
    declared = isa.delimiters
    marks = (declared.element, declared.repetition or "", declared.component, terminator(declared))
    for mark, (name, place, usual) in zip(marks, _SEPARATORS, strict=True):
        if mark.isascii():
            continue
        size = "1 byte" if len(mark) == 1 else f"{len(mark)} bytes"
        facts: Facts = {"name": name, "size": size, "hex": mark.encode("latin-1").hex(" ").upper(), "usual": usual}
        where = place_of(isa.elements, offset, place)
        yield finding("envelope.separator_not_ascii", **where, value=readable(mark), **facts)


def group_findings(gs: Sequence[str], header: GroupHeader, maps: Maps, *, exact: bool) -> Iterator[Finding]:
    """What is wrong or odd with a GS; `exact` says that GS08 names exactly something we have."""
    place = partial(place_of, gs, header.offset)
    for element, name, pattern, rule in GS_RULES:
        value = gs[element] if element < len(gs) else ""
        if not pattern.fullmatch(value):
            facts: Facts = {"ref": f"GS{element:02}", "name": name, "rule": rule, "value": shown(value)}
            yield finding("envelope.group_element", **place(element), **facts)
    if not _GROUP_CONTROL.fullmatch(header.control):
        yield finding("envelope.group_control", **place(6), value=shown(header.control))
    if header.release is None:
        known = ", ".join(maps.releases)
        yield finding("envelope.version_unsupported", **place(8), value=shown(header.version), known=known)
        return
    if not exact:
        value = shown(header.version)
        yield finding("envelope.version_by_prefix", **place(8), value=value, release=header.release)
    groups = sorted(set(maps.sets_of(header.release).values()))
    if header.functional_id not in groups:
        value, known = shown(header.functional_id), ", ".join(groups)
        yield finding("envelope.group_unsupported", **place(1), value=value, known=known)


def set_findings(
    st: Sequence[str], group: GroupHeader, maps: Maps, offset: int, *, repeated: bool
) -> Iterator[Finding]:
    """What is wrong or odd with an ST; `repeated` says that its control number came before in the group."""
    place = partial(_in_st, st, offset)
    set_id, control = (*st[1:3], "", "")[:2]
    known = maps.sets_of(group.release) if group.release else {}
    if not _SET_ID.fullmatch(set_id):
        yield finding("envelope.set_id_missing", **place(1), value=shown(set_id))
    elif set_id not in known:
        names = ", ".join(known) or "none"
        yield finding("envelope.set_unsupported", **place(1), value=set_id, version=shown(group.version), known=names)
    elif known[set_id] != group.functional_id:
        facts: Facts = {"value": set_id, "functional_id": shown(group.functional_id), "wanted": known[set_id]}
        yield finding("envelope.set_misplaced", **place(1), **facts)
    if not control.strip():
        yield finding("envelope.set_control_missing", **place(2))
    elif repeated:
        yield finding("envelope.set_repeated", **place(2), value=shown(control))
    elif len(control) > _SET_CONTROL_AT_MOST:
        yield finding("envelope.set_control_long", **place(2), value=shown(control), length=len(control))
    elif len(control) < _SET_CONTROL_AT_LEAST:
        yield finding("envelope.set_control_form", **place(2), value=shown(control))


def _in_st(st: Sequence[str], offset: int, element: int) -> Facts:
    return {"position": 1, **place_of(st, offset, element)}


def ta1_findings(ta1: Ta1Read, offset: int) -> Iterator[Finding]:
    """Whether a TA1 says enough to be understood."""
    if not (ta1.control and _TA1_CODE.fullmatch(ta1.code) and _TA1_NOTE.fullmatch(ta1.note)):
        yield finding("envelope.ta1_broken", segment="TA1", offset=offset)
