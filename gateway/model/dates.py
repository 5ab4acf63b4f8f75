"""Days and instants: a calendar date stays a date, an instant knows its zone, and what cannot be read stays text."""

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta

Instant = Annotated[datetime, Meta(tz=True, description="A moment, with its offset from UTC.")]

_DAY_LENGTH = len("20261122")

# X12 element 623. A zone that changes in summer is named; standard and daylight codes are offsets in minutes.
_ZONES = {
    "AT": "America/Halifax",
    "CT": "America/Chicago",
    "ET": "America/New_York",
    "HT": "Pacific/Honolulu",
    "MT": "America/Denver",
    "NT": "America/St_Johns",
    "PT": "America/Los_Angeles",
    "TT": "America/Anchorage",
}
_OFFSETS = (
    {"UT": 0, "GM": 0, "NS": -210, "ND": -150, "AS": -240, "AD": -180, "ES": -300, "ED": -240, "CS": -360, "CD": -300}
    | {"MS": -420, "MD": -360, "PS": -480, "PD": -420, "TS": -540, "TD": -480, "HS": -600, "HD": -540}
    | {f"{hours:02}": hours * 60 for hours in range(1, 13)}
    | {f"{25 - hours:02}": -hours * 60 for hours in range(1, 13)}
)
_LOCAL = ("", "LT")


@lru_cache(maxsize=4096)
def calendar_date(text: str) -> date | None:
    """The day CCYYMMDD names; None where it names none."""
    # fromisoformat reads 2026-W01 as well, which X12 does not.
    if len(text) != _DAY_LENGTH or not text.isdecimal():
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def time_of_day(text: str) -> time | None:
    """The time HHMM, HHMMSS, HHMMSSD or HHMMSSDD names; None where it names none."""
    if len(text) not in (4, 6, 7, 8) or not (text.isascii() and text.isdecimal()):
        return None
    try:
        fraction = int(text[6:].ljust(6, "0"))
        return time(int(text[:2]), int(text[2:4]), int(text[4:6] or 0), fraction)
    except ValueError:
        return None


def instant(day: date | None, clock: str, code: str, local: str) -> datetime | None:
    """The moment at this day and time, in the zone element 623 names by `code`, else in `local` (an IANA name).

    None where the time or the zone cannot be read: the caller keeps the texts.
    """
    read = time_of_day(clock)
    zone = _zone(code, local)
    if day is None or read is None or zone is None:
        return None
    return datetime.combine(day, read, zone)


def _zone(code: str, local: str) -> tzinfo | None:
    if code in _OFFSETS:
        return timezone(timedelta(minutes=_OFFSETS[code]))
    name = local if code in _LOCAL else _ZONES.get(code)
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
