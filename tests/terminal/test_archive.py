"""`archive verify`, `key`, `checkpoint`: what a person is told of the trail, and what a program."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text

from gateway.cli import main
from gateway.settings import Home
from gateway.trail.keys import PRIVATE, PUBLIC
from tests.passage.home import drop, eventually, found_home, out, rows, running
from tests.passage.route import Passage
from tests.passage.x12 import orders


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.out)


Archive = Callable[..., Said]


@pytest.fixture
def passage(tmp_path: Path) -> Iterator[Passage]:
    made = Passage(found_home(tmp_path / "home"))
    made.take(orders("PO-1"))
    yield made
    made.close()


@pytest.fixture
def archive(passage: Passage, capsys: pytest.CaptureFixture[str]) -> Archive:
    def run(*words: str) -> Said:
        capsys.readouterr()
        code = main(["archive", *words, "--home", str(passage.home.root)])
        return Said(code, *capsys.readouterr())

    return run


def change(passage: Passage, statement: str) -> None:
    with passage.ledger.write() as tx:
        assert tx.execute(text(statement)).rowcount > 0


def test_what_fits_is_said_with_its_counts(archive: Archive) -> None:
    said = archive("verify")
    assert said.code == 0
    assert said.out.splitlines()[-1] == "Everything fits."
    assert "0 after it are not signed yet" in said.out
    report = archive("verify", "--json").json
    assert (report["schema"], report["faults"], report["unsigned"]) == ("gateway.verify/1", [], 0)
    assert report["checkpoint"]["size"] == report["events"] > 0


def test_what_is_not_signed_yet_is_said(archive: Archive, passage: Passage) -> None:
    passage.receive(orders("PO-2", control=2))
    said = archive("verify")
    assert said.code == 0
    assert "1 after it are not signed yet" in said.out


def test_the_first_thing_that_does_not_fit_is_named_with_its_cure(archive: Archive, passage: Passage) -> None:
    change(passage, "UPDATE event SET who = 'nobody' WHERE id = 3")
    change(passage, "UPDATE transmission SET name = 'another.edi' WHERE id = 1")
    said = archive("verify")
    assert said.code == 1
    assert "Event 3 (" in said.out
    assert "file 1: its event 1 says name 'file.edi', and the ledger now says 'another.edi'" in said.out
    assert "2 do not fit; the first of them: Event 3" in said.out
    report = archive("verify", "--json").json
    assert [fault["code"] for fault in report["faults"]] == ["trail.event_changed", "trail.row_differs"]
    assert all(fault["message"] and fault["fix"] for fault in report["faults"])


def test_after_an_event_was_removed_the_counts_are_not_absurd(archive: Archive, passage: Passage) -> None:
    ((events,),) = passage.rows("SELECT count(*) FROM event")
    change(passage, "DELETE FROM event WHERE id = 3")
    said = archive("verify")
    assert said.code == 1
    assert f"{events - 1} events up to the checkpoint over {events}, which does not fit;" in said.out
    assert "-1" not in said.out
    assert archive("verify", "--json").json["unsigned"] == 0


def test_bytes_that_were_changed_or_removed_in_the_archive_are_named(archive: Archive, passage: Passage) -> None:
    first, second = sorted(passage.home.archive.glob("2*/*"))
    first.chmod(0o600)
    first.write_bytes(b"other")
    second.unlink()
    found = {fault["code"]: fault["message"] for fault in archive("verify", "--json").json["faults"]}
    assert first.name in found["archive.changed"]
    assert second.name in found["archive.missing"]


def test_of_many_faults_the_first_are_told_and_the_rest_counted(archive: Archive, passage: Passage) -> None:
    for control in range(2, 12):
        passage.take(orders(f"PO-{control}", control=control))
    change(passage, "UPDATE event SET who = 'nobody'")
    said = archive("verify")
    assert "more: --json lists them all." in said.out
    assert said.out.count("trail.event_changed") == 50


def test_a_checkpoint_that_was_kept_elsewhere_shows_a_ledger_that_was_put_back(
    archive: Archive, passage: Passage, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.db"
    with closing(sqlite3.connect(passage.home.ledger)) as now, closing(sqlite3.connect(backup)) as copy:
        now.backup(copy)
    passage.take(orders("PO-2", control=2))
    kept = tmp_path / "kept.txt"
    kept.write_text(archive("checkpoint").out)
    assert archive("verify", "--against", str(kept)).code == 0
    passage.close()
    for path in passage.home.var.glob("ledger.db*"):
        path.unlink()
    backup.rename(passage.home.ledger)
    assert archive("verify", "--json").json["faults"] == []
    said = archive("verify", "--against", str(kept))
    assert said.code == 1
    assert "its end was cut off, or an older ledger was put back" in said.out


@pytest.mark.parametrize("content", [None, b"", b"hello", b"\xff"])
def test_what_is_no_checkpoint_is_said_so(archive: Archive, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "kept.txt"
    if content is not None:
        path.write_bytes(content)
    said = archive("verify", "--against", str(path))
    assert said.code == 2
    assert "is no checkpoint of this home's trail" in said.err


def test_the_public_key_is_printed_and_its_loss_is_a_fault(archive: Archive, passage: Passage) -> None:
    assert archive("key").out == (passage.home.keys / PUBLIC).read_text()
    for name in (PRIVATE, PUBLIC):
        (passage.home.keys / name).unlink()
    assert archive("key").code == 2
    said = archive("verify", "--json")
    assert said.code == 1
    assert [fault["code"] for fault in said.json["faults"]] == ["trail.no_public_key"]
    said = archive("export", "file", "1")
    assert said.code == 2
    assert "no key that signs the trail" in said.err


def signed(home: Home) -> tuple[int, int]:
    """How many events are under a checkpoint, and how many there are."""
    ((under, events),) = rows(home, "SELECT coalesce(max(size), 0), (SELECT count(*) FROM event) FROM checkpoint")
    return under, events


def test_a_daemon_that_is_told_to_stop_signs_everything_before_it_ends(tmp_path: Path) -> None:
    home = found_home(tmp_path)
    with running(home, "--lab"):
        drop(home, "1.edi", orders("PO-1"))
        eventually(lambda: bool(out(home)))
    under, events = signed(home)
    assert under == events > 0


@pytest.mark.all
def test_while_it_runs_the_daemon_signs_what_happened_ten_seconds_ago(tmp_path: Path) -> None:
    home = found_home(tmp_path)
    with running(home, "--lab"):
        drop(home, "1.edi", orders("PO-1"))
        eventually(lambda: signed(home)[0] > 0)
