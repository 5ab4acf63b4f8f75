"""Interchanges to read in tests: built from the segments of their sets, so that a test shows only what it is about."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from gateway.model.finding import Finding
from gateway.model.limits import Limits
from gateway.x12.maps import Maps
from gateway.x12.read import Reader
from gateway.x12.reading import GroupRead, InterchangeRead, Part, SetRead, Unreadable

GOLDEN = Path(__file__).parents[1] / "golden" / "x12"

# The shortest 850 that is right.
ORDER = ("BEG*00*SA*PO1**20261116", "PO1*1*5*EA*9.50**VP*GLOVE-7", "CTT*1")

ISA = "ISA*00*          *00*          *ZZ*NORTHCLINIC    *ZZ*HEALTHSYS      *261116*0812*U*00401*000000007*0*P*>"
GS = "GS*PO*NORTHCLINIC*HEALTHSYS*20261116*0812*7*X*004010"


@cache
def maps() -> Maps:
    """The maps of this checkout, loaded once for all tests."""
    return Maps()


def transaction(*segments: str, set_id: str = "850", control: str = "0001") -> list[str]:
    """ST, these segments, and an SE that counts them."""
    return [f"ST*{set_id}*{control}", *segments, f"SE*{len(segments) + 2}*{control}"]


def interchange(*sets: Sequence[str], isa: str = ISA, gs: str = GS, suffix: str = "~\n") -> bytes:
    """One interchange of one group with these sets."""
    control, group = isa.split("*")[13], gs.split("*")[6]
    inside = [segment for segments in sets for segment in segments]
    return wire([isa, gs, *inside, f"GE*{len(sets)}*{group}", f"IEA*1*{control}"], suffix)


def wire(segments: Sequence[str], suffix: str = "~\n") -> bytes:
    """These segments as bytes, each ended by `suffix`."""
    return "".join(segment + suffix for segment in segments).encode("latin-1")


def read_all(content: bytes, limits: Limits | None = None) -> list[Part]:
    """Every part; all bytes are accounted for, whatever they are."""
    reader = Reader(io.BytesIO(content), maps(), limits)
    parts = list(reader)
    assert reader.consumed == len(content)
    return parts


def sets(content: bytes) -> list[SetRead]:
    """The sets alone."""
    return [part for part in read_all(content) if isinstance(part, SetRead)]


def only_set(*segments: str, set_id: str = "850", gs: str = GS, isa: str = ISA) -> SetRead:
    """The one set of an interchange that holds these segments between ST and SE."""
    (read,) = sets(interchange(transaction(*segments, set_id=set_id), gs=gs, isa=isa))
    return read


def group(content: bytes) -> GroupRead:
    """The one group of this file."""
    (read,) = (part for part in read_all(content) if isinstance(part, GroupRead))
    return read


def interchange_read(content: bytes) -> InterchangeRead:
    """The one interchange of this file."""
    (read,) = (part for part in read_all(content) if isinstance(part, InterchangeRead))
    return read


def unreadable(content: bytes) -> list[Unreadable]:
    """What of this file is no X12."""
    return [part for part in read_all(content) if isinstance(part, Unreadable)]


def codes(findings: Sequence[Finding]) -> list[str]:
    """What was found, by code alone."""
    return [finding.code for finding in findings]


def acks(findings: Sequence[Finding]) -> list[str]:
    """What an acknowledgment will say of these findings, e.g. "AK4 7"."""
    return [f"{finding.ack.segment} {finding.ack.code}" for finding in findings if finding.ack]
