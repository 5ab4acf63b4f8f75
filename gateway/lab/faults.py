"""The faults the simulated ERP shows on demand: which there are, and which one the next call meets.

They are kept in memory: a restarted simulator is a healthy one.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from threading import Lock
from typing import Any

# What each scenario does to a post. Only "down" meets look-ups too.
SCENARIOS = {
    "429": "answers 429 with Retry-After, books nothing",
    "500": "answers 500, books nothing",
    "503": "answers 503 with Retry-After, books nothing",
    "slow": "waits `seconds`, then books and answers as always",
    "timeout_after_commit": "books, says nothing for `seconds` (or until the caller hangs up), then closes",
    "refuse": "answers 422 with a code and a detail, books nothing",
    "duplicate": "answers 409: the ERP has this business document already, under another key",
    "down": "closes every connection of /documents at once, look-ups too",
    "drop_before_commit": "reads the post, books nothing, closes without an answer",
}
_LONGEST = 3600.0
_MOST = 10**9


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A scenario for the next `count` calls (None: until it is taken away), of one kind or (None) of all."""

    scenario: str
    count: int | None = None
    seconds: float = 1.0
    retry_after: float | None = None
    kind: str | None = None


_FIELDS = [field.name for field in fields(Fault)]


def fault_from(wish: Any) -> Fault:  # noqa: ANN401 - parsed JSON
    """The fault this JSON asks for; ValueError says in words what is wrong with it."""
    if not isinstance(wish, dict):
        raise ValueError("a fault is a JSON object")  # noqa: TRY004 - one error for a wrong wish
    if unknown := sorted(set(wish) - {*_FIELDS}):
        raise ValueError(f"unknown field {unknown[0][:40]!r}; known are {', '.join(_FIELDS)}")
    if wish.get("scenario") not in [*SCENARIOS]:
        raise ValueError(f"scenario is one of {', '.join(SCENARIOS)}")
    if not isinstance(wish.get("kind"), str | None):
        raise ValueError('kind is a set id such as "810", or null')  # noqa: TRY004
    return Fault(
        scenario=wish["scenario"],
        count=_whole(wish.get("count")),
        seconds=_seconds("seconds", wish.get("seconds", 1.0)) or 0.0,
        retry_after=_seconds("retry_after", wish.get("retry_after")),
        kind=wish.get("kind"),
    )


def _whole(count: object) -> int | None:
    if count is None:
        return None
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= _MOST:
        raise ValueError("count is a whole number from 1, or null for no end")
    return count


def _seconds(name: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST:
        raise ValueError(f"{name} is a number of seconds, 0 to {_LONGEST:.0f}")
    return float(value)


class Faults:
    """The faults in force, oldest first; each call takes at most one. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._standing: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let this one take its turn after those already standing."""
        with self._lock:
            self._standing.append(fault)

    def standing(self) -> list[Fault]:
        """Those in force, each with the count that is left."""
        with self._lock:
            return list(self._standing)

    def clear(self) -> None:
        """Be healthy from now on."""
        with self._lock:
            self._standing.clear()

    def for_post(self, kind: str) -> Fault | None:
        """The fault a post of this kind meets; it counts as shown."""
        with self._lock:
            return self._take(lambda fault: fault.kind in (None, kind))

    def for_look_up(self) -> Fault | None:
        """The fault a look-up meets: being down is the only one there is."""
        with self._lock:
            return self._take(lambda fault: fault.scenario == "down" and fault.kind is None)

    def _take(self, fits: Callable[[Fault], bool]) -> Fault | None:
        for place, fault in enumerate(self._standing):
            if fits(fault):
                if fault.count == 1:
                    del self._standing[place]
                elif fault.count is not None:
                    self._standing[place] = replace(fault, count=fault.count - 1)
                return fault
        return None
