"""When to try again what could not be taken: soon, then ever more seldom, so that no file keeps the scan busy."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

LONGEST_WAIT = 30.0
"""Seconds at most until the next try: so long may a mended file still wait."""


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why the last try failed, in the catalogue's terms, and when the next is due."""

    code: str
    facts: dict[str, Any]
    tries: int
    due: float


class Tries:
    """The files of one folder that could not be taken; `monotonic` is a clock in seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._troubles: dict[str, Trouble] = {}

    def failed(self, name: str, code: str, **facts: Any) -> None:  # noqa: ANN401 - facts fill a template
        """A try failed: the next is due in 1 s, 2 s, 4 s ... half a minute."""
        tries = self._troubles[name].tries + 1 if name in self._troubles else 1
        due = self._monotonic() + min(2.0 ** (tries - 1), LONGEST_WAIT)
        self._troubles[name] = Trouble(code=code, facts=facts, tries=tries, due=due)

    def succeeded(self, name: str) -> None:
        """It was taken, or is gone."""
        self._troubles.pop(name, None)

    def trouble(self, name: str) -> Trouble | None:
        """Why it could not be taken the last time, where it could not."""
        return self._troubles.get(name)

    def may(self, name: str) -> bool:
        """Whether it may be tried now."""
        found = self._troubles.get(name)
        return found is None or self._monotonic() >= found.due

    def forget_others(self, names: AbstractSet[str]) -> None:
        """Forget every file but these: what left the folder starts anew when it returns."""
        self._troubles = {name: found for name, found in self._troubles.items() if name in names}
