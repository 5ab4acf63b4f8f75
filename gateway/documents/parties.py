"""Who plays a part in a document: identifiers with their scheme, address, whom to ask."""

from __future__ import annotations

import msgspec

from gateway.documents import elements as e
from gateway.documents.node import Node, ReadContext
from gateway.documents.remarks import Reference, reference
from gateway.documents.segments import first, pairs, segments, text
from gateway.x12.reading import Loop, Segment

# X12 element 98, as far as UBL has a word for it.
ROLES = {
    "BY": "buyer",
    "BT": "bill_to",
    "CA": "carrier",
    "RE": "remit_to",
    "RI": "remit_to",
    "SE": "seller",
    "SF": "ship_from",
    "ST": "ship_to",
    "SU": "seller",
    "VN": "seller",
}


class PartyIdentifier(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An identifier and the X12 scheme (element 66) that gives it meaning: 1 DUNS, UL GLN, 21 HIN, 92 ours for them."""

    scheme: str | None
    id: str


class Address(Node, frozen=True, kw_only=True):
    """Where a party is (N3, N4)."""

    lines: tuple[str, ...] = ()
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Contact(Node, frozen=True, kw_only=True):
    """Whom to ask (PER); numbers by their kind (TE, EM, FX ...)."""

    function: str | None
    name: str | None
    numbers: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)


class Party(Node, frozen=True, kw_only=True):
    """Who plays a part (N1): `code` verbatim, `role` its name where it is one of the usual ones."""

    role: str | None
    code: str | None
    name: str | None
    ids: tuple[PartyIdentifier, ...]
    more_names: tuple[str, ...] = ()
    address: Address | None = None
    contacts: tuple[Contact, ...] = ()
    references: tuple[Reference, ...] = ()


def contact(segment: Segment, _loop: Loop, _context: ReadContext) -> Contact:
    """Whom to ask, from PER."""
    return Contact(
        src=segment.position,
        function=text(segment, e.PER.function),
        name=text(segment, e.PER.name),
        numbers=pairs(segment, e.PER.numbers),
    )


def _each(several: list[Segment], *places: int) -> tuple[str, ...]:
    """What stands at these places of these segments, in order."""
    return tuple([sent for segment in several for place in places if (sent := segment.get(place))]) if several else ()


def _address(loop: Loop) -> Address | None:
    streets = segments(loop, "N3")
    town = first(loop, "N4")
    start = streets[0] if streets else town
    if start is None:
        return None
    return Address(
        src=start.position,
        lines=_each(streets, e.N3.first, e.N3.second),
        city=text(town, e.N4.city),
        state=text(town, e.N4.state),
        postal_code=text(town, e.N4.postal_code),
        country=text(town, e.N4.country),
    )


def party(segment: Segment, loop: Loop, context: ReadContext) -> Party:
    """Who plays a part, from N1 and what follows it."""
    code, number = text(segment, e.N1.role), text(segment, e.N1.id)
    return Party(
        src=segment.position,
        role=ROLES.get(code or ""),
        code=code,
        name=text(segment, e.N1.name),
        ids=(PartyIdentifier(scheme=text(segment, e.N1.scheme), id=number),) if number else (),
        more_names=_each(segments(loop, "N2"), e.N2.name, e.N2.more),
        address=_address(loop),
        contacts=tuple([contact(each, loop, context) for each in segments(loop, "PER")]),
        references=tuple([reference(each, loop, context) for each in segments(loop, "REF")]),
    )
