"""Who may knock, and how fast one may guess: connections are counted, failures slow down and shut out.

A success is never slowed, so that nobody can keep a partner out by failing in its name from elsewhere.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from gateway.profiles.sftp import SftpServer

WINDOW = 600.0
"""Seconds for which a failure counts."""

SHUT_OUT_AFTER = 10
"""Connections of one address that ended without login after a failed try, within WINDOW: it is shut out until the first is that old."""

LONGEST_DELAY = 4.0
"""Seconds until a failed try is answered, at most."""

_REMEMBERED_AT_MOST = 10_000


class Guard:
    """Counts by address and by account name, whether there is such an account or not. Safe from any thread."""

    def __init__(self, limits: Callable[[], SftpServer], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._one = threading.Lock()
        self._knocks: OrderedDict[str, deque[float]] = OrderedDict()
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def knock(self, address: str) -> str | None:
        """A new connection from this address: None where it may stay, else why not."""
        with self._one:
            if len(self._recent(self._failures, address, WINDOW)) >= SHUT_OUT_AFTER:
                return "too many failed logins"
            knocks = self._recent(self._knocks, address, 60.0)
            if len(knocks) >= self._limits().connections_per_minute:
                return "too many new connections in a minute"
            self._note(self._knocks, address)
            return None

    def failed(self, address: str) -> None:
        """A connection from this address ended without login, after it tried."""
        with self._one:
            self._note(self._failures, address)

    def delay(self, address: str, account: str) -> float:
        """One more failed try: the seconds until it is answered, doubling with each from there or of this name."""
        with self._one:
            tries = 0
            for who in (f"address {address}", f"account {account[:64]}"):
                tries = max(tries, len(self._recent(self._failures, who, WINDOW)))
                self._note(self._failures, who)
            return min(0.05 * 2.0 ** min(tries, 10), LONGEST_DELAY)

    def _recent(self, times: OrderedDict[str, deque[float]], who: str, within: float) -> deque[float]:
        found = times.get(who, deque())
        while found and found[0] < self._monotonic() - within:
            found.popleft()
        return found

    def _note(self, times: OrderedDict[str, deque[float]], who: str) -> None:
        times.setdefault(who, deque(maxlen=1000)).append(self._monotonic())
        times.move_to_end(who)
        if len(times) > _REMEMBERED_AT_MOST:
            times.popitem(last=False)
