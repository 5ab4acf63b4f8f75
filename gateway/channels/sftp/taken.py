"""What was just taken from a session: clients look at what they uploaded, to see that all of it is there, when it is ours and gone."""

from __future__ import annotations

import time

from gateway.channels.sftp.protocol import Attributes

SECONDS = 60.0
"""For so long it is told about, in the session that sent it."""

_AT_MOST = 64


class JustTaken:
    """Of one session: the last names that were taken, and what was known of them."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Attributes]] = {}

    def remember(self, name: str, about: Attributes) -> None:
        """This was taken now."""
        if len(self._known) >= _AT_MOST:
            del self._known[next(iter(self._known))]
        self._known[name] = time.monotonic(), about

    def forget(self, name: str) -> None:
        """Another file of this name begins."""
        self._known.pop(name, None)

    def about(self, name: str) -> Attributes | None:
        """What was known of it, where it was taken a moment ago."""
        at, about = self._known.get(name, (0.0, None))
        return about if about and time.monotonic() - at < SECONDS else None
