"""What is odd in one channel's folder as it stands now: told as long as it is so, and once for all it has in common.

Each part of the work (the look at the folder, the look at what is claimed) finds anew what it finds; what it does not
find again is over. So a case about it can be opened and closed from this alone, after a restart too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from gateway.channels.names import shown
from gateway.model.catalogue import finding
from gateway.model.finding import Finding

Odd = Callable[[Mapping[str, Sequence[Finding]]], None]
"""Told of everything that is odd now, whenever that changes: by what it is about ("channel acme"), each cause once."""

Part = Literal["folder", "claims", "visit", "calendar"]

HOUR = 3600.0

PATIENCE = {
    "channel.sentinel_alone": 60.0,
    "channel.not_complete": HOUR,
    "mailbox.unreachable": 120.0,
    "mailbox.not_whole": 600.0,
}
"""Seconds for which a thing may stand before it is odd: most of these are the first moment of something right."""

LASTING = {"channel.clock_ahead": HOUR, "channel.folder_replaced": HOUR}
"""Seconds for which a thing is told that is seen for a moment only."""


class _Told(msgspec.Struct, frozen=True):
    since: float
    until: float
    facts: dict[str, Any]


class Oddities:
    """What was found of one channel; `monotonic` is a clock in seconds. `folder` is where, for people: "inbox/acme"."""

    def __init__(self, channel: str, monotonic: Callable[[], float], folder: str | None = None) -> None:
        self._folder = folder or f"inbox/{channel}"
        self._monotonic = monotonic
        self._found: dict[Part, dict[tuple[str, str], _Told]] = defaultdict(dict)
        self._before: dict[Part, dict[tuple[str, str], _Told]] = defaultdict(dict)

    def begin(self, part: Part) -> None:
        """This part of the work looks anew: what it does not tell again is over."""
        now = self._monotonic()
        self._before[part] = self._found[part]
        self._found[part] = {key: told for key, told in self._found[part].items() if told.until > now}

    def tell(self, part: Part, code: str, name: str = "", **facts: Any) -> None:  # noqa: ANN401 - facts fill a template
        """This is so now, of the file or folder `name`."""
        now, key = self._monotonic(), (code, name)
        before = self._found[part].get(key) or self._before[part].get(key)
        self._found[part][key] = _Told(before.since if before else now, now + LASTING.get(code, 0.0), facts)

    def standing(self) -> list[Finding]:
        """What is odd now: of each cause the one that has been so for longest, and how many there are like it."""
        now = self._monotonic()
        by_code: dict[str, list[tuple[float, str, _Told]]] = defaultdict(list)
        for found in self._found.values():
            for (code, name), told in found.items():
                if now - told.since >= PATIENCE.get(code, 0.0):
                    by_code[code].append((told.since, name, told))
        return [self._said(code, alike) for code, alike in sorted(by_code.items())]

    def _said(self, code: str, alike: list[tuple[float, str, _Told]]) -> Finding:
        _, name, told = min(alike, key=lambda one: one[:2])
        more = f" (and {len(alike) - 1} more)" if len(alike) > 1 else ""
        return finding(code, **told.facts, name=shown(name), more=more, folder=self._folder)
