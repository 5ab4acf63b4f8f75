"""The part of a file that is in memory: bytes read as latin-1, so that one character is one byte and nothing is undecodable."""

from __future__ import annotations

from hashlib import sha256
from typing import BinaryIO

from gateway.model.limits import Limits


class Window:
    """`text` from `at` on is not read yet; what stands before `at` may go at the next `more`.

    `consumed` counts every byte passed over since the file's beginning. Between `mark` and `digest` the bytes passed
    over are also hashed.
    """

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self.text = ""
        self.at = 0
        self.ended = False
        self._stream = stream
        self._chunk = limits.chunk
        self._start = 0
        self._hash = sha256()
        self._hashed = 0

    @property
    def consumed(self) -> int:
        """The offset in the file of the next byte to be read."""
        return self._start + self.at

    @property
    def ahead(self) -> int:
        """How many bytes are in memory and not read yet."""
        return len(self.text) - self.at

    def offset(self, place: int) -> int:
        """Where in the file this place of `text` is."""
        return self._start + place

    def more(self) -> bool:
        """Forget what was read and read on; False where the file ends."""
        if self.ended:
            return False
        chunk = self._stream.read(self._chunk)
        self.ended = not chunk
        self._digest_up_to(self.at)
        self.text = self.text[self.at :] + chunk.decode("latin-1")
        self._start += self.at
        self._hashed -= self.at
        self.at = 0
        return bool(chunk)

    def at_least(self, count: int) -> None:
        """Have this many bytes ahead, or all there are."""
        while self.ahead < count and self.more():
            pass

    def mark(self) -> None:
        """Begin to hash here."""
        self._hash = sha256()
        self._hashed = self.at

    def digest(self) -> str:
        """SHA-256 of the bytes passed over since `mark`, in hex."""
        self._digest_up_to(self.at)
        return self._hash.hexdigest()

    def _digest_up_to(self, place: int) -> None:
        self._hash.update(self.text[self._hashed : place].encode("latin-1"))
        self._hashed = place
