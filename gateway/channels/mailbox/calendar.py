"""When a mailbox is looked into: what is due, what was missed, and what should have come. Pure: the time is an argument.

All times are aware. Days, windows and times of day are those of the mailbox's time zone, on both sides of a change of
its clocks. APScheduler's cron trigger counts; what already happened is in the ledger, not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from apscheduler.triggers.cron import CronTrigger

from gateway.profiles.mailbox import DAY, Mailbox, Window

GRACE = timedelta(hours=1)
"""How long after a time of its cron a look may still come before it counts as missed."""

_AHEAD = 400
"""Days after which a mailbox without an open window is looked at anew."""

_BACK = timedelta(days=2)
"""How far back missed looks are told: older ones help nobody."""

_ALL_DAY = (Window(),)


class Promise(msgspec.Struct, frozen=True):
    """A stretch of time in which at least one look was to succeed."""

    start: datetime
    end: datetime


class Calendar:
    """The times of one mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._zone = ZoneInfo(mailbox.timezone)
        self._cron = CronTrigger.from_crontab(mailbox.cron, timezone=self._zone) if mailbox.cron else None

    def is_open(self, now: datetime) -> bool:
        """Whether files may be fetched at this moment."""
        return any(open_.start <= now < open_.end for open_ in self._windows(now, -1, 1))

    def opens(self, now: datetime) -> datetime:
        """When files may be fetched: now, or the next time that a window opens."""
        if self.is_open(now):
            return now
        days = (self._windows(now, day, day) for day in range(_AHEAD))
        later = (min(starts) for day in days if (starts := [open_.start for open_ in day if open_.start > now]))
        return next(later, now + timedelta(days=_AHEAD))

    def next_due(self, after: datetime) -> datetime:
        """When a look is due next, one having been due or done at `after`. A cron that no window ever meets is due once a day."""
        if self._cron is None:
            return self.opens(after + timedelta(seconds=self._mailbox.every_seconds))
        return next(self._ticks(after), self.opens(after + timedelta(days=1)))

    def missed(self, since: datetime, now: datetime) -> Promise | None:
        """The latest promise that began after `since`, when the last look succeeded, and was not kept until now."""
        return max((one for one in self._promises(since, now) if one.end <= now), key=lambda p: p.end, default=None)

    def silent(self, since: datetime, last_file: datetime | None, now: datetime) -> datetime | None:
        """The latest time by which a file should have come on its day, where none has since that day began.

        Days count from the first whole one after `since`, when the mailbox was first known.
        """
        minute = self._mailbox.expect_by
        if minute is None:
            return None
        for back in range(15):
            day = now.astimezone(self._zone).date() - timedelta(days=back)
            begins, by = self._at(day, 0), self._at(day, minute)
            if begins < since:
                return None
            if by <= now and day.weekday() in self._mailbox.expect_days and day not in self._mailbox.holidays:
                return by if last_file is None or last_file < begins else None
        return None

    def local(self, moment: datetime) -> str:
        """A moment as people there read it."""
        return f"{moment.astimezone(self._zone):%A %Y-%m-%d %H:%M} ({self._mailbox.timezone})"

    def _promises(self, since: datetime, now: datetime) -> Iterator[Promise]:
        since = max(since, now - _BACK)
        if self._cron:
            ends = self._windows(since, -1, 4)
            for tick in self._ticks(since):
                if tick > now:
                    return
                within = next(open_ for open_ in ends if open_.start <= tick < open_.end)
                yield Promise(tick, min(tick + GRACE, within.end) if self._mailbox.windows else tick + GRACE)
        elif self._mailbox.windows:
            yield from (open_ for open_ in self._windows(since, -1, 4) if open_.start > since)

    def _ticks(self, after: datetime) -> Iterator[datetime]:
        """The times of the cron after `after` at which a window is open; for a year at most."""
        assert self._cron is not None  # noqa: S101 - callers look first
        moment: datetime | None = after + timedelta(microseconds=1)
        end = after + timedelta(days=366)
        while moment and moment < end:
            moment = self._cron.get_next_fire_time(None, moment)
            if moment is None:
                return
            opening = self.opens(moment)
            if opening == moment:
                yield moment
                moment += timedelta(microseconds=1)
            else:
                moment = opening

    def _windows(self, around: datetime, first: int, last: int) -> list[Promise]:
        """The windows that open from `first` to `last` days after the day of `around`."""
        today = around.astimezone(self._zone).date()
        days = (today + timedelta(days=n) for n in range(first, last + 1))
        return [
            Promise(self._at(day, window.start), self._at(day, window.end, next_day=window.end <= window.start))
            for day in days
            if day not in self._mailbox.holidays
            for window in self._mailbox.windows or _ALL_DAY
            if day.weekday() in window.days
        ]

    def _at(self, day: date, minute: int, *, next_day: bool = False) -> datetime:
        day += timedelta(days=next_day + minute // DAY)
        return datetime(day.year, day.month, day.day, minute % DAY // 60, minute % 60, tzinfo=self._zone).astimezone(
            UTC
        )
