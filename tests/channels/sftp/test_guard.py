"""Guessing gets slow, and ends; a partner is never kept out by others who fail in its name."""

from __future__ import annotations

from gateway.channels.sftp.guard import LONGEST_DELAY, SHUT_OUT_AFTER, WINDOW, Guard
from gateway.profiles.sftp import SftpServer
from tests.channels.inbox import Clock


def guard(clock: Clock, per_minute: int = 5) -> Guard:
    return Guard(lambda: SftpServer(connections_per_minute=per_minute), clock)


def test_each_failure_is_answered_later_than_the_last() -> None:
    one = guard(Clock())
    delays = [one.delay("10.0.0.1", "acme") for _ in range(12)]
    assert delays == sorted(delays)
    assert delays[0] < 0.1
    assert delays[-1] == LONGEST_DELAY


def test_guessing_from_many_addresses_at_one_name_is_slowed_too() -> None:
    one = guard(Clock())
    delays = [one.delay(f"10.0.0.{n}", "acme") for n in range(10)]
    assert delays[-1] == LONGEST_DELAY
    assert one.delay("10.0.1.1", "bolt") < 0.1


def test_whoever_fails_again_and_again_is_shut_out_for_a_while_and_alone() -> None:
    clock = Clock()
    one = guard(clock)
    for _ in range(SHUT_OUT_AFTER):
        assert one.knock("10.0.0.1") is None
        one.failed("10.0.0.1")
        clock.now += 20
    assert one.knock("10.0.0.1") == "too many failed logins"
    assert one.knock("10.0.0.2") is None
    clock.now += WINDOW
    assert one.knock("10.0.0.1") is None


def test_connections_are_counted_by_the_minute() -> None:
    clock = Clock()
    one = guard(clock)
    assert [one.knock("10.0.0.1") is None for _ in range(6)] == [True] * 5 + [False]
    clock.now += 61
    assert one.knock("10.0.0.1") is None


def test_what_is_remembered_of_strangers_is_bounded() -> None:
    one = guard(Clock())
    for n in range(25_000):
        one.delay(f"{n}", f"{n}")
    assert len(one._failures) <= 10_000  # noqa: SLF001 - nobody else shows it
