"""What a document says, apart from how it travelled: its JSON, the hash of its content, and what makes it one document."""

from __future__ import annotations

import hashlib
import re

import msgspec

from gateway.documents.common import Document

_encoder = msgspec.json.Encoder(order="deterministic")

# Where a segment stood is no content, and neither is what we make of a code, a time or a zone: our tables and a
# partner's settings may change, the document does not. An unescaped quote stands before a name only, so that no text
# of a partner can look like one. Two patterns, because every node has the first and few documents the second.
_PLACES = re.compile(rb'"src":[0-9]+,?')
_MADE_BY_US = (b'"group":', b'"role":', b'"at":')
_OURS = re.compile(rb'"(?:(?:group|role)":(?:"[a-z_]+"|null)|at":"[^"]*"),?')


def canonical_json(document: Document) -> bytes:
    """The document as JSON, the same bytes for the same document."""
    return _encoder.encode(document)


def content_sha(document: Document) -> str:
    """SHA-256 of what the document says, without its envelope, its control numbers and the places of its segments.

    Two documents with one business key are duplicates where this is equal, and in conflict where it is not.
    """
    alone = canonical_json(msgspec.structs.replace(document, source=None))
    content = _PLACES.sub(b"", alone)
    if any(name in content for name in _MADE_BY_US):
        content = _OURS.sub(b"", content)
    return hashlib.sha256(content).hexdigest()


def key_of(document: Document, partner: str) -> str:
    """Kind, partner and the document's identity in one line; case and outer blanks do not tell two numbers apart."""
    return "|".join(_plain(part) for part in (document.kind, partner, *document.identity()))


def _plain(part: str | None) -> str:
    """Escaped, so that no number with a bar in it can look like two."""
    return normalised(part or "").replace("\\", "\\\\").replace("|", "\\|")


def normalised(number: str) -> str:
    """A number as it is compared; the document keeps it verbatim."""
    return number.strip().upper()
