"""When a mailbox is due, what was missed and what should have come: in its own time zone, on both sides of a change of clocks."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.channels.mailbox.calendar import GRACE, Calendar, Promise
from gateway.profiles.mailbox import Mailbox, Window, clock_of, days_of, window_of

CHICAGO = ZoneInfo("America/Chicago")


def calendar(*windows: str, zone: str = "UTC", **others: Any) -> Calendar:  # noqa: ANN401 - settings of any type
    read = tuple(window for text in windows if (window := window_of(text)))
    assert len(read) == len(windows)
    mailbox = Mailbox(host="h", user="u", host_keys=(), timezone=zone, windows=read, **others)
    return Calendar(mailbox)


def at(day: int, hour: float = 0.0, *, zone: ZoneInfo | None = None) -> datetime:
    """A moment in November 2026, of which the 23rd is a Monday."""
    return datetime(2026, 11, day, tzinfo=zone or UTC) + timedelta(hours=hour)


def test_without_windows_it_is_always_open_and_due_so_many_seconds_later() -> None:
    every = calendar(every_seconds=300.0)
    assert every.is_open(at(23, 3))
    assert every.next_due(at(23, 3)) == at(23, 3) + timedelta(seconds=300)


def test_outside_its_windows_it_waits_for_the_next_to_open() -> None:
    office = calendar("mon-fri 06:00-20:00", "sat 08:00-12:00", every_seconds=600.0)
    assert office.next_due(at(23, 19.9)) == at(24, 6)
    assert office.next_due(at(27, 20)) == at(28, 8)  # Friday to Saturday
    assert office.next_due(at(28, 12)) == at(30, 6)  # over Sunday
    assert not office.is_open(at(23, 20))
    assert office.is_open(at(23, 6))


def test_a_window_over_midnight_belongs_to_the_day_it_begins_on() -> None:
    night = calendar("fri 22:00-02:00")
    assert [night.is_open(at(27, hour)) for hour in (21.9, 22, 25.9, 26)] == [False, True, True, False]
    assert not night.is_open(at(27, 1))


def test_on_a_holiday_nothing_is_due_and_nothing_expected() -> None:
    off = calendar(holidays=(date(2026, 11, 26),), expect_by=clock_of("17:00"))
    assert off.opens(at(26, 5)) == at(27)
    assert off.silent(at(1), at(24, 9), at(26, 18)) == at(25, 17)
    assert off.silent(at(1), at(25, 9), at(26, 18)) is None


def test_a_cron_counts_in_the_mailboxs_zone_and_only_while_a_window_is_open() -> None:
    cron = calendar("mon-fri 06:00-12:00", zone="America/Chicago", cron="30 6,18 * * *")
    assert cron.next_due(at(23, 7, zone=CHICAGO)) == at(24, 6.5, zone=CHICAGO)
    assert cron.next_due(at(27, 7, zone=CHICAGO)) == at(30, 6.5, zone=CHICAGO)


def test_a_day_of_25_hours_and_one_of_23_have_their_windows_where_people_read_them() -> None:
    chicago = calendar("06:00-07:00", zone="America/Chicago")
    for day in (date(2026, 11, 1), date(2026, 3, 8)):
        six = datetime(day.year, day.month, day.day, 6, tzinfo=CHICAGO)
        assert chicago.is_open(six)
        assert not chicago.is_open(six - timedelta(minutes=1))
        assert chicago.opens(six.astimezone(UTC) - timedelta(hours=7)) == six


def test_a_window_in_which_no_look_succeeded_is_missed_until_one_does() -> None:
    night = calendar("22:00-23:00")
    missed = Promise(at(23, 22), at(23, 23))
    assert night.missed(at(22, 22.5), at(23, 22.9)) is None
    assert night.missed(at(22, 22.5), at(23, 23)) == missed
    assert night.missed(at(22, 22.5), at(24, 12)) == missed
    assert night.missed(at(23, 22.1), at(24, 12)) is None


def test_a_time_of_the_cron_is_missed_when_an_hour_passed_without_a_look() -> None:
    cron = calendar(cron="0 6 * * mon-fri")
    assert cron.missed(at(23, 6.1), at(24, 6.5)) is None
    assert cron.missed(at(23, 6.1), at(24, 7)) == Promise(at(24, 6), at(24, 6) + GRACE)
    assert cron.missed(at(20, 6.1), at(23, 6)) is None  # over the weekend


def test_without_windows_or_cron_nothing_is_missed() -> None:
    assert calendar().missed(at(1), at(30)) is None


def test_a_day_without_a_file_is_silent_from_its_time_until_one_comes() -> None:
    daily = calendar(expect_by=clock_of("17:00"), expect_days=days_of("mon-fri"))
    friday, long_ago = at(27, 9), at(1)
    assert daily.silent(long_ago, friday, at(28, 18)) is None  # Saturday
    assert daily.silent(long_ago, friday, at(30, 16.9)) is None
    assert daily.silent(long_ago, friday, at(30, 17)) == at(30, 17)
    assert daily.silent(long_ago, at(29, 23), at(30, 17)) == at(30, 17)  # Sunday's is not Monday's
    assert daily.silent(long_ago, at(30, 0.1), at(30, 17)) is None
    assert daily.silent(long_ago, at(30, 18), at(30, 18)) is None  # late, and no longer missing


def test_the_first_day_that_counts_is_the_first_whole_one() -> None:
    daily = calendar(expect_by=clock_of("17:00"))
    assert daily.silent(at(23, 9), None, at(23, 18)) is None
    assert daily.silent(at(23, 9), None, at(24, 18)) == at(24, 17)
    assert calendar().silent(at(1), None, at(30)) is None


WINDOWS = st.builds(
    Window,
    days=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    start=st.integers(0, 1439),
    end=st.integers(0, 1440),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - naive bounds, as hypothesis wants


@settings(deadline=None, max_examples=50)  # a cron is counted on day by day
@given(
    windows=st.lists(WINDOWS, max_size=3).map(tuple),
    holidays=st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=5).map(tuple),
    cron=st.sampled_from([None, "*/20 6-20 * * mon-fri", "0 0 1 * *", "30 2 * * sun"]),
    zone=st.sampled_from(["UTC", "America/Chicago", "Australia/Lord_Howe"]),
    moment=MOMENTS,
)
def test_what_is_due_is_later_and_lies_where_a_window_is_open(
    windows: tuple[Window, ...], holidays: tuple[date, ...], cron: str | None, zone: str, moment: datetime
) -> None:
    mailbox = Mailbox(host="h", user="u", host_keys=(), windows=windows, holidays=holidays, cron=cron, timezone=zone)
    due = Calendar(mailbox).next_due(moment)
    assert due > moment
    never = due - moment > timedelta(days=360)  # a cron may fall outside of every window
    assert never or Calendar(mailbox).is_open(due) or cron


@given(text=st.text(max_size=30) | st.from_regex(r"[a-z,-]{0,15} ?\d\d:\d\d-\d\d:\d\d", fullmatch=True))
def test_any_text_is_a_window_or_none_and_says_itself_again(text: str) -> None:
    window = window_of(text)
    if window:
        said = str(window).replace("every day ", "").replace(", ", ",")
        assert window_of(said) == window


@pytest.mark.parametrize("text", ["17:60", "24:01", "7:00", "", "17", "aa:bb", "-1:00"])
def test_what_is_no_time_of_day_is_none(text: str) -> None:
    assert clock_of(text) is None


@pytest.mark.parametrize("text", ["", "monday", "mon-", "-fri", "mon,,tue", "MON"])
def test_what_names_no_days_is_none(text: str) -> None:
    assert days_of(text) is None


def test_days_may_run_over_the_end_of_the_week() -> None:
    assert days_of("sat-mon") == (0, 5, 6)
    assert days_of("mon-sun") == tuple(range(7))
