"""A disk without room and a ledger that another program holds: nothing is lost, one clear message, and then it goes on."""

import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from gateway import daemon
from gateway.channels import folder
from gateway.channels.folder import FolderIntake
from gateway.cli import main
from gateway.daemon import Daemon, Parts
from gateway.flow.receive import receive
from gateway.ledger import trouble
from gateway.ledger.schema import bring_up_to_date
from gateway.model.outcomes import TryLater
from gateway.profiles.current import Change
from gateway.settings import Home
from tests.passage.home import drop, eventually, found_home, out
from tests.passage.route import Passage
from tests.passage.x12 import orders


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A disk of one megabyte mounted here, where that is allowed."""
    place.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "small", str(place)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("only root may mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)  # noqa: S607 - found where the system has it


@contextmanager
def no_room(disk: Path) -> Iterator[None]:
    """Nothing more fits on this disk while the block runs."""
    ballast = disk / "ballast"
    handle = os.open(ballast, os.O_CREAT | os.O_WRONLY)
    with suppress(OSError):
        while True:
            os.write(handle, bytes(4096))
    os.close(handle)
    assert os.statvfs(disk).f_bavail == 0
    yield
    ballast.unlink()


def intake_of(passage: Passage) -> FolderIntake:
    """The drop folders of this home."""
    return FolderIntake(lambda: passage.route.profiles().channels, passage.home.inbox, odd=lambda _standing: None)


def look(passage: Passage, intake: FolderIntake) -> int:
    """One look, and whatever follows from what was taken."""
    taken = intake.look(lambda drops: receive(passage.route, drops))
    passage.run()
    return taken


def take_many(passage: Passage, intake: FolderIntake, content: bytes) -> None:
    """Take these bytes so often that the ledger must grow."""
    for n in range(40):
        drop(passage.home, f"more-{n}.edi", content)
        look(passage, intake)


def lying_in(home: Home) -> list[bytes]:
    """What still lies where its sender put it, claimed or not."""
    return sorted(path.read_bytes() for path in home.inbox.rglob("*.edi"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with nothing in it yet."""
    return found_home(tmp_path / "home")


def test_while_the_archive_has_no_room_files_stay_under_one_case_and_are_taken_once_there_is(home: Home) -> None:
    with small_disk(home.archive) as disk:
        passage = Passage(home)
        intake = intake_of(passage)
        contents = [orders(f"PO-{n}", control=n) for n in (1, 2)]
        with no_room(disk):
            for n, content in enumerate(contents):
                drop(home, f"{n}.edi", content)
            assert [look(passage, intake) for _ in range(3)] == [0, 0, 0]
            assert lying_in(home) == contents
            case = passage.the_case()
            assert (case.reason, case.owner) == ("archive.full", "us")
            assert "No space left on device" in case.sentence
        assert look(passage, intake) == 2
        assert passage.cases() == []
        assert (lying_in(home), len(passage.books.order), len(out(home))) == ([], 2, 2)
        assert passage.holds()
        passage.close()


def test_a_small_file_that_finds_room_does_not_end_the_case_of_a_large_one(home: Home) -> None:
    with small_disk(home.archive):
        passage = Passage(home)
        intake = intake_of(passage)
        large = orders("PO-1") + b"\n" * (2 << 20)
        drop(home, "large.edi", large)
        assert look(passage, intake) == 0
        opened = passage.the_case().id
        drop(home, "small.edi", orders("PO-2", control=2))
        assert look(passage, intake) == 1
        assert [look(passage, intake) for _ in range(2)] == [0, 0]
        assert passage.the_case().id == opened
        assert lying_in(home) == [large]
        passage.close()


def test_while_the_ledger_has_no_room_files_stay_and_are_taken_once_there_is(home: Home) -> None:
    with small_disk(home.var) as disk:
        passage = Passage(home)
        intake = intake_of(passage)
        look(passage, intake)
        content = orders(*(f"PO-{n}" for n in range(60)))
        with no_room(disk):
            drop(home, "order.edi", content)
            with pytest.raises(TryLater, match="has no room on its disk"):
                take_many(passage, intake, content)
            waiting = lying_in(home)
            assert content in waiting
        look(passage, intake)
        assert lying_in(home) == []
        assert len(passage.rows("SELECT id FROM transmission WHERE direction = 'in'")) >= len(waiting)
        assert passage.holds()
        passage.close()


def test_a_start_on_a_full_disk_says_that_it_is_full(home: Home) -> None:
    url = f"sqlite:///{home.ledger}"
    with small_disk(home.var) as disk:
        with no_room(disk), pytest.raises(TryLater, match="has no room on its disk"):
            bring_up_to_date(url)
        bring_up_to_date(url)
        with closing(sqlite3.connect(home.ledger)) as by_hand:
            by_hand.execute("PRAGMA journal_mode=WAL")
        with no_room(disk), pytest.raises(TryLater, match="has no room on its disk"):
            bring_up_to_date(url)
        bring_up_to_date(url)


def test_while_another_program_holds_the_ledger_the_daemon_waits_and_then_goes_on(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "PATIENCE", 0.1)
    for module, wait in ((folder, "_AGAIN"), (folder, "_LIVELY"), (folder, "_IDLE"), (daemon, "_IDLE")):
        monkeypatch.setattr(module, wait, 0.1)
    passage = Passage(home)
    parts = Parts(
        route=passage.route,
        intakes=(intake_of(passage),),
        refresh=lambda: Change(taken=False, sha256=""),
        sealing=passage.sealing,
    )
    running = Daemon(parts)
    content = orders("PO-1")
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        running.start()
        drop(home, "order.edi", content)
        eventually(lambda: any((home.inbox / "northclinic" / ".processing").rglob("*.edi")))
        with pytest.raises(TryLater, match="is busy: another program holds it"):
            passage.receive(b"")
        time.sleep(0.5)  # several times as long as anybody waits
        assert lying_in(home) == [content]
        other.execute("ROLLBACK")
    eventually(lambda: len(out(home)) == 1 and len(passage.books.order) == 1)
    running.stop()
    assert lying_in(home) == []
    assert passage.holds()
    passage.close()


def test_a_command_says_plainly_that_the_ledger_is_busy(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trouble, "PATIENCE", 0.1)
    passage = Passage(home)
    passage.take(orders("PO-1"))
    passage.close()
    with closing(sqlite3.connect(home.ledger, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert main(["queue", "--home", str(home.root)]) == 2
        said = capsys.readouterr().err
        assert "is busy" in said
        assert "Close that program" in said
        assert "backup," not in said.replace("a backup)", "")  # nobody is sent to restore a sound ledger
        other.execute("ROLLBACK")
    assert main(["queue", "--home", str(home.root)]) == 0
