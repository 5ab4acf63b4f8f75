"""A CMS structure in any BER becomes small DER and the views of its content, in one pass over its elements.

Java peers write indefinite lengths and cut the content into octet strings of about a thousand bytes; a DER parser refuses
that, a recursive or copying one needs time that grows with the square (ADR 0013). Here each element is visited once, its
header written anew (X.690, 8.1.3 and 10.1), and the one large thing, the encapsulated content, is never copied: it is
left out of the DER, where it is OPTIONAL (RFC 5652, 5.2 and 6.1), and handed on as the pieces it lies in.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
from asn1crypto import core

from gateway.as2.der import header_of
from gateway.as2.limits import As2Limits
from gateway.as2.pieces import Pieces
from gateway.model.outcomes import Refused

_OBJECT, _SEQUENCE, _OCTETS, _CUT_OCTETS = 0x06, 0x30, 0x04, 0x24
_CONSTRUCTED, _CONTEXT, _LONG_TAG = 0x20, 0x80, 0x1F
_MORE = 0x80  # of a tag: another byte follows; of a length alone: indefinite; with other bits: so many bytes follow
_MOST_TAG_BYTES, _MOST_LENGTH_BYTES = 4, 8
_END: Final = b"\0\0"

# ContentInfo > [0] > SignedData (or another) > the SEQUENCE among its parts > [0]: the content, in every CMS type.
_OUTER, _EXPLICIT, _INNER, _ENCAPSULATED, _CONTENT = range(5)

_SMALL = 1 << 10  # a chunk below this is copied: a view of it would be larger than itself
_GATHERED = 1 << 16


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """A ContentInfo, opened: RFC 5652, 3.

    `content_type` is a dotted OID; `der` the structure of that type in DER, without its encapsulated content, which is
    `content`, None where it was absent (a detached signature). `trailing` bytes followed the structure and were ignored.
    """

    content_type: str
    der: bytes
    content: Pieces | None
    trailing: int


class _Header(NamedTuple):
    """Tag bytes, where the value begins, its length; None where it is indefinite."""

    tag: bytes
    begin: int
    length: int | None


class _Frame(NamedTuple):
    """An open constructed element: its tag, where its header goes, where it ends at the latest, bytes written before."""

    tag: bytes
    slot: int
    end: int
    indefinite: bool
    before: int


def open_cms(content: memoryview, limits: As2Limits) -> Container:
    """Read one ContentInfo; raises Refused("as2.cms_broken") or ("as2.cms_over_limit"), nothing else."""
    return _Walk(content, limits).container()


class _Walk:
    """One pass: `_out` is the DER so far, headers of open elements left blank; `_written` its size."""

    def __init__(self, content: memoryview, limits: As2Limits) -> None:
        self._view = content
        self._limits = limits
        self._at = 0
        self._elements = 0
        self._chunks = 0
        self._out: list[bytes] = []
        self._written = 0
        self._frames: list[_Frame] = []
        self._content_type = b""
        self._inner = 0
        self._content: Pieces | None = None

    def container(self) -> Container:
        if not self._view or self._view[0] != _SEQUENCE:
            raise Refused("as2.cms_broken", why="it does not begin with an ASN.1 sequence")
        self._open(self._header(len(self._view)), len(self._view))
        while self._frames:
            self._step(self._frames[-1])
        if not self._content_type or not self._inner:
            raise Refused("as2.cms_broken", why="it names no content type, or has nothing of that type")
        return Container(
            content_type=core.ObjectIdentifier.load(self._content_type).dotted,
            der=b"".join(self._out[self._inner :]),
            content=self._content,
            trailing=len(self._view) - self._at,
        )

    def _step(self, frame: _Frame) -> None:
        """The next element within this frame, or its end."""
        if self._ends(frame):
            self._close()
            return
        depth = len(self._frames)
        header = self._header(frame.end)
        self._elements = _counted(self._elements, "elements", self._limits.elements)
        first = header.tag[0]
        if depth == _CONTENT and first & ~_CONSTRUCTED == _CONTEXT and frame.tag[0] == _SEQUENCE:
            if self._content is not None:
                raise Refused("as2.cms_broken", why="it has two contents")
            self._content = self._octets(header, frame.end)
        elif first == _CUT_OCTETS:
            value = b"".join(self._octets(header, frame.end))
            self._write(header_of(bytes([_OCTETS]), len(value)), value)
        elif first & _CONSTRUCTED:
            self._open(header, frame.end)
        else:
            value = bytes(self._value(header))
            if depth == _EXPLICIT and first == _OBJECT and not self._content_type:
                self._content_type = header_of(header.tag, len(value)) + value
            self._write(header_of(header.tag, len(value)), value)

    def _open(self, header: _Header, end: int) -> None:
        depth = len(self._frames)
        if depth >= self._limits.depth:
            raise Refused("as2.cms_over_limit", limit="depth", most=self._limits.depth)
        if depth == _INNER and not self._inner:
            self._inner = len(self._out)
        self._frames.append(self._enter(header, end))
        self._out.append(b"")

    def _close(self) -> None:
        frame = self._frames.pop()
        header = header_of(frame.tag, self._written - frame.before)
        self._out[frame.slot] = header
        self._written += len(header)

    def _ends(self, frame: _Frame) -> bool:
        """Whether this frame is complete; steps over its end mark."""
        if not frame.indefinite:
            return self._at == frame.end
        if bytes(self._view[self._at : self._at + 2]) == _END and self._at + 2 <= frame.end:
            self._at += 2
            return True
        return False

    def _write(self, header: bytes, value: bytes) -> None:
        self._written += len(header) + len(value)
        if self._written > self._limits.structure:
            raise Refused("as2.cms_over_limit", limit="structure", most=self._limits.structure)
        self._out += (header, value)

    def _value(self, header: _Header) -> memoryview:
        if header.length is None:
            raise Refused("as2.cms_broken", why=f"a value at byte {header.begin} has no length")
        self._at = header.begin + header.length
        return self._view[header.begin : self._at]

    def _octets(self, header: _Header, end: int) -> Pieces:
        """What this element holds as octets: its value, or that of every octet string within it, in order."""
        if not header.tag[0] & _CONSTRUCTED:
            return (self._value(header),)
        gathered, frames = _Gathered(), [self._enter(header, end)]
        while frames:
            if self._ends(frames[-1]):
                frames.pop()
                continue
            inner = self._header(frames[-1].end)
            self._chunks = _counted(self._chunks, "chunks", self._limits.chunks)
            if inner.tag[0] == _CUT_OCTETS and len(self._frames) + len(frames) < self._limits.depth:
                frames.append(self._enter(inner, frames[-1].end))
            elif inner.tag[0] == _CUT_OCTETS:
                raise Refused("as2.cms_over_limit", limit="depth", most=self._limits.depth)
            elif inner.tag[0] == _OCTETS:
                gathered.add(self._value(inner))
            else:
                raise Refused("as2.cms_broken", why=f"its content at byte {self._at} is not an octet string")
        return gathered.pieces()

    def _enter(self, header: _Header, end: int) -> _Frame:
        """The frame of a constructed element that lies within one that ends at `end`."""
        self._at = header.begin
        indefinite = header.length is None
        stop = end if header.length is None else header.begin + header.length
        return _Frame(header.tag, len(self._out), stop, indefinite, self._written)

    def _header(self, end: int) -> _Header:
        """The header at this place of an element that ends at `end` at the latest."""
        view, begin = self._view, self._at
        at = begin + 1
        try:
            if view[begin] & _LONG_TAG == _LONG_TAG:
                while view[at] & _MORE and at - begin <= _MOST_TAG_BYTES:
                    at += 1
                at += 1
            tag = bytes(view[begin:at])
            length = view[at]
            at += 1
            if length == _MORE and tag[0] & _CONSTRUCTED:
                return _Header(tag, at, None)
            if length & _MORE:
                count = length & ~_MORE
                if not 0 < count <= _MOST_LENGTH_BYTES or at + count > end:
                    raise Refused("as2.cms_broken", why=f"the length at byte {at} cannot be one")
                length = int.from_bytes(view[at : at + count], "big")
                at += count
        except IndexError as error:
            raise Refused("as2.cms_broken", why=f"it ends within an element, after {len(view)} bytes") from error
        if at + length > end:
            raise Refused("as2.cms_broken", why=f"the element at byte {begin} is longer than what holds it")
        return _Header(tag, at, length)


def _counted(count: int, limit: str, most: int) -> int:
    """One more; raises Refused("as2.cms_over_limit") where that is too many."""
    if count >= most:
        raise Refused("as2.cms_over_limit", limit=limit, most=most)
    return count + 1


class _Gathered:
    """Chunks of a content: large ones as views, small ones copied together, since a view would outweigh them."""

    def __init__(self) -> None:
        self._pieces: list[bytes | memoryview] = []
        self._small = bytearray()

    def add(self, chunk: memoryview) -> None:
        if len(chunk) < _SMALL:
            self._small += chunk
        if len(chunk) >= _SMALL or len(self._small) >= _GATHERED:
            self._flush()
        if len(chunk) >= _SMALL:
            self._pieces.append(chunk)

    def pieces(self) -> Pieces:
        self._flush()
        return tuple(self._pieces)

    def _flush(self) -> None:
        if self._small:
            self._pieces.append(bytes(self._small))
            self._small.clear()
