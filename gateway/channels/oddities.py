"""What a channel finds that is not a drop, told once and not at every look."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any

from gateway.channels.names import shown
from gateway.model.catalogue import finding
from gateway.model.finding import Finding

Odd = Callable[[str, str, Finding], None]
"""Told of a thing that is not a drop: the channel, the name as shown to people, what is odd about it."""


class Oddities:
    """Remembers what was told of one channel; a thing that went away and came back is told again."""

    def __init__(self, channel: str, odd: Odd) -> None:
        self._channel = channel
        self._odd = odd
        self._told: dict[str, set[str]] = {}

    def tell(self, name: str, code: str, **facts: Any) -> None:  # noqa: ANN401 - facts fill a template
        """Tell `code` about this name, unless that was done."""
        codes = self._told.setdefault(name, set())
        if code not in codes:
            codes.add(code)
            self._odd(self._channel, shown(name), finding(code, name=shown(name), **facts))

    def forget_others(self, names: AbstractSet[str]) -> None:
        """Forget what was told of every name but these and those under `.processing`."""
        self._told = {name: codes for name, codes in self._told.items() if name in names or name.startswith(".")}
