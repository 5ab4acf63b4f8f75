"""What of an event is hashed, in a form that anybody can write down again."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from gateway.trail.tree import leaf_hash

_LINES = 6


def leaf_of(number: int, at: str, who: str, what: str, about: str, detail: str) -> bytes:  # noqa: PLR0913 - an event has this many sides
    """The leaf of an event: the hash over its six fields, a line each, in UTF-8 without an end of line after the last.

    `at` is as `moment` writes it; `detail` is JSON text as it is stored. This
    form can never change: every signed checkpoint stands on it. Raises ValueError where a field holds an end of
    line, since two events could then read the same.
    """
    content = f"{number}\n{at}\n{who}\n{what}\n{about}\n{detail}"
    if content.count("\n") != _LINES - 1:
        raise ValueError(f"event {number} has an end of line within a field")
    return leaf_hash(content.encode())


@lru_cache(maxsize=16)  # the events of one commit share their moment
def moment(at: datetime) -> str:
    """A moment as the trail writes it: UTC to the microsecond, 2026-11-16T12:00:00.000000Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
