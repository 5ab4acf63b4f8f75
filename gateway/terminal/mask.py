"""What a terminal shows of a partner's values: names, addresses, notes and descriptions only when asked, control characters never."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from gateway.model.finding import Finding
from gateway.profiles.agreement import Separators

MASK: Final = "•••"

# Where people write what they like, or who somebody is: segment -> elements. Codes, numbers and dates are not here.
FREE_TEXT: Final[Mapping[str, frozenset[int]]] = {
    segment: frozenset(elements)
    for segment, elements in {
        "CSH": (4,),
        "CTB": (2,),
        "CTT": (7,),
        "DMG": (2,),
        "EFI": (2,),
        "FOB": (3, 7, 9),
        "G61": (2, 4, 5),
        "IN2": (2, 3),
        "IT8": (4,),
        "ITD": (12,),
        "L7": (15,),
        "LH4": (2, 11),
        "MSG": (1,),
        "MTX": (2, 3),
        "N1": (2,),
        "N2": (1, 2),
        "N3": (1, 2),
        "N4": (1, 3),
        "N9": (3,),
        "NM1": (3, 4, 5, 7),
        "NTE": (2,),
        "NX2": (2, 5),
        "PER": (2, 4, 6, 8, 9),
        "PID": (5,),
        "PKG": (5,),
        "PO3": (8,),
        "PWK": (7,),
        "QTY": (4,),
        "REF": (3,),
        "SAC": (15,),
        "SCH": (4,),
        "SR": (5,),
        "TD1": (5,),
        "TD4": (4,),
        "YNQ": (5, 6, 7, 10),
    }.items()
}

# What stands where no segment should may be the second half of a note: nothing of it is shown.
_NOBODY_KNOWS: Final = ("syntax.segment_unknown", "envelope.stray_segments", "envelope.stray_group_segments")
_ONE_SEGMENT: Final = re.compile(r"[A-Z][A-Z0-9]{1,2}")


def is_free_text(segment: str, element: int) -> bool:
    """Whether people write what they like there."""
    return element in FREE_TEXT.get(segment, ())


def masked(elements: Sequence[str], found: Finding) -> Iterator[str]:
    """The elements of a segment, its id first, free text hidden."""
    unknown = found.code in _NOBODY_KNOWS or not _ONE_SEGMENT.fullmatch(elements[0])
    for place, value in enumerate(elements):
        hidden = value and (place > 0 if unknown else is_free_text(elements[0], place))
        yield MASK if hidden else value


def masked_acknowledgment(content: str, separators: Separators) -> str:
    """An acknowledgment's text without the values it says back of free text (AK404)."""
    segments = content.split(separators.segment)
    told = ""
    for place, segment in enumerate(segments):
        elements = segment.lstrip("\r\n").split(separators.element)
        if elements[0] in ("AK3", "IK3") and len(elements) > 1:
            told = elements[1]
        if elements[0] in ("AK4", "IK4") and len(elements) > _SAID_BACK:
            element = elements[1].split(separators.component)[0]
            if element.isdecimal() and is_free_text(told, int(element)):
                elements[_SAID_BACK] = MASK
                lead = segment[: len(segment) - len(segment.lstrip("\r\n"))]
                segments[place] = lead + separators.element.join(elements)
    return separators.segment.join(segments)


_SAID_BACK: Final = 4
