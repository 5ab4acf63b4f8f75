"""MIME parts, cut from raw bytes and never written anew: what was signed is what was received (pitfalls 7 to 10).

RFC 2045 and 2046; RFC 1847 for multipart/signed. Line ends may be CRLF or LF; both are kept as they are.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from gateway.as2.headers import Headers, Parameterised, parameterised, parse_headers
from gateway.as2.limits import As2Limits
from gateway.as2.signature import Signed
from gateway.model.outcomes import Refused

_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
_FIRST_BLANK: Final = re.compile(rb"\r?\n")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/=\s]")
_LONGEST_BOUNDARY = 200  # RFC 2046, 5.1.1 allows 70; some write more
_ASN1_SEQUENCE = 0x30


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """One MIME part: `raw` is headers, blank line and body; of an HTTP message, whose headers stand apart, the body alone."""

    headers: Headers
    body: memoryview
    raw: memoryview

    @property
    def content_type(self) -> Parameterised:
        """Its Content-Type; without one a part is plain text (RFC 2045, 5.2)."""
        return parameterised(self.headers.get("Content-Type") or "text/plain")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a multipart, with the line break that belongs to the boundary behind it."""

    content: memoryview
    line_break: bytes

    def as_signed(self) -> Signed:
        """The same as something that was signed."""
        return Signed(part=self.content, line_break=self.line_break)


def entity(content: memoryview, limits: As2Limits) -> Entity:
    """Headers and body of one part; raises Refused("as2.mime_broken") or ("as2.mime_over_limit")."""
    start = bytes(content[: limits.header])
    if first := _FIRST_BLANK.match(start):
        return Entity(headers=Headers(), body=content[first.end() :], raw=content)
    end = _BLANK_LINE.search(start)
    if end is None and len(content) > len(start):
        raise Refused("as2.mime_over_limit", limit="header", most=limits.header)
    headers = parse_headers(start[: end.start()] if end else start)
    if headers is None:
        raise Refused("as2.mime_broken", why="its first lines are not MIME headers")
    return Entity(headers=headers, body=content[end.end() if end else len(content) :], raw=content)


def parts(body: memoryview, boundary: str | None, limits: As2Limits) -> tuple[Part, ...]:
    """The parts between the boundaries; what stands before the first and after the last is ignored (RFC 2046, 5.1.1).

    A last boundary that is missing ends the last part where the body ends. Raises Refused("as2.mime_broken") or
    ("as2.mime_over_limit").
    """
    if not boundary or len(boundary) > _LONGEST_BOUNDARY:
        raise Refused("as2.mime_broken", why="its Content-Type names no usable boundary")
    found, begin = list[Part](), None
    for mark in _marks(body, boundary):
        if begin is not None:
            found.append(_part(body, begin, mark.start()))
        if len(found) > limits.parts:
            raise Refused("as2.mime_over_limit", limit="parts", most=limits.parts)
        begin = None if mark["last"] else mark.end("end")
        if begin is None:
            break
    if begin is not None:
        found.append(Part(content=body[begin:], line_break=b""))
    if not found:
        raise Refused("as2.mime_broken", why="its boundary does not stand in it")
    return tuple(found)


def _marks(body: memoryview, boundary: str) -> Iterator[re.Match[bytes]]:
    """The lines that are this boundary, each from the line end before it; `last` where it closes the multipart.

    The search is for one fixed text that begins with a line end: fast, and no content can make it slow.
    """
    line = re.escape(b"--" + boundary.encode("latin-1", "replace")) + rb"(?P<last>--)?[ \t]*(?=(?P<end>\r?\n|\Z))"
    if first := re.match(line, body):
        yield first
    yield from re.finditer(rb"\n" + line, body)


def _part(body: memoryview, begin: int, end: int) -> Part:
    """What stands before the line end at `end`, which is the boundary's (RFC 2046, 5.1.1), with a CR before it."""
    last = end - 1 if end > begin and body[end - 1] == ord("\r") else end
    return Part(content=body[begin : max(begin, last)], line_break=bytes(body[max(begin, last) : max(begin, end + 1)]))


def structure(body: memoryview) -> memoryview:
    """The bytes of a CMS structure, whatever its Content-Transfer-Encoding says: an ASN.1 sequence cannot begin as base64 does.

    Peers declare base64 and send binary, or declare it outside the part, or not at all (pitfall 10).
    """
    if not body or body[0] == _ASN1_SEQUENCE:
        return body
    try:
        return memoryview(binascii.a2b_base64(body))
    except binascii.Error as error:
        raise Refused("as2.cms_broken", why="it is neither binary nor base64") from error


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """What a part carries; `as_declared` is False where its transfer encoding did not fit and the bytes were left alone."""

    content: memoryview
    as_declared: bool = True


def payload(part: Entity) -> Payload:
    """The body with its transfer encoding removed: RFC 2045, 6. Every other byte stays."""
    declared = (part.headers.get("Content-Transfer-Encoding") or "binary").lower()
    if declared == "quoted-printable":
        return Payload(content=memoryview(binascii.a2b_qp(part.body)))
    if declared != "base64":
        return Payload(content=part.body)
    if _NOT_BASE64.search(part.body):
        return Payload(content=part.body, as_declared=False)
    try:
        return Payload(content=memoryview(binascii.a2b_base64(part.body)))
    except binascii.Error:
        return Payload(content=part.body, as_declared=False)
