"""The business documents: one file each, and the doors to all of them.

`read` makes a document of a transaction set, `documents_in` those of a table; the rest tells what a document says and
what makes it one document.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gateway.documents import invoice, order_response, purchase_order, ship_notice
from gateway.documents.common import Document, Source
from gateway.documents.content import canonical_json, content_sha, key_of, normalised
from gateway.documents.decoded import decoded
from gateway.documents.from_rows import Envelope, RowsRead, documents_in
from gateway.documents.kind import Kind
from gateway.documents.node import ReadContext
from gateway.model.finding import Finding
from gateway.x12.reading import SetRead

__all__ = [
    "KINDS",
    "Document",
    "Envelope",
    "Kind",
    "ReadContext",
    "RowsRead",
    "business_key",
    "canonical_json",
    "content_sha",
    "documents_in",
    "kind_of",
    "lane_orders",
    "read",
    "schema",
    "value_at_stake",
]

KINDS: tuple[Kind, ...] = (purchase_order.KIND, order_response.KIND, ship_notice.KIND, invoice.KIND)
_BY_SET = {kind.kind: kind for kind in KINDS}


def kind_of(set_id: str) -> Kind | None:
    """The document a transaction set of this id holds; None where we read none."""
    return _BY_SET.get(set_id)


def read(set_read: SetRead, context: ReadContext) -> tuple[Document | None, tuple[Finding, ...]]:
    """The document in this set, and warnings about what it says.

    It is built wherever there is something to build, from a faulty set as well: what is missing is null. None where
    we read no such sets, or where its first segment (BEG, BAK, BSN, BIG) is missing. A place the set's own findings
    name is not warned about again. Text beyond ASCII is read as UTF-8 where it is that, else as latin-1.
    """
    kind = kind_of(set_read.set_id)
    if kind is None:
        return None, ()
    document, found = kind.read(set_read.tree, context)
    if document is None:
        return None, ()
    if set_read.findings:  # without any, all of the set is ASCII: the reader warns of every other byte
        document = decoded(document)
    told = {(each.position, each.element) for each in set_read.findings} if found else set()
    warnings = tuple(each for each in found if (each.position, each.element) not in told)
    return msgspec.structs.replace(document, source=_source(set_read, context)), warnings


def _source(set_read: SetRead, context: ReadContext) -> Source:
    return Source(
        partner=context.partner,
        version=set_read.group.version,
        implementation=set_read.implementation,
        interchange=set_read.interchange.control,
        group=set_read.group.control,
        set=set_read.control,
        usage=set_read.interchange.usage,
    )


def business_key(document: Document, partner: str) -> str:
    """What makes it one document: kind, partner and its own identity, normalised; never a control number."""
    return key_of(document, partner)


def value_at_stake(document: Document) -> str | None:
    """The money it is about as an exact decimal; None where it names none."""
    return document.stake()


def lane_orders(document: Document) -> tuple[str, ...]:
    """The purchase orders whose effects it must keep in order with, normalised, each once."""
    compared = (normalised(number) for number in document.order_numbers())
    return tuple(dict.fromkeys(number for number in compared if number))


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind's canonical JSON; raises KeyError where we have no such kind."""
    found = kind_of(kind)
    if found is None:
        raise KeyError(kind)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(found.model)}
