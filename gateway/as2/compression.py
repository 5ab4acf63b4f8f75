"""Compressed parts: CompressedData with zlib (RFC 3274; RFC 5402 for AS2), both ways."""

from __future__ import annotations

import zlib
from typing import Final

from asn1crypto import cms

from gateway.as2.ber import Container
from gateway.as2.der import EXPLICIT, OCTETS, SEQUENCE, content_info, element, integer, object_identifier, value
from gateway.as2.limits import As2Limits
from gateway.as2.pieces import Pieces, steps
from gateway.as2.reading import reading
from gateway.model.outcomes import Refused

COMPRESSED_DATA: Final = "1.2.840.113549.1.9.16.1.9"
_ZLIB: Final = "1.2.840.113549.1.9.16.3.8"
_DATA: Final = "1.2.840.113549.1.7.1"


def compress(content: Pieces) -> Pieces:
    """A CompressedData of this content."""
    stream = zlib.compressobj()
    packed = [*(stream.compress(step) for step in steps(content)), stream.flush()]
    algorithm = value(SEQUENCE, object_identifier(_ZLIB))
    octets = element(OCTETS, *filter(None, packed))
    inner = element(SEQUENCE, object_identifier(_DATA), *element(EXPLICIT, *octets))
    return content_info(COMPRESSED_DATA, *element(SEQUENCE, integer(0), algorithm, *inner))


def decompress(container: Container, limits: As2Limits) -> memoryview:
    """What a compressed part held, `limits.content` bytes at most.

    Raises Refused("as2.not_decompressed"), ("as2.content_over_limit") or ("as2.cms_broken").
    """
    with reading("compression"):
        algorithm = cms.CompressedData.load(container.der)["compression_algorithm"]["algorithm"].dotted
    if algorithm != _ZLIB:
        raise Refused("as2.not_decompressed", why=f"it was compressed with {algorithm}, we know zlib")
    stream, content = zlib.decompressobj(), bytearray()
    for step in steps(container.content or ()):
        _inflate(stream, step, content, limits.content)
    if not stream.eof:
        raise Refused("as2.not_decompressed", why="its data ends too early")
    return memoryview(content).toreadonly()


def _inflate(stream: zlib._Decompress, step: memoryview, content: bytearray, most: int) -> None:
    """Add what this step inflates to, never more than one byte above `most`."""
    rest: bytes | memoryview = step
    while rest and not stream.eof:
        try:
            content += stream.decompress(rest, most + 1 - len(content))
        except zlib.error as error:
            raise Refused("as2.not_decompressed", why="its data is damaged") from error
        if len(content) > most:
            raise Refused("as2.content_over_limit", most=most)
        rest = stream.unconsumed_tail
