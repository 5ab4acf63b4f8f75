"""Small X12 files, built from what a test wants to say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

Segment = Sequence[str]

ORDER: list[Segment] = [
    ("BEG", "00", "SA", "PO-1", "", "20261116"),
    ("N1", "ST", "North Clinic Main Street", "92", "NC-1"),
    ("PO1", "1", "12", "EA", "2.50", "PE", "VP", "TRY-01"),
    ("PID", "F", "", "", "", "Suture removal tray"),
    ("PO1", "2", "3", "BX", "11.9", "PE", "VP", "CTH-20"),
    ("CTT", "2"),
]


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """The separators of a file."""

    element: str = "*"
    component: str = ">"
    segment: str = "~"
    suffix: str = "\n"
    before: bytes = b""


def _isa(sender: str, receiver: str, *rest: str) -> Segment:
    blank = " " * 10
    identities = ("ZZ", sender.ljust(15), "ZZ", receiver.ljust(15))
    return ("ISA", "00", blank, "00", blank, *identities, "261116", "0812", "U", "00401", *rest)


def x12(  # noqa: PLR0913 - the sides of a file that tests vary
    *sets: Sequence[Segment],
    marks: Marks = Marks(),  # noqa: B008 - frozen
    control: int = 101,
    sender: str = "NORTHCLINIC",
    receiver: str = "HEALTHSYS",
    usage: str = "P",
    ack_requested: str = "0",
    kind: str = "850",
    functional_id: str = "PO",
) -> bytes:
    """One interchange with one group of these sets; each is what stands between ST and SE."""
    segments: list[Segment] = [
        _isa(sender, receiver, f"{control:09}", ack_requested, usage, marks.component),
        ("GS", functional_id, sender, receiver, "20261116", "0812", str(control), "X", "004010"),
    ]
    for ordinal, body in enumerate(sets, 1):
        segments.append(("ST", kind, f"{ordinal:04}"))
        segments += body
        segments.append(("SE", str(len(body) + 2), f"{ordinal:04}"))
    segments += [("GE", str(len(sets)), str(control)), ("IEA", "1", f"{control:09}")]
    text = "".join(marks.element.join(segment) + marks.segment + marks.suffix for segment in segments)
    return marks.before + text.encode("latin-1")


def order(number: str = "PO-1", quantity: str = "12", name: str = "North Clinic Main Street") -> list[Segment]:
    """An order with this number, whose first line is for this quantity."""
    changed = {0: {3: number}, 1: {2: name}, 2: {2: quantity}}
    return [
        [changed.get(ordinal, {}).get(place, value) for place, value in enumerate(segment)]
        for ordinal, segment in enumerate(ORDER)
    ]


def written(folder: Path, content: bytes, name: str = "orders.edi") -> Path:
    """A file with this content."""
    file = folder / name
    file.write_bytes(content)
    return file
