"""Room on the disk: intake stops before it is full, so that what was taken can always be read, answered and told."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

MB = 1 << 20


class Room:
    """The free space of the disk that holds `place`, less what is kept in reserve (in MB, asked anew each time)."""

    def __init__(self, place: Path, reserve_mb: Callable[[], int]) -> None:
        self._place = place
        self._reserve_mb = reserve_mb
        self._short = False

    @property
    def reserve_mb(self) -> int:
        """The reserve in force."""
        return self._reserve_mb()

    def left(self) -> int:
        """How many bytes may be taken in now; 0 where the reserve is touched.

        Once it was touched, a tenth more than the reserve must be free: what we write ourselves must not open and
        close the door at every look.
        """
        disk = os.statvfs(self._place)
        reserve = self._reserve_mb() * MB
        left = disk.f_bavail * disk.f_frsize - reserve - (reserve // 10 if self._short else 0)
        self._short = left <= 0 < reserve
        return max(left, 0)
