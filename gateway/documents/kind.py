"""What the route needs to know of one business document; `gateway.ports.DocumentKind` is its outline."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from gateway.documents.common import Document
from gateway.documents.content import key_of
from gateway.documents.node import ReadContext
from gateway.model.finding import Finding
from gateway.x12.reading import Loop


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One business document: `model` is its type, `build` makes it of a set's tree, with warnings about its content."""

    kind: str
    functional_id: str
    label: str
    model: type[Document]
    build: Callable[[Loop, ReadContext], tuple[Document | None, tuple[Finding, ...]]]

    def read(self, tree: Loop, context: ReadContext) -> tuple[Document | None, tuple[Finding, ...]]:
        """The document in this set, and what was found while reading it; no document where its first segment is missing."""
        return self.build(tree, context)

    def business_key(self, document: Document, partner: str) -> str:
        """What makes it one document, from its own fields alone, never from control numbers."""
        return key_of(document, partner)
