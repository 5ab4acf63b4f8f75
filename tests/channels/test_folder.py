"""What lies in a drop folder is taken once, whole, and only then removed."""

import os
import socket
import stat
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.channels.completeness import Seen
from gateway.channels.drop import FolderDrop
from gateway.channels.folder import BATCH, UNADMITTED_AT_MOST
from gateway.channels.tries import LONGEST_WAIT
from gateway.model.catalogue import reasons
from gateway.model.outcomes import TryLater
from gateway.ports import Admission, Drop, Intake
from gateway.profiles.agreement import Channel
from tests.channels.inbox import RENAME, STABLE, Desk, Inbox


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "inbox")


@pytest.fixture
def stable(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "inbox", STABLE)


def test_a_renamed_file_is_taken_at_first_sight_and_leaves_nothing_behind(inbox: Inbox) -> None:
    inbox.drop("order.edi", b"ISA*00*", age=0)
    assert inbox.look() == 1
    assert inbox.desk.taken == [("order.edi", b"ISA*00*")]
    assert inbox.files() == []


@pytest.mark.parametrize(
    "name", ["a.part", "a.FILEPART", "a.edi.tmp", "a.incomplete", "a.uploading", ".a.edi", "a.edi~", ".processing.edi"]
)
def test_a_temporary_name_is_not_looked_at(inbox: Inbox, name: str) -> None:
    inbox.drop(name)
    assert (inbox.look(), inbox.files(), inbox.odd) == (0, [name], {})


def test_folders_that_are_missing_are_made(inbox: Inbox) -> None:
    inbox.channels = [RENAME, Channel(name="bolt", carries=("bolt",))]
    inbox.look()
    assert sorted(path.name for path in inbox.root.iterdir()) == ["acme", "bolt"]


def test_a_stable_file_needs_two_equal_looks_a_second_apart(stable: Inbox) -> None:
    stable.drop("order.edi", age=3600)
    assert (stable.look(), stable.intake.waiting()) == (0, 1)
    stable.pass_time(0.9)
    assert (stable.look(), stable.intake.waiting()) == (0, 1)
    stable.pass_time(0.1)
    assert (stable.look(), stable.intake.waiting()) == (1, 0)


def test_a_stable_file_must_have_been_quiet_for_as_long_as_its_channel_says(stable: Inbox) -> None:
    stable.drop("order.edi", age=0)
    for seconds in (0.0, 1.0, 0.9):
        stable.pass_time(seconds)
        assert stable.look() == 0
    stable.pass_time(0.2)
    assert stable.look() == 1


def test_a_growing_file_is_not_taken_until_it_is_quiet(stable: Inbox) -> None:
    path = stable.drop("order.edi", b"", age=0)
    for n in range(5):
        with path.open("ab") as writer:
            writer.write(b"ST*850*%d~" % n)
        os.utime(path, (stable.wall.now, stable.wall.now))
        assert stable.look() == 0
        stable.pass_time(1.5)
    assert stable.look() == 0
    stable.pass_time(0.6)
    assert stable.look() == 1
    assert stable.desk.taken == [("order.edi", b"".join(b"ST*850*%d~" % n for n in range(5)))]


def test_a_file_from_the_future_is_taken_by_the_looks_alone_and_says_so(stable: Inbox) -> None:
    stable.drop("order.edi", age=-3600)
    stable.look()
    stable.pass_time(1.5)
    assert stable.look() == 0
    stable.pass_time(0.5)
    assert stable.look() == 1
    (finding,) = stable.desk.findings
    assert finding.code == "channel.from_the_future"
    assert "3598 seconds from now" in finding.message
    assert stable.odd == {"channel acme": ["channel.clock_ahead"]}
    stable.pass_time(3600)
    stable.look()
    assert stable.odd == {}


def test_another_file_under_the_name_between_two_looks_starts_anew(stable: Inbox) -> None:
    stable.drop("order.edi", b"one!")
    stable.look()
    stable.pass_time(1)
    stable.drop("new", b"two!").rename(stable.root / "acme" / "order.edi")
    assert stable.look() == 0


@pytest.mark.parametrize("complete", ["rename", "stable", "sentinel"])
def test_an_empty_file_waits_five_minutes_for_its_content_and_is_then_taken_with_a_finding(
    inbox: Inbox, complete: str
) -> None:
    inbox.channels = [Channel(name="acme", carries=("acme",), complete=complete)]
    for name in ("order.edi", "order.edi.done") if complete == "sentinel" else ("order.edi",):
        inbox.drop(name, b"", age=0)
    for seconds in (0, 1, 298):
        inbox.pass_time(seconds)
        assert (inbox.look(), inbox.intake.waiting(), inbox.odd) == (0, 0, {})
    inbox.pass_time(1)
    assert inbox.look() == 1
    assert inbox.desk.taken == [("order.edi", b"")]
    assert [finding.code for finding in inbox.desk.findings] == ["channel.empty"]
    assert inbox.files() == []


def test_an_empty_file_that_is_filled_is_one_file(inbox: Inbox) -> None:
    inbox.drop("order.edi", b"", age=0)
    inbox.look()
    inbox.drop("order.edi", b"ISA*", age=0)
    assert inbox.look() == 1
    assert inbox.desk.taken == [("order.edi", b"ISA*")]


def test_the_same_name_again_is_a_new_drop(inbox: Inbox) -> None:
    for content in (b"first", b"first", b"second"):
        inbox.drop("order.edi", content)
        assert inbox.look() == 1
    assert len(set(inbox.desk.keys)) == 3
    assert [content for _, content in inbox.desk.taken] == [b"first", b"first", b"second"]


def odd_things(folder: Path, outside: Path) -> Iterator[str]:
    outside.write_text("secret")
    (folder / "link.edi").symlink_to(outside)
    yield "link.edi"
    (folder / "broken.edi").symlink_to(folder / "nowhere")
    yield "broken.edi"
    os.mkfifo(folder / "pipe.edi")
    yield "pipe.edi"
    (folder / "subfolder").mkdir()
    yield "subfolder"
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(folder)  # a socket's address is short, a test's folder is not
        listener.bind("socket.edi")
        os.chdir(here)
    yield "socket.edi"
    if os.geteuid() == 0:
        os.mknod(folder / "zero.edi", 0o644 | stat.S_IFCHR, os.makedev(1, 5))
        yield "zero.edi"


def test_what_is_not_a_file_is_told_once_and_left_alone(inbox: Inbox, tmp_path: Path) -> None:
    inbox.look()
    names = sorted(odd_things(inbox.root / "acme", tmp_path / "outside"))
    inbox.drop("order.edi")
    assert [inbox.look() for _ in range(3)] == [1, 0, 0]
    assert inbox.odd == {"channel acme": ["channel.not_a_file"]}
    assert inbox.said()[0].startswith(f"'{names[0]}' (and {len(names) - 1} more) in inbox/acme is a symbolic link")
    assert len(inbox.told) == 2
    assert sorted(path.name for path in (inbox.root / "acme").iterdir()) == [".processing", *names]
    assert inbox.intake.waiting() == 0


def test_an_oddity_is_over_when_it_went_and_told_again_when_it_came_back(inbox: Inbox) -> None:
    inbox.look()
    for _ in range(2):
        (inbox.root / "acme" / "orders").mkdir()
        inbox.look()
        assert inbox.said() == ["'orders' in inbox/acme is a folder, not a file. It was left alone."]
        (inbox.root / "acme" / "orders").rmdir()
        inbox.look()
        assert inbox.odd == {}


def test_what_is_odd_is_told_anew_by_the_next_life_of_the_process(inbox: Inbox) -> None:
    inbox.look()
    (inbox.root / "acme" / "orders").mkdir()
    inbox.look()
    inbox.again()
    inbox.look()
    assert inbox.told == [{}, inbox.told[1], inbox.told[1]]


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder anyone may use, seen by a user who is not root: root may read everything."""
    reasons()  # read once, by a user who may read the package
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)  # noqa: S103, PTH101 - the point
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        yield Path(folder)
        if root:
            os.seteuid(0)


def test_a_file_that_may_not_be_read_is_told_once_and_taken_when_it_may(as_nobody: Path) -> None:
    inbox = Inbox(as_nobody / "inbox")
    path = inbox.drop("order.edi")
    path.chmod(0)
    assert [inbox.look() for _ in range(3)] == [0, 0, 0]
    assert inbox.said() == [
        "The file 'order.edi' in inbox/acme cannot be read: Permission denied. It was left where it is."
    ]
    path.chmod(0o600)
    inbox.pass_time(LONGEST_WAIT)
    assert [inbox.look(), inbox.look()] == [1, 0]
    assert (len(inbox.told), inbox.odd) == (2, {})


def test_what_cannot_be_taken_is_tried_ever_more_seldom(as_nobody: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = Inbox(as_nobody / "inbox")
    inbox.drop("order.edi").chmod(0)
    tried: list[float] = []
    may_read = os.access

    def access(*asked: Any, **how: Any) -> bool:  # noqa: ANN401 - whatever os.access takes
        tried.append(inbox.monotonic.now)
        return may_read(*asked, **how)

    access_supported = os.supports_effective_ids
    monkeypatch.setattr(os, "access", access)
    monkeypatch.setattr(os, "supports_effective_ids", access_supported | {access})
    for _ in range(100):
        inbox.look()
        inbox.pass_time(1)
    assert tried == [0, 1, 3, 7, 15, 31, 61, 91]
    assert len(inbox.told) == 1


def test_a_claimed_file_that_may_not_be_read_any_more_is_told_until_it_may(as_nobody: Path) -> None:
    inbox = Inbox(as_nobody / "inbox")
    inbox.drop("order.edi")
    inbox.desk.refusing = {"order.edi"}
    inbox.look()
    inbox.desk.refusing = set()
    (claimed,) = (inbox.root / "acme").rglob("order.edi")
    claimed.chmod(0)
    assert [inbox.look(), inbox.look()] == [0, 0]
    assert inbox.odd == {"channel acme": ["channel.unreadable"]}
    claimed.chmod(0o600)
    assert [inbox.look(), inbox.look()] == [1, 0]
    assert inbox.odd == {}


@pytest.mark.parametrize("size", [10, -1])
def test_a_disk_that_fails_in_the_middle_of_a_file_is_a_reason_to_come_back(size: int) -> None:
    memory = Path("/proc/self/mem")  # a plain file whose first byte cannot be read
    reasons_said: list[str] = []
    drop = FolderDrop(
        channel="acme",
        source_key="1",
        name="order.edi",
        findings=(),
        path=memory,
        seen=Seen.of(memory.lstat()),
        unreadable=reasons_said.append,
    )
    with drop.open() as stream, pytest.raises(TryLater, match="cannot be read: Input/output error"):
        stream.read(size)
    assert reasons_said == ["Input/output error"]


def test_a_file_in_a_folder_that_may_not_be_written_is_told_once_and_stays(as_nobody: Path) -> None:
    inbox = Inbox(as_nobody / "inbox")
    inbox.look()
    inbox.drop("order.edi")
    (inbox.root / "acme").chmod(0o500)
    assert [inbox.look() for _ in range(3)] == [0, 0, 0]
    (inbox.root / "acme").chmod(0o700)
    assert inbox.odd == {"channel acme": ["channel.not_takable"]}
    assert inbox.files() == ["order.edi"]
    inbox.pass_time(LONGEST_WAIT)
    assert [inbox.look(), inbox.look()] == [1, 0]
    assert inbox.odd == {}


@pytest.mark.parametrize("closed", ["", ".processing"])
def test_a_folder_that_may_not_be_listed_is_told_once_and_the_others_go_on(as_nobody: Path, closed: str) -> None:
    bolt = Channel(name="bolt", carries=("bolt",), complete="rename")
    inbox = Inbox(as_nobody / "inbox", RENAME, bolt)
    inbox.look()
    inbox.drop("order.edi", channel="bolt")
    (inbox.root / "acme" / closed).chmod(0o300)
    looks = [inbox.look(), inbox.look()]
    (inbox.root / "acme" / closed).chmod(0o700)
    assert looks == [1, 0]
    assert inbox.odd == {"channel acme": ["channel.folder_unusable"]}
    inbox.look()
    assert (len(inbox.told), inbox.odd) == (3, {})


def test_a_folder_that_cannot_be_used_is_told_once_and_the_others_go_on(inbox: Inbox) -> None:
    inbox.channels = [RENAME, Channel(name="bolt", carries=("bolt",), complete="rename")]
    inbox.root.mkdir()
    (inbox.root / "bolt").write_text("not a folder")
    inbox.drop("order.edi")
    assert [inbox.look(), inbox.look()] == [1, 0]
    assert inbox.odd == {"channel bolt": ["channel.folder_unusable"]}
    assert "inbox/bolt cannot be used: Not a directory" in inbox.said("channel bolt")[0]


def test_a_link_in_place_of_the_claims_leads_nowhere(inbox: Inbox, tmp_path: Path) -> None:
    inbox.drop("order.edi")
    (tmp_path / "elsewhere").mkdir()
    (inbox.root / "acme" / ".processing").symlink_to(tmp_path / "elsewhere")
    assert inbox.look() == 0
    assert inbox.odd == {"channel acme": ["channel.folder_unusable"]}
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_names_of_strangers_are_shown_safely_and_taken_as_they_are(inbox: Inbox) -> None:
    inbox.look()
    folder = os.fsencode(inbox.root / "acme")
    for name in (b"caf\xe9.edi", "café.edi".encode(), b"a\x1b[2J\n.edi", b"x" * 251 + b".edi"):
        with open(folder + b"/" + name, "wb") as file:  # noqa: PTH123 - a name that is no text
            file.write(name)
    assert inbox.look() == 4
    assert sorted(inbox.desk.taken) == sorted(
        [
            (r"caf\xe9.edi", b"caf\xe9.edi"),
            ("café.edi", "café.edi".encode()),
            (r"a\x1b[2J\n.edi", b"a\x1b[2J\n.edi"),
            ("x" * 251 + ".edi", b"x" * 251 + b".edi"),
        ]
    )


def test_two_thousand_files_present_at_start_are_all_taken_in_batches(stable: Inbox) -> None:
    for n in range(2000):
        stable.drop(f"{n}.edi", b"%d" % n)
    assert (stable.look(), stable.intake.waiting()) == (0, 2000)
    stable.pass_time(1)
    assert stable.look() == 2000
    assert sorted(stable.desk.taken) == sorted((f"{n}.edi", b"%d" % n) for n in range(2000))
    assert max(stable.desk.batches) == BATCH
    assert stable.files() == []


def test_a_backlog_in_one_folder_does_not_keep_the_others_waiting(inbox: Inbox) -> None:
    inbox.channels = [RENAME, Channel(name="bolt", carries=("bolt",), complete="rename")]
    for n in range(200):
        inbox.drop(f"{n}.edi")
    inbox.drop("urgent.edi", channel="bolt", age=0)
    inbox.look()
    assert inbox.desk.channels.index("bolt") == 1


def test_within_a_folder_the_oldest_comes_first(inbox: Inbox) -> None:
    for name, age in (("c", 30), ("a", 10), ("b", 20)):
        inbox.drop(name, age=age)
    inbox.look()
    assert inbox.desk.names == ["c", "b", "a"]


def test_a_file_that_vanishes_is_passed_over_quietly(inbox: Inbox) -> None:
    inbox.drop("first.edi", age=20)
    second = inbox.drop("second.edi", age=10)

    for n in range(BATCH):
        inbox.drop(f"{n}.edi", age=30)
    inbox.desk.before_reading = lambda _drop: second.unlink(missing_ok=True)
    assert inbox.look() == BATCH + 1
    assert (inbox.odd, inbox.files()) == ({}, [])


def test_what_is_not_taken_stays_claimed_and_comes_again_under_the_same_key(inbox: Inbox) -> None:
    offered: list[str] = []

    def later(drops: Sequence[Drop]) -> Sequence[Admission]:
        offered.extend(drop.source_key for drop in drops)
        return [Admission(source_key=drop.source_key, taken=False) for drop in drops]

    inbox.drop("order.edi", b"ISA*")
    assert inbox.look(later) == 0
    assert inbox.files() == [f".processing/{offered[0]}/order.edi"]
    assert inbox.look() == 1
    assert inbox.desk.keys == offered


def test_an_admission_that_fails_is_told_and_loses_nothing(inbox: Inbox) -> None:
    def full(_drops: Sequence[Drop]) -> Sequence[Admission]:
        raise TryLater("the disk is full")

    for n in range(BATCH * 2):
        inbox.drop(f"{n}.edi")
    with pytest.raises(TryLater, match="the disk is full"):
        inbox.look(full)
    assert len([name for name in inbox.files() if not name.startswith(".")]) == BATCH  # no more than a batch is claimed
    assert inbox.look() == BATCH * 2


def test_one_drop_that_always_fails_does_not_hold_up_the_others(inbox: Inbox) -> None:
    def poisoned(drops: Sequence[Drop]) -> Sequence[Admission]:
        if any(drop.name == "poison.edi" for drop in drops):
            raise ZeroDivisionError
        return inbox.desk(drops)

    inbox.drop("poison.edi")
    inbox.drop("good.edi")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            inbox.look(poisoned)
    inbox.drop("later.edi")
    with pytest.raises(ZeroDivisionError):
        inbox.look(poisoned)
    assert inbox.desk.names == ["good.edi", "later.edi"]


def test_while_nothing_can_be_admitted_the_files_stay_where_their_sender_sees_them(inbox: Inbox) -> None:
    inbox.desk.refusing = {f"{n}.edi" for n in range(UNADMITTED_AT_MOST + 10)}
    for name in inbox.desk.refusing:
        inbox.drop(name)
    inbox.look()
    inbox.look()
    assert len([name for name in inbox.files() if not name.startswith(".")]) == 10


def test_a_file_that_changes_while_it_is_read_is_not_taken_before_it_is_quiet_again(inbox: Inbox) -> None:
    path = inbox.drop("order.edi", b"half", age=0)
    writer = path.open("ab", buffering=0)

    def still_writing(_drop: Drop) -> None:
        writer.write(b" and the rest")

    inbox.desk.before_reading = still_writing
    assert inbox.look() == 0
    inbox.desk.before_reading = lambda _drop: None
    assert (inbox.look(), inbox.intake.waiting()) == (0, 1)
    inbox.pass_time(1)
    writer.close()
    assert (inbox.look(), inbox.intake.waiting()) == (1, 0)
    assert inbox.desk.taken == [("order.edi", b"half and the rest")]


def test_what_is_written_after_the_last_byte_was_read_comes_as_a_drop_of_its_own(inbox: Inbox) -> None:
    path = inbox.drop("order.edi", b"half", age=0)
    with path.open("ab", buffering=0) as writer:

        def still_writing(_drop: Drop) -> None:
            writer.write(b" and the rest")

        inbox.desk.after_reading = still_writing
        assert inbox.look() == 1
    inbox.desk.after_reading = lambda _drop: None
    assert inbox.look() == 0
    inbox.pass_time(1)
    assert inbox.look() == 1
    assert inbox.desk.taken == [("order.edi", b"half"), ("order.edi", b"half and the rest")]
    assert len(set(inbox.desk.keys)) == 2
    assert [finding.code for finding in inbox.desk.findings] == ["channel.grew"]


def test_what_strangers_put_among_the_claims_is_told_and_left_alone(inbox: Inbox) -> None:
    inbox.look()
    claims = inbox.root / "acme" / ".processing"
    (claims / "notes.txt").write_text("?")
    (claims / "folder").mkdir()
    (claims / "folder" / "order.edi").touch()
    key = "0" * 8 + "-0000-0000-0000-" + "0" * 12
    (claims / key).mkdir()
    (claims / key / "a.edi").touch()
    (claims / key / "b.edi").touch()
    assert [inbox.look(), inbox.look()] == [0, 0]
    assert inbox.odd == {"channel acme": ["channel.claim_disturbed"]}
    assert f"'.processing/{key}' (and 2 more) in inbox/acme holds something" in inbox.said()[0]


def test_a_channel_that_comes_or_changes_is_looked_into_at_the_next_look(stable: Inbox) -> None:
    stable.drop("order.edi")
    stable.drop("rows.csv", channel="bolt")
    assert stable.look() == 0
    stable.channels = [RENAME, Channel(name="bolt", carries=("bolt",), complete="rename")]
    assert stable.look() == 2


def test_two_threads_and_two_intakes_looking_at_once_take_no_file_twice(inbox: Inbox) -> None:
    for n in range(300):
        inbox.drop(f"{n}.edi", b"%d" % n)
    first, second = inbox.intake, inbox.again()
    start = threading.Barrier(4)

    def work(intake: Intake, desk: Desk) -> None:
        start.wait()
        for _ in range(3):
            intake.look(desk)

    threads = [threading.Thread(target=work, args=(intake, inbox.desk)) for intake in (first, first, second, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    by_key = dict(zip(inbox.desk.keys, inbox.desk.names, strict=True))
    assert sorted(by_key.values()) == sorted(f"{n}.edi" for n in range(300))
    assert (inbox.files(), inbox.odd) == ([], {})
