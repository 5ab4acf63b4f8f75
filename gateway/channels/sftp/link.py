"""The daemon as the SFTP server knows it: it is asked, and answers; when it is gone, so are we."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable

from gateway.channels.sftp.line import Garbled, Line
from gateway.channels.sftp.messages import Answer, Configure, Fetched, FromDaemon, Listening, Offer
from gateway.model.outcomes import Refused

PATIENCE = 600.0
"""Seconds that a client may wait for custody of a large file."""


class Daemon:
    """Our end of the line. Asking is safe from any thread, hearing is for one."""

    def __init__(self, line: Line[FromDaemon], patience: float = PATIENCE) -> None:
        self._line = line
        self._patience = patience
        self._numbers = itertools.count(1)
        self._waiting: dict[int, queue.SimpleQueue[Answer | None]] = {}
        self._one = threading.Lock()
        self._gone = False

    def hand_over(self, channel: str, key: str, name: str) -> None:
        """Return once this upload is in custody; raises Refused where it is not, or where nobody can say."""
        answer = self._ask(lambda number: Offer(id=number, channel=channel, key=key, name=name))
        if answer is None:
            raise Refused("sftp.outcome_unknown", name=name)
        if not answer.done:
            raise Refused("sftp.not_taken", name=name, why=answer.why)

    def fetched(self, channel: str, name: str) -> None:
        """Return once it is written down that all of this was downloaded; raises Refused where it is not."""
        answer = self._ask(lambda number: Fetched(id=number, channel=channel, name=name))
        if answer is None or not answer.done:
            raise Refused("sftp.outcome_unknown", name=name)

    def listening(self, port: int, why: str = "") -> None:
        """Say where we listen, or why we do not."""
        self._say(Listening(port=port, why=why))

    def hear(self, configure: Callable[[Configure], None]) -> None:
        """Hear the daemon until it is gone; then nobody who asked waits any longer."""
        try:
            while (message := self._line.hear()) is not None:
                if isinstance(message, Configure):
                    configure(message)
                else:
                    with self._one:
                        waiting = self._waiting.pop(message.id, None)
                    if waiting:
                        waiting.put(message)
        except Garbled:
            pass  # as good as gone
        with self._one:
            self._gone = True
            for waiting in self._waiting.values():
                waiting.put(None)

    def _ask(self, request: Callable[[int], Offer | Fetched]) -> Answer | None:
        number, waiting = next(self._numbers), queue.SimpleQueue[Answer | None]()
        with self._one:
            if self._gone:
                return None
            self._waiting[number] = waiting
        if not self._say(request(number)):
            return None
        try:
            return waiting.get(timeout=self._patience)
        except queue.Empty:
            with self._one:
                self._waiting.pop(number, None)
            return None

    def _say(self, message: Offer | Fetched | Listening) -> bool:
        try:
            self._line.say(message)
        except OSError:
            return False
        return True
