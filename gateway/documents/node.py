"""The smallest parts of a document: a node that knows its segment, a quantity with its unit, item identifiers."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.model.quantities import ExactDecimal

ItemIds = Annotated[
    dict[str, tuple[str, ...]],
    Meta(description="Item identifiers, verbatim, by the X12 qualifier that says whose they are."),
]


class ReadContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a document is read with: the partner's name, and the IANA zone of times that name none."""

    timezone: str
    partner: str


class Node(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A part of a document that one segment carried."""

    src: Annotated[int, Meta(description="The segment it came from: its ordinal in the set, ST = 1.")]
    raw: Annotated[
        dict[str, str] | None, Meta(description="What was sent where a field could not be read, by the field's name.")
    ] = None


class Quantity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How many of what unit, the unit verbatim."""

    value: ExactDecimal | None
    uom: str | None
