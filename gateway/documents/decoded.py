"""Text beyond ASCII in a document: its elements are read a character a byte, and told as their sender saw them."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from gateway.documents.common import Document
from gateway.documents.content import canonical_json
from gateway.x12.charset import readable


def decoded(document: Document) -> Document:
    """The same document, each of its texts read as UTF-8 where it is that."""
    return document if canonical_json(document).isascii() else cast("Document", _decoded(document))


def _decoded(part: Any) -> Any:  # noqa: ANN401 - whatever a document is made of
    if part is None or isinstance(part, int):  # most fields, or ordinals
        return part
    if isinstance(part, str):
        # A note is several elements, a line each, and one of them may be UTF-8 where another is not.
        return part if part.isascii() else "\n".join(readable(line) for line in part.split("\n"))
    if isinstance(part, tuple):
        return tuple(_decoded(each) for each in part) if part else part
    if isinstance(part, dict):  # its keys are field names or qualifiers, and two of those must not become one
        return {key: _decoded(value) for key, value in part.items()}
    if isinstance(part, msgspec.Struct):
        fields = ((name, getattr(part, name)) for name in part.__struct_fields__)
        changed = {name: after for name, before in fields if (after := _decoded(before)) is not before}
        return msgspec.structs.replace(part, **changed) if changed else part
    return part
