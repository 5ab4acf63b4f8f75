"""DER as we write it: a content of any size stays in the pieces it lies in, and nobody builds a tree to dump it."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from asn1crypto import core

from gateway.as2.pieces import Pieces, size

SEQUENCE: Final = 0x30
SET: Final = 0x31
OCTETS: Final = 0x04
EXPLICIT: Final = 0xA0  # [0] EXPLICIT, and [0] IMPLICIT of what is constructed
NULL: Final = b"\x05\x00"
IMPLICIT_OCTETS: Final = 0x80  # [0] IMPLICIT OCTET STRING
_SHORT = 0x80


def header_of(tag: bytes, length: int) -> bytes:
    """Tag and length in DER: X.690, 10.1."""
    if length < _SHORT:
        return tag + bytes([length])
    count = (length.bit_length() + 7) // 8
    return tag + bytes([_SHORT | count]) + length.to_bytes(count, "big")


def element(tag: int, *pieces: bytes | memoryview) -> Pieces:
    """These bytes as the value of one element."""
    return (header_of(bytes([tag]), size(pieces)), *pieces)


def value(tag: int, *parts: bytes) -> bytes:
    """The same of small ones, put together."""
    return b"".join(element(tag, *parts))


def integer(number: int) -> bytes:
    """A whole number."""
    return bytes(core.Integer(number).dump())


@lru_cache(maxsize=64)
def object_identifier(dotted: str) -> bytes:
    """One object identifier; only such as we write, which are few."""
    return bytes(core.ObjectIdentifier(dotted).dump())


def content_info(content_type: str, *content: bytes | memoryview) -> Pieces:
    """A ContentInfo around the structure of that type: RFC 5652, 3."""
    return element(SEQUENCE, object_identifier(content_type), *element(EXPLICIT, *content))
