"""When a mailbox is tried again, and what is told of it: one case while it stands, gone when it is over."""

import random
from datetime import datetime, timedelta

import pytest

from gateway.profiles.mailbox import Window, clock_of
from tests.channels.mailbox.faulty import Faulty, Stored
from tests.channels.mailbox.post import NOON, Post


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda _low, _high: 1.0)


def waits(post: Post, times: int) -> list[float]:
    """Seconds between tries."""
    found = []
    for _ in range(times):
        post.look()
        due = post.intake._rounds["acme"].due  # noqa: SLF001 - when it is tried again is the fact under test
        found.append((due - post.wall).total_seconds())
        post.pass_time(found[-1])
    return found


def test_it_is_visited_as_often_as_agreed(faulty: Faulty, hostile: Post) -> None:
    assert waits(hostile, 3) == [300, 300, 300]
    assert faulty.sessions == 3
    hostile.set(every_seconds=60.0)
    assert waits(hostile, 2) == [60, 60]


def test_what_fails_is_tried_later_and_later_and_soon_again_after_a_success(faulty: Faulty, hostile: Post) -> None:
    port = hostile.mailbox.port
    hostile.set(port=1)
    assert waits(hostile, 7) == [30, 60, 120, 240, 480, 900, 900]
    hostile.set(port=port)
    assert waits(hostile, 1) == [300]
    assert faulty.sessions == 1


def test_only_who_was_down_for_two_minutes_is_told_once_and_no_more_when_it_is_back(
    faulty: Faulty, hostile: Post
) -> None:
    password = faulty.password
    assert password
    faulty.react = lambda kind, _path: "cut" if kind == "opendir" else None
    for _ in range(2):
        hostile.look(later=59)
    assert hostile.odd == []
    for _ in range(5):
        hostile.look(later=900)
    assert hostile.odd == ["mailbox.unreachable"]
    assert len({str(standing) for standing, _ in hostile.told if standing}) == 1
    faulty.react = lambda _kind, _path: None
    hostile.look(later=900)
    assert hostile.odd == []


def test_before_the_first_visit_nothing_is_known_and_nothing_is_closed(faulty: Faulty, hostile: Post) -> None:
    assert faulty.sessions == 0
    hostile.times.first = NOON
    hostile.set(windows=(Window(start=13 * 60, end=14 * 60),))
    hostile.look()
    assert hostile.told == [({}, {"mailbox acme"})]
    hostile.look(later=3601)
    assert hostile.told[-1] == ({}, set())


def test_outside_its_windows_nobody_calls(faulty: Faulty, hostile: Post) -> None:
    hostile.set(windows=(Window(start=13 * 60, end=14 * 60),))
    assert waits(hostile, 2)[0] == 3600
    assert faulty.sessions == 1


def test_a_cron_that_was_due_while_we_were_down_is_made_good_at_the_start(faulty: Faulty, hostile: Post) -> None:
    hostile.set(cron="0 6 * * mon-fri")
    hostile.times.last_done = NOON - timedelta(days=3, hours=6)  # Friday at six
    faulty.files = {b"/out/a.edi": Stored(b"a")}
    assert hostile.look() == 1
    assert hostile.times.last_done == hostile.wall
    assert waits(hostile, 1) == [18 * 3600]
    assert hostile.odd == []


def test_a_cron_that_is_not_due_yet_is_not_visited_at_the_start(faulty: Faulty, hostile: Post) -> None:
    hostile.set(cron="0 18 * * mon-fri")
    hostile.times.last_done = NOON - timedelta(days=2)
    assert hostile.look() == 0
    assert faulty.sessions == 0
    assert hostile.look(later=6 * 3600) == 0
    assert faulty.sessions == 1


def test_a_window_that_passed_while_we_were_down_is_told_and_remembered_until_the_next_look(
    faulty: Faulty, hostile: Post
) -> None:
    hostile.set(windows=(Window(start=clock_of("05:00") or 0, end=clock_of("06:00") or 0),))
    hostile.times.last_done = NOON - timedelta(hours=30)
    hostile.look()
    said = hostile.said("mailbox.missed")
    assert "between Monday 2026-11-23 05:00 (UTC) and Monday 2026-11-23 06:00 (UTC)" in said
    assert [due.hour for due in hostile.times.all_missed] == [5]
    hostile.again()
    hostile.look()
    assert len(hostile.times.all_missed) == 1
    hostile.look(later=17.5 * 3600)
    assert faulty.sessions == 1
    assert hostile.odd == []


def test_the_time_of_a_look_is_remembered_once_an_hour_and_with_windows_each_time(
    faulty: Faulty, hostile: Post
) -> None:
    written: list[datetime] = []

    def done(mailbox: str, at: datetime) -> None:
        assert mailbox == "acme"
        written.append(at)

    hostile.times.done = done  # type: ignore[method-assign]
    waits(hostile, 20)  # 100 minutes
    assert len(written) == 2
    hostile.set(windows=(Window(),))
    waits(hostile, 3)
    assert len(written) == 5
    assert faulty.sessions == 23


def test_a_file_that_does_not_come_by_its_time_is_told_until_one_does(faulty: Faulty, hostile: Post) -> None:
    hostile.set(expect_by=clock_of("12:30"))
    hostile.times.file = NOON - timedelta(days=1)
    hostile.look()
    assert hostile.odd == []
    hostile.look(later=1800)
    assert "No file came from 127.0.0.1" in hostile.said("mailbox.silent")
    assert "by Monday 2026-11-23 12:30 (UTC)." in hostile.said("mailbox.silent")
    faulty.files = {b"/out/late.edi": Stored(b"a")}
    hostile.look(later=300)
    assert hostile.odd == []


def test_a_file_that_came_by_another_way_is_no_silence(faulty: Faulty, hostile: Post) -> None:
    hostile.set(expect_by=clock_of("12:30"))
    hostile.look()
    hostile.times.file = hostile.wall  # dropped into the folder by hand
    hostile.look(later=1800)
    assert faulty.sessions == 2
    assert hostile.odd == []


def test_a_mailbox_that_is_taken_out_of_the_settings_is_not_visited_any_more(faulty: Faulty, hostile: Post) -> None:
    hostile.look()
    hostile.set(take_from=None)
    faulty.files = {b"/out/a.edi": Stored(b"a")}
    assert hostile.look(later=3600) == 0
    assert faulty.sessions == 1
    assert hostile.told[-1] == ({}, set())
