"""X12 as a partner would send it, made from its own agreement: a good file, and each of the usual mistakes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import msgspec

from gateway.documents import Envelope, ReadContext, documents_in, kind_of
from gateway.flatfile.table import read_table
from gateway.model.fields import FIELDS
from gateway.model.identifiers import PartyId
from gateway.model.limits import Limits
from gateway.profiles.agreement import Agreement, Column, ColumnMap
from gateway.terminal.sheet import sheet
from gateway.terminal.template import USUAL
from gateway.x12 import write
from gateway.x12.maps import Maps
from gateway.x12.reading import Delimiters, GroupHeader, InterchangeHeader, Loop, Segment
from gateway.x12.rules import LoopNode

RELEASE: Final = "004010"
Body = list[list[str]]

# What a set has beside the usual columns of a table, in which others stand for it.
_BESIDE: Final = {
    "850": (),
    "855": ("order_date", "line.quantity", "line.uom", "line.price"),
    "856": ("date", "time"),
    "810": (),
}
_NUMBERED: Final = {"850": ("BEG", 3), "855": ("BAK", 3), "856": ("BSN", 2), "810": ("BIG", 2)}
_QUANTITY: Final = {"850": ("PO1", 2), "855": ("ACK", 2), "856": ("SN1", 2), "810": ("IT1", 2)}


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """What makes an example another one than the rest: its control number (ISA13, GS06), its document's number, and when."""

    control: int
    document: str
    at: datetime


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A file; `what` names the phrase that says what is the matter with it."""

    what: str
    kind: str
    content: bytes


def x12_examples(agreed: Agreement, sender: PartyId, numbers: Numbers, maps: Maps) -> Iterator[Example]:
    """A good file, then bad ones, as X12 of this kind."""
    body = _body(agreed.kind, numbers.document, maps)
    good = x12_file(agreed, sender, body, numbers)
    yield Example(what="good", kind=agreed.kind, content=good)
    for nth, (what, spoil) in enumerate(_SPOILED.items(), start=1):
        changed = msgspec.structs.replace(numbers, control=numbers.control + nth)
        spoiled = spoil(agreed.kind, [list(segment) for segment in body])
        yield Example(what=what, kind=agreed.kind, content=x12_file(agreed, sender, spoiled, changed))
    after = msgspec.structs.replace(numbers, control=numbers.control + len(_SPOILED) + 1)
    whole = x12_file(agreed, sender, body, after)
    segments = len(body) + 2
    count = agreed.separators.element + str(segments) + agreed.separators.element
    wrong = agreed.separators.element + str(segments - 1) + agreed.separators.element
    at = whole.rindex(b"SE" + count.encode())
    yield Example(
        what="short_count", kind=agreed.kind, content=whole[:at] + whole[at:].replace(count.encode(), wrong.encode(), 1)
    )
    yield Example(
        what="cut_off", kind=agreed.kind, content=whole[: whole.rindex(b"SE" + agreed.separators.element.encode())]
    )


def x12_good(agreed: Agreement, sender: PartyId, numbers: Numbers, maps: Maps) -> bytes:
    """The good file alone."""
    return next(x12_examples(agreed, sender, numbers, maps)).content


def x12_file(agreed: Agreement, sender: PartyId, body: Body, numbers: Numbers) -> bytes:
    """One interchange of this set, from the partner to us; a test wherever tests were agreed."""
    kind = kind_of(agreed.kind)
    envelope = write.Envelope(
        our_id=sender,
        partner_id=agreed.our_id,
        now=numbers.at,
        control=numbers.control,
        group_controls=(numbers.control,),
        usage="P" if agreed.usage == "P" else "T",
        separators=agreed.separators,
    )
    group = write.GroupToWrite(
        functional_id=kind.functional_id if kind else "",
        sender=agreed.partner_gs[0],
        receiver=agreed.our_gs,
        version=RELEASE,
        sets=[write.SetToWrite(set_id=agreed.kind, body=body)],
    )
    return b"".join(write.write_interchange(envelope, [group]))


def _body(kind: str, number: str, maps: Maps) -> Body:
    """The set that the example rows of a table are another spelling of, its segments in the order of the map."""
    fields = {field.name: field for field in FIELDS[kind]}
    names = dict.fromkeys((*USUAL[kind], *_BESIDE[kind]))
    table = ColumnMap(
        columns=tuple(Column(name=name, field=name, required=fields[name].needed) for name in names), delimiter=","
    )
    content = sheet(table, kind).replace(fields["number"].example.encode(), number.encode())
    found, set_map = kind_of(kind), maps.get(kind, RELEASE)
    if found is None or set_map is None:
        raise ValueError(kind)
    read = read_table(io.BytesIO(content), [(kind, table)], Limits())
    context = ReadContext(timezone="UTC", partner="")
    [document] = documents_in(read, found, _NOWHERE, context, maps, Limits())
    body = list(_in_order(document.read.tree, set_map.root))
    return [segment for segment in body if segment[0] not in ("ST", "SE")]


def _in_order(loop: Loop, node: LoopNode) -> Iterator[list[str]]:
    """The segments of a tree as they stand in a file."""
    children = {child.key if isinstance(child, LoopNode) else child.id: child for child in node.children}
    for key, child in children.items():
        for entry in loop.get(key, ()):
            if isinstance(entry, Segment):
                yield entry.elements
            elif isinstance(child, LoopNode):
                yield from _in_order(entry, child)


def _letter(kind: str, body: Body) -> Body:
    name, element = _QUANTITY[kind]
    segment = next(each for each in body if each[0] == name)
    segment[element] = "1O"
    return body


def _nameless(kind: str, body: Body) -> Body:
    name, element = _NUMBERED[kind]
    next(each for each in body if each[0] == name)[element] = ""
    return body


_SPOILED: Final[dict[str, Callable[[str, Body], Body]]] = {"letter": _letter, "nameless": _nameless}


_NOBODY: Final = PartyId("ZZ", "NOBODY")
_NOWHERE: Final = Envelope(
    interchange=InterchangeHeader(
        ordinal=1,
        offset=0,
        control="",
        sender=_NOBODY,
        receiver=_NOBODY,
        date="",
        time="",
        version="",
        usage="T",
        ack_requested=False,
        delimiters=Delimiters("*", ">", "~"),
    ),
    group=GroupHeader(
        ordinal=1,
        offset=0,
        functional_id="",
        sender="",
        receiver="",
        date="",
        time="",
        control="",
        agency="",
        version="",
        release=RELEASE,
    ),
)
