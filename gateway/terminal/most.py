"""How much of each kind a person is shown: the first of it, and of the rest how much there is."""

from __future__ import annotations

from collections import Counter
from typing import Final

MOST: Final = 200  # of a kind: more than a person reads; programs get all of it


class Most:
    """Lets the first MOST of each kind through and counts what comes after; `kind` is a plural, as people read it."""

    def __init__(self) -> None:
        self._met: Counter[str] = Counter()
        self._shown: Counter[str] = Counter()

    def has_room(self, kind: str, *, anyway: bool = False) -> bool:
        """Count one more, and say whether to show it; `anyway` shows it whatever the count."""
        self._met[kind] += 1
        shown = anyway or self._shown[kind] < MOST
        self._shown[kind] += shown
        return shown

    def left_out(self) -> str | None:
        """What was not shown, e.g. "1,800 more errors, 3 more groups"; None where all of it was."""
        rest = self._met - self._shown
        return ", ".join(f"{count:,} more {kind}" for kind, count in rest.items()) or None
