"""Whether every byte of a file is accounted for: in a part that was read, or a blank between two."""

from __future__ import annotations

from typing import BinaryIO

_CHUNK = 1 << 20
_BLANK = b" \t\r\n\v\f\x00\x1a"
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class Accounting:
    """Adds up parts as they are read. `stream` is a second look at the same file, for what lies between them."""

    def __init__(self, stream: BinaryIO) -> None:
        self.consumed = 0
        self._stream = stream
        self._end = 0

    def add(self, offset: int, size: int) -> None:
        """A part of this many bytes was read from here on."""
        self._blanks(self._end, offset)
        self.consumed += size
        self._end = offset + size

    def close(self, size: int) -> int:
        """The file ends here; how many of its bytes are accounted for."""
        self._blanks(self._end, size)
        return self.consumed

    def _blanks(self, place: int, end: int) -> None:
        """Count what lies between two parts and means nothing; anything else there would be missing from `consumed`."""
        while place < end:
            self._stream.seek(place)
            chunk = self._stream.read(min(end - place, _CHUNK))
            if not chunk:
                return
            left = chunk
            if place == 0:
                mark = next((mark for mark in _MARKS if chunk.startswith(mark)), b"")
                self.consumed += len(mark)
                left = chunk[len(mark) :]
            self.consumed += len(left) - len(left.translate(None, delete=_BLANK))
            place += len(chunk)
