"""Much at once: the disk is never filled, every folder has its turn, and nothing is overlooked."""

import os
from pathlib import Path

import pytest

from gateway.channels.folder import BATCH
from gateway.channels.room import MB, Room
from gateway.profiles.agreement import Channel
from tests.channels.inbox import RENAME, Disk, Inbox

BOLT = Channel(name="bolt", carries=("bolt",), complete="rename")
FULL = "Taking what waits in the drop folders would leave less than 256 MB free on the disk that holds var/."


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inbox:
    """An inbox whose disk is as free as `disk` says."""
    inbox = Inbox(tmp_path / "inbox")
    inbox.room = Room(tmp_path, lambda: 256)
    inbox.again()
    inbox.disk = Disk(300 * MB)  # type: ignore[attr-defined]
    monkeypatch.setattr(os, "statvfs", lambda _path: inbox.disk)  # type: ignore[attr-defined]
    return inbox


def free(inbox: Inbox, megabytes: float) -> None:
    inbox.disk.f_bavail = int(megabytes * MB)  # type: ignore[attr-defined]


def test_while_the_reserve_is_touched_files_stay_where_they_are_and_one_case_in_all_says_so(inbox: Inbox) -> None:
    inbox.channels = [RENAME, BOLT]
    free(inbox, 255)
    inbox.look()
    for n in range(3):
        inbox.drop(f"{n}.edi")
        inbox.drop(f"{n}.edi", channel="bolt")
    assert [inbox.look(), inbox.look()] == [0, 0]
    assert inbox.files() == ["0.edi", "1.edi", "2.edi"]
    assert (len(inbox.told), inbox.odd) == (1, {"channels": ["channel.disk_reserve"]})
    assert inbox.said("channels")[0].startswith(FULL)
    free(inbox, 300)
    assert inbox.look() == 6
    assert inbox.odd == {}


def test_the_door_opens_again_only_with_a_tenth_more_than_the_reserve(inbox: Inbox) -> None:
    inbox.drop("order.edi")
    for megabytes, taken in ((250, 0), (257, 0), (281, 0), (282, 1)):
        free(inbox, megabytes)
        assert inbox.look() == taken, megabytes


def test_a_file_that_would_touch_the_reserve_waits_and_smaller_ones_go_on(inbox: Inbox) -> None:
    inbox.drop("large.edi", b"x" * (MB + 1), age=60)
    inbox.drop("small.edi", age=30)
    free(inbox, 257)
    assert inbox.look() == 1
    assert inbox.desk.names == ["small.edi"]
    assert inbox.odd == {"channels": ["channel.disk_reserve"]}
    free(inbox, 259)
    assert inbox.look() == 1
    assert inbox.odd == {}


def test_what_is_claimed_already_waits_for_room_too(inbox: Inbox) -> None:
    inbox.drop("order.edi")
    inbox.desk.refusing = {"order.edi"}
    inbox.look()
    inbox.desk.refusing = set()
    free(inbox, 10)
    assert inbox.look() == 0
    free(inbox, 1000)
    assert inbox.look() == 1


def test_a_real_disk_with_more_reserve_than_space_takes_nothing_until_the_reserve_is_lowered(tmp_path: Path) -> None:
    reserve = [1_000_000_000]
    inbox = Inbox(tmp_path / "inbox")
    inbox.room = Room(tmp_path, lambda: reserve[0])
    inbox.again()
    inbox.drop("order.edi")
    assert inbox.look() == 0
    reserve[0] = 0
    assert inbox.look() == 1


def test_a_backlog_is_taken_whole_and_another_folders_one_file_does_not_wait_for_it(
    tmp_path: Path,
) -> None:
    inbox = Inbox(tmp_path / "inbox", RENAME, BOLT)
    for n in range(2000):
        inbox.drop(f"{n}.edi", b"%d" % n)
    read = 0
    inbox.crowded = lambda: len(inbox.desk.taken) - read >= 4 * BATCH
    while len(inbox.desk.taken) < 500:
        inbox.look()
        read += 2 * BATCH
    inbox.drop("urgent.edi", channel="bolt", age=0)
    waiting = len(inbox.desk.taken)
    assert waiting - read <= 4 * BATCH
    while inbox.look():
        read += 2 * BATCH
    assert inbox.desk.channels.index("bolt") - waiting <= 1
    assert sorted(inbox.desk.taken) == sorted(
        [(f"{n}.edi", b"%d" % n) for n in range(2000)] + [("urgent.edi", b"ISA*")]
    )


def test_names_that_differ_in_their_letters_case_alone_are_two_files(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox")
    inbox.drop("Order.EDI", b"one")
    if (inbox.root / "acme" / "order.edi").exists():
        pytest.skip("this disk knows no difference")
    inbox.drop("order.edi", b"two")
    assert inbox.look() == 2
    assert sorted(inbox.desk.taken) == [("Order.EDI", b"one"), ("order.edi", b"two")]
