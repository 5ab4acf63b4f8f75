"""What becomes which field: the one table of the segments that a document's header and its lines carry alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.documents import parties, remarks, terms, transport
from gateway.documents.node import Node, ReadContext
from gateway.documents.segments import first
from gateway.x12.reading import Loop, Segment

Read = Callable[[Segment, Loop, ReadContext], Node]
"""Make a node of a segment and of the loop it opens (empty where it opens none)."""

FIELDS: Mapping[str, tuple[str, Read]] = {
    "AMT": ("amounts", remarks.amount),
    "CAD": ("carriers", transport.invoiced_carrier),
    "DTM": ("dates", remarks.moment),
    "FOB": ("delivery_terms", terms.delivery_terms),
    "ITD": ("payment_terms", terms.payment_terms),
    "MSG": ("notes", remarks.message),
    "MTX": ("notes", remarks.note),
    "N1": ("parties", parties.party),
    "N9": ("notes", remarks.headed_note),
    "NTE": ("notes", remarks.note),
    "PER": ("contacts", parties.contact),
    "PID": ("descriptions", remarks.description),
    "PO4": ("packing", transport.packing),
    "REF": ("references", remarks.reference),
    "SAC": ("allowance_charges", terms.allowance_charge),
    "SCH": ("deliveries", transport.delivery),
    "TD1": ("packages", transport.packages),
    "TD3": ("equipment", transport.equipment),
    "TD5": ("carriers", transport.carrier),
    "TXI": ("taxes", terms.tax),
}


# The same by the key of a loop: segments as they stand (no opener), or loops that such a segment opens.
_BY_KEY = {name: ("", *field) for name, field in FIELDS.items()} | {
    name + "_loop": (name, *field) for name, field in FIELDS.items()
}
_ALONE: Loop = {}


def parts(loop: Loop, context: ReadContext) -> dict[str, Any]:
    """What this loop holds of `FIELDS`, by field name; a field that nothing fills is absent."""
    found: dict[str, Any] = {}
    each: Any  # a segment, or a loop
    for key in loop:
        if key not in _BY_KEY:
            continue
        opener, field, read = _BY_KEY[key]
        nodes = []
        for each in loop[key]:
            head, inner = (first(each, opener), each) if opener else (each, _ALONE)
            if head is not None:
                nodes.append(read(head, inner, context))
        if nodes:
            found[field] = (*found[field], *nodes) if field in found else tuple(nodes)
    return found
