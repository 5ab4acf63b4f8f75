"""What a document says, apart from how it travelled: its JSON, the hash of its content, and what makes it one document."""

from __future__ import annotations

import hashlib
import re

import msgspec

from gateway.documents.common import Document

_encoder = msgspec.json.Encoder(order="deterministic")

# Where a segment stood is no content, and neither is what we make of a code, a time or a zone: our tables and a
# partner's settings may change, the document does not. An unescaped quote stands before a name only, so that no text
# of a partner can look like one.
_PLACE, _ORDINAL = b'"src":', b"0123456789,"  # every node has one, so they are cut out faster than any pattern could
# A pattern each, because one that begins with a plain text is searched for fast.
_NO_CONTENT = (
    (b'"role":', re.compile(rb'"role":(?:"[a-z_]+"|null),?')),
    (b'"group":', re.compile(rb'"group":(?:"[a-z_]+"|null),?')),
    (b'"at":', re.compile(rb'"at":"[^"]*",?')),
)


def canonical_json(document: Document) -> bytes:
    """The document as JSON, the same bytes for the same document."""
    return _encoder.encode(document)


def content_sha(document: Document) -> str:
    """SHA-256 of what the document says, without its envelope, its control numbers and the places of its segments.

    Two documents with one business key are duplicates where this is equal, and in conflict where it is not.
    """
    alone = canonical_json(msgspec.structs.replace(document, source=None))
    alone = b"".join([after.lstrip(_ORDINAL) for after in alone.split(_PLACE)])
    for name, pattern in _NO_CONTENT:
        if name in alone:
            alone = pattern.sub(b"", alone)
    return hashlib.sha256(alone).hexdigest()


def key_of(document: Document, partner: str) -> str:
    """Kind, partner and the document's identity in one line; case and outer blanks do not tell two numbers apart."""
    return "|".join(_plain(part) for part in (document.kind, partner, *document.identity()))


def _plain(part: str | None) -> str:
    """Escaped, so that no number with a bar in it can look like two."""
    return normalised(part or "").replace("\\", "\\\\").replace("|", "\\|")


def normalised(number: str) -> str:
    """A number as it is compared; the document keeps it verbatim."""
    return number.strip().upper()
