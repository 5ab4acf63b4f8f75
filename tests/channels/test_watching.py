"""The thread takes what arrives, woken by the operating system or, without it, by its timer."""

import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import pytest
from structlog.testing import capture_logs
from watchdog.observers.api import ObservedWatch
from watchdog.observers.inotify_move_event_grouper import InotifyMoveEventGrouper

from gateway.channels import doorbell, folder
from gateway.channels.folder import FolderIntake
from gateway.model.finding import Finding
from gateway.ports import Admission, Drop
from gateway.profiles.agreement import Channel
from tests.channels.inbox import RENAME, Desk, Inbox, eventually

QUICK = Channel(name="quick", carries=("acme",), complete="stable", stable_seconds=1.0)


class Watched:
    """A running intake over real clocks."""

    def __init__(self, root: Path, *channels: Channel) -> None:
        self.root = root
        self.desk = Desk()
        self.odd: list[str] = []
        self.crowded = threading.Event()
        self.intake = FolderIntake(lambda: channels, root, odd=self._note, crowded=self.crowded.is_set)

    def _note(self, standing: Mapping[str, Sequence[Finding]]) -> None:
        self.odd += [found.code for findings in standing.values() for found in findings]

    def __enter__(self) -> Self:
        self.intake.start(self.desk)
        assert eventually((self.root / "acme" / ".processing").exists)
        time.sleep(0.1)  # the first look is over: from here only a ring or the timer wakes
        return self

    def __exit__(self, *_: object) -> None:
        self.intake.stop()

    def drop(self, name: str, content: bytes = b"ISA*") -> None:
        """As a careful sender does: written aside, then renamed into the folder."""
        aside = self.root / f"aside-{name}"
        aside.write_bytes(content)
        aside.rename(self.root / "acme" / name)


@pytest.fixture
def slow_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the doorbell nothing would be seen for a minute."""
    monkeypatch.setattr(folder, "_IDLE", 60.0)
    monkeypatch.setattr(folder, "_LIVELY", 60.0)


@pytest.mark.usefixtures("slow_timer")
def test_a_file_right_after_another_is_not_held_up_by_our_own_claim_of_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Watchdog waits so long for the other half of a rename out of the folder, and keeps back all that follows.
    monkeypatch.setattr(InotifyMoveEventGrouper, "delay", 60.0)
    with Watched(tmp_path, RENAME) as watched:
        watched.drop("one.edi")
        assert eventually(lambda: len(watched.desk.taken) == 1)
        watched.drop("two.edi")
        assert eventually(lambda: len(watched.desk.taken) == 2)


@pytest.mark.usefixtures("slow_timer")
def test_a_file_renamed_in_written_in_or_renamed_within_wakes_the_scan(tmp_path: Path) -> None:
    with Watched(tmp_path, RENAME) as watched:
        watched.drop("in.edi")
        assert eventually(lambda: watched.desk.names == ["in.edi"])
        (tmp_path / "acme" / "within.part").write_bytes(b"ISA*")
        (tmp_path / "acme" / "within.part").rename(tmp_path / "acme" / "within.edi")
        assert eventually(lambda: watched.desk.names == ["in.edi", "within.edi"])
        (tmp_path / "acme" / "written.edi").write_bytes(b"ISA*")
        assert eventually(lambda: watched.desk.names == ["in.edi", "within.edi", "written.edi"])


@pytest.mark.parametrize("count", [2000, pytest.param(10_000, marks=pytest.mark.all)])
def test_a_burst_is_taken_whole_whatever_events_were_lost(tmp_path: Path, count: int) -> None:
    with Watched(tmp_path, RENAME) as watched:
        for n in range(count):
            watched.drop(f"{n}.edi", b"%d" % n)
        assert eventually(lambda: len(watched.desk.taken) == count, 120)
        assert sorted(watched.desk.taken) == sorted((f"{n}.edi", b"%d" % n) for n in range(count))


@pytest.mark.usefixtures("slow_timer")
def test_what_waited_while_the_door_was_crowded_is_taken_soon_after(tmp_path: Path) -> None:
    with Watched(tmp_path, RENAME) as watched:
        watched.crowded.set()
        watched.drop("order.edi")
        time.sleep(0.3)
        assert watched.desk.names == []
        watched.crowded.clear()
        assert eventually(lambda: watched.desk.names == ["order.edi"])


def remove(folder: Path) -> None:
    """Remove a folder although the intake makes its parts anew as fast as they go."""
    for _ in range(100):
        try:
            shutil.rmtree(folder)
        except OSError:
            continue
        return


@pytest.mark.usefixtures("slow_timer")
def test_a_folder_that_is_removed_is_made_and_watched_again(tmp_path: Path) -> None:
    with Watched(tmp_path, RENAME) as watched:
        for n in range(3):
            remove(tmp_path / "acme")
            assert eventually((tmp_path / "acme" / ".processing").exists)
            time.sleep(0.1)
            watched.drop(f"{n}.edi")
            assert eventually(lambda: len(watched.desk.taken) > n)  # noqa: B023 - called at once
    assert "channel.folder_replaced" in watched.odd


def test_a_folder_that_is_removed_is_one_case_that_closes_after_an_hour(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox")
    for _ in range(2):
        inbox.look()
        remove(inbox.root)
    inbox.look()
    (said,) = inbox.said()
    assert said.startswith("The folder inbox/acme is not the one it was: it was removed, replaced, or a share")
    inbox.drop("order.edi")
    assert inbox.look() == 1
    inbox.pass_time(3600)
    inbox.look()
    assert ([len(told) for told in inbox.told], inbox.odd) == ([0, 1, 0], {})


def test_a_folder_that_was_moved_away_and_replaced_is_watched_anew(tmp_path: Path) -> None:
    woken = threading.Event()
    bell = doorbell.Doorbell(woken)
    folder = tmp_path / "acme"
    folder.mkdir()
    bell.watch([folder])
    folder.rename(tmp_path / "away")
    folder.mkdir()
    bell.watch([folder])
    woken.clear()
    (folder / "order.edi").touch()
    assert woken.wait(10)
    bell.watch([])
    woken.clear()
    (folder / "second.edi").touch()
    assert not woken.wait(0.3)
    bell.silence()


def test_a_folder_rings_once_and_again_only_after_it_is_watched_anew(tmp_path: Path) -> None:
    woken = threading.Event()
    bell = doorbell.Doorbell(woken)
    bell.watch([tmp_path])
    for name in ("first.edi", "second.edi"):
        (tmp_path / name).touch()
    assert woken.wait(10)
    time.sleep(0.1)
    woken.clear()
    (tmp_path / "unheard.edi").touch()
    assert not woken.wait(0.3)
    bell.watch([tmp_path])
    (tmp_path / "heard.edi").touch()
    assert woken.wait(10)
    bell.silence()


def no_instance_left() -> None:
    raise OSError(24, "inotify instance limit reached")


class SilentObserver:
    """Watches a share: it can be asked, and never hears of anything."""

    emitters = ()

    def schedule(self, *_: object, **__: object) -> ObservedWatch:
        return ObservedWatch("share", recursive=False)

    def unschedule(self, *_: object) -> None: ...

    start = stop = join = unschedule


@pytest.mark.parametrize("observer", [no_instance_left, SilentObserver])
def test_without_events_the_timer_does_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, observer: Callable[[], object]
) -> None:
    monkeypatch.setattr(doorbell, "Observer", observer)
    monkeypatch.setattr(folder, "_IDLE", 0.2)
    with Watched(tmp_path, RENAME) as watched:
        watched.drop("order.edi")
        assert eventually(lambda: watched.desk.names == ["order.edi"])


def test_a_growing_file_is_taken_once_it_is_quiet(tmp_path: Path) -> None:
    with Watched(tmp_path, RENAME, QUICK) as watched:
        with (tmp_path / "quick" / "order.edi").open("wb", buffering=0) as writer:
            for _ in range(10):
                writer.write(b"ST*850~")
                time.sleep(0.2)
        assert watched.desk.taken == []
        assert eventually(lambda: watched.desk.taken == [("order.edi", b"ST*850~" * 10)])


def test_the_thread_outlives_an_admission_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "_AGAIN", 0.2)
    monkeypatch.setattr(folder, "_LIVELY", 0.2)
    desk, fails = Desk(), [True, True]

    def admit(drops: Sequence[Drop]) -> Sequence[Admission]:
        if fails:
            fails.pop()
            raise ZeroDivisionError
        return desk(drops)

    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "order.edi").write_bytes(b"ISA*")
    intake = FolderIntake(lambda: [RENAME], tmp_path, odd=lambda _standing: None)
    with capture_logs() as logs:
        intake.start(admit)
        assert eventually(lambda: desk.names == ["order.edi"])
        intake.stop()
    assert [entry["event"] for entry in logs] == ["intake.failed"] * 2
