"""What a document says, apart from how it travelled: its JSON, the hash of its content, and what makes it one document."""

from __future__ import annotations

import hashlib
import re
from decimal import Decimal
from typing import Final

import msgspec

from gateway.documents.common import Document
from gateway.model.quantities import is_decimal

_encoder = msgspec.json.Encoder(order="deterministic")

# Where a segment stood is no content, and neither is what we make of a code, a time or a zone: our tables and a
# partner's settings may change, the document does not. An unescaped quote stands before a name only, so that no text
# of a partner can look like one. None of these values has a comma or a brace in it, and one of them follows each.
_NO_CONTENT = (b'"src":', b'"role":', b'"group":', b'"at":')
_VALUE = b'"abcdefghijklmnopqrstuvwxyz_0123456789-:.+TZ'

# A number is what it is worth: 5, 5.00 and 05 are one price. Only where a number is meant: as a reference, 0010 is not 10.
NUMBERS: Final = frozenset(
    {
        *("quantity", "unit_price", "amount", "payable", "discountable", "discount_amount", "discount_percent"),
        *("percent", "rate", "cumulative", "control_count", "hash_total", "count", "pack"),
    }
)
"""Fields that hold a decimal as it was sent; `value` does too in a quantity and in an amount."""

# What may be a number written longer than it need be: with a sign, leading zeros, a fraction that ends in a zero or is
# none, or an exponent. `shortest` is the judge; this only passes over nearly everything else, at little cost.
_LONG_NUMBER = re.compile(rb'":"(?=[-+.0]|[0-9]++(?:[Ee]|\.[0-9]*+(?:[Ee]|(?<=[.0])")))([^"]*)"')


def canonical_json(document: Document) -> bytes:
    """The document as JSON, the same bytes for the same document."""
    return _encoder.encode(document)


def content_sha(document: Document) -> str:
    """SHA-256 of what the document says, without its envelope, its control numbers and the places of its segments.

    Two documents with one business key are duplicates where this is equal, and in conflict where it is not.
    """
    alone = canonical_json(msgspec.structs.replace(document, source=None))
    for name in _NO_CONTENT:  # cut out faster than any pattern could
        alone = b"".join([after.lstrip(_VALUE) for after in alone.split(name)])
    alone = _LONG_NUMBER.sub(_by_worth, alone)
    return hashlib.sha256(alone).hexdigest()


def _by_worth(found: re.Match[bytes]) -> bytes:
    """The number shortened, where its name says that it is one: a `value` does in a quantity, before its unit, and in amounts."""
    whole, start, end = found.string, found.start(), found.end()
    name = _name(whole, start)
    is_number = name in NUMBERS or (
        name == "value"
        and (whole.startswith(b',"uom":', end) or _name(whole, whole.rfind(b'":[', 0, start)) == "amounts")
    )
    return b'":"' + shortest(found[1].decode()).encode() + b'"' if is_number else found[0]


def _name(whole: bytes, end: int) -> str:
    """The name whose closing quote is here."""
    return whole[whole.rfind(b'"', 0, end) + 1 : end].decode()


def shortest(number: str) -> str:
    """A decimal without the signs, zeros and exponent that change nothing: "05.10" is "5.1"; what is none stays as it is."""
    if not is_decimal(number):
        return number
    plain = format(Decimal(number), "f")  # exact; an exponent has three digits at most
    worth = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if worth == "-0" else worth


def key_of(document: Document, partner: str) -> str:
    """Kind, partner and the document's identity in one line; case and outer blanks do not tell two numbers apart."""
    return "|".join(_plain(part) for part in (document.kind, partner, *document.identity()))


def _plain(part: str | None) -> str:
    """Escaped, so that no number with a bar in it can look like two."""
    return normalised(part or "").replace("\\", "\\\\").replace("|", "\\|")


def normalised(number: str) -> str:
    """A number as it is compared; the document keeps it verbatim."""
    return number.strip().upper()
