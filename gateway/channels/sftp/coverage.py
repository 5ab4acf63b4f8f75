"""Which bytes of a file went by, in whatever order: whether it was written, or read, without a gap."""

from __future__ import annotations

from bisect import insort

PIECES_AT_MOST = 256
"""Pieces beyond a gap: clients keep a few dozen requests in flight."""


class Coverage:
    """All bytes before `reached`, and pieces beyond it."""

    def __init__(self, reached: int = 0) -> None:
        self.reached = reached
        self._beyond: list[tuple[int, int]] = []

    @property
    def scattered(self) -> bool:
        """Whether there is a gap."""
        return bool(self._beyond)

    def add(self, start: int, end: int) -> bool:
        """These bytes went by; False where they are one piece too many to remember."""
        if start > self.reached:
            if len(self._beyond) >= PIECES_AT_MOST:
                return False
            insort(self._beyond, (start, end))
            return True
        self.reached = max(self.reached, end)
        while self._beyond and self._beyond[0][0] <= self.reached:
            self.reached = max(self.reached, self._beyond.pop(0)[1])
        return True

    def gap(self) -> tuple[int, int] | None:
        """The first bytes that are missing before others that are there."""
        return (self.reached, self._beyond[0][0]) if self._beyond else None
