"""When one mailbox is visited, and what is told of its times: due, tried again later after a failure, missed, silent."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from gateway.channels.mailbox.around import Ticks
from gateway.channels.mailbox.box import Box, Visit
from gateway.channels.mailbox.calendar import Calendar
from gateway.channels.mailbox.trouble import Unreachable
from gateway.model.finding import Finding
from gateway.ports import Admit

log = structlog.get_logger()

SOONEST = 30.0
LATEST = 900.0
"""Seconds until a mailbox that could not be reached is tried again: at first, and at last. Each half to one and a half times."""

_MORE = 5.0
"""Seconds until the next visit where more files lie there than one visit takes."""

_OFTEN = timedelta(hours=1)
"""How old the time of the last look may be in the ledger while no promise depends on it: a commit for each would be waste."""


class Rounds:
    """The visits to one mailbox, from one thread at a time; `now` is the aware time.

    Others may read `standing` (what was odd at the last turn) and `waiting` (how many files have yet to be taken).
    """

    def __init__(self, box: Box, ticks: Ticks, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.box = box
        self.waiting = 0
        self.standing: list[Finding] = []
        self._reached = False
        self._ticks = ticks
        self._now = now
        self._name = box.channel.name
        self._calendar = Calendar(box.mailbox)
        self._failures = 0
        remembered = ticks.of(self._name)
        self._first, self._done, self._file = remembered.first, remembered.done, remembered.file
        self._written = self._done
        self.due = self._calendar.opens(now())
        if box.mailbox.cron:  # a look that nobody was there for is made good now
            self.due = max(self._calendar.next_due(self._done or self._first), self.due)

    def wait(self) -> float:
        """Seconds until the next visit is due."""
        return max(0.0, (self.due - self._now()).total_seconds())

    def turn(self, admit: Admit, *, ended: Callable[[], bool] = lambda: False) -> int:
        """Visit if it is time to; how many files were taken. What stands afterwards is in the box's oddities."""
        taken = 0
        now = self._now()
        if now >= self.due:
            opens = self._calendar.opens(now)
            if opens > now:
                self.due = opens
            else:
                taken = self._visit(admit, ended)
        self._tell()
        self.standing = self.box.oddities.standing()
        return taken

    @property
    def known(self) -> bool:
        """Whether what stands is all there is: before the first visit it is not."""
        return self._reached or bool(self.standing)

    def _visit(self, admit: Admit, ended: Callable[[], bool]) -> int:
        try:
            visit = self.box.visit(admit)
        except Unreachable as trouble:
            if not ended():
                self._failed(trouble)
            return 0
        except Exception:
            log.exception("mailbox.failed", mailbox=self._name)
            self._put_off(LATEST if self._failures else SOONEST)
            return 0
        self._succeeded(visit)
        return visit.taken

    def _succeeded(self, visit: Visit) -> None:
        now = self._now()
        self._reached, self.waiting, self._failures, self._done = True, visit.settling + visit.more, 0, now
        if visit.taken:
            self._file = now
        self.due = self._calendar.next_due(now)
        if visit.more or visit.settling:
            rest = _MORE if visit.more else max(1.0, self.box.channel.stable_seconds)
            self.due = min(self.due, now + timedelta(seconds=rest))
        mailbox = self.box.mailbox
        if self._written is None or now - self._written > _OFTEN or mailbox.cron or mailbox.windows:
            self._ticks.done(self._name, now)
            self._written = now

    def _failed(self, trouble: Unreachable) -> None:
        log.warning("mailbox.unreachable", mailbox=self._name, why=str(trouble))
        if trouble.found:
            facts: dict[str, Any] = dict(trouble.found.facts or {})
            facts.pop("folder", None)  # the box says itself which it is
            self.box.oddities.tell("visit", trouble.found.code, **facts)
        self._put_off(LATEST if trouble.hopeless else min(SOONEST, self.box.mailbox.every_seconds) * 2**self._failures)

    def _put_off(self, seconds: float) -> None:
        """Try again later: many that failed together do not come back together."""
        self._failures = min(self._failures + 1, 20)
        wait = min(seconds, LATEST) * random.uniform(0.5, 1.5)  # noqa: S311 - spread
        self.due = self._calendar.opens(self._now() + timedelta(seconds=wait))

    def _tell(self) -> None:
        """What was missed and what has not come; both end with what they wait for."""
        now, told = self._now(), self.box.oddities
        told.begin("calendar")
        if missed := self._calendar.missed(self._done or self._first, now):
            start, end = self._calendar.local(missed.start), self._calendar.local(missed.end)
            self._ticks.missed(self._name, missed.start)
            told.tell("calendar", "mailbox.missed", host=self.box.mailbox.address, start=start, end=end)
        if self.box.mailbox.expect_by is not None and (by := self._calendar.silent(self._first, self._file, now)):
            self._file = self._ticks.of(self._name).file  # one may have come by another way
            if by := self._calendar.silent(self._first, self._file, now):
                told.tell("calendar", "mailbox.silent", host=self.box.mailbox.address, by=self._calendar.local(by))
