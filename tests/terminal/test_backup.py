"""`gateway backup`: a copy that is a home itself, taken beside a running gateway, and worth its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.settings import Home
from gateway.trail.keys import PRIVATE
from tests.passage.home import assert_balanced, drop, eventually, found_home, out, rows, running
from tests.passage.route import Passage
from tests.passage.x12 import orders

Backup = Callable[..., int]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with an order in it."""
    passage = Passage(found_home(tmp_path / "home"))
    passage.take(orders("PO-1"))
    passage.close()
    return passage.home


def test_a_backup_is_a_home_that_verifies_and_balances_and_its_key_is_for_its_owner_alone(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Home(tmp_path / "backups" / "monday")
    assert main(["backup", str(copy.root), "--home", str(home.root)]) == 0
    told = capsys.readouterr().out
    assert "Everything fits." in told
    assert f"{copy.root} is a whole copy" in told
    assert main(["archive", "verify", "--home", str(copy.root)]) == 0
    assert_balanced(copy)
    assert rows(copy, "SELECT business_key FROM document") == rows(home, "SELECT business_key FROM document")
    assert (copy.keys / PRIVATE).stat().st_mode & 0o777 == 0o600
    assert (copy.root.stat().st_mode & 0o777, copy.var.stat().st_mode & 0o777) == (0o700, 0o700)
    assert main(["check", "--home", str(copy.root)]) == main(["check", "--home", str(home.root)])
    assert not (copy.root.parent / "monday.unfinished").exists()


def test_beside_a_running_gateway_it_takes_what_was_settled_and_a_gateway_goes_on_from_it(tmp_path: Path) -> None:
    home, copy = found_home(tmp_path / "home"), Home(tmp_path / "copy")
    with running(home):
        drop(home, "1.edi", orders("PO-1"))
        eventually(lambda: bool(out(home)))
        assert main(["backup", str(copy.root), "--home", str(home.root)]) == 0
    (copy.inbox / "northclinic").mkdir(parents=True)
    drop(copy, "again.edi", orders("PO-1"))
    with running(copy):
        eventually(lambda: rows(copy, "SELECT state FROM transmission WHERE name = 'again.edi'") == [("duplicate",)])
    assert rows(copy, "SELECT count(*) FROM document WHERE state = 'translated'") == [(1,)]
    assert_balanced(copy)


def test_what_came_after_the_backup_is_newer_than_its_ledger(tmp_path: Path) -> None:
    passage, copy = Passage(found_home(tmp_path / "home")), Home(tmp_path / "copy")
    passage.take(orders("PO-1"))
    assert main(["backup", str(copy.root), "--home", str(passage.home.root)]) == 0
    before = set(passage.home.archive.glob("20*/*"))
    passage.take(orders("PO-2", control=2))
    passage.close()
    made = copy.ledger.stat().st_mtime
    newer = {path for path in passage.home.archive.glob("20*/*") if path.stat().st_mtime > made}
    assert newer
    assert newer == set(passage.home.archive.glob("20*/*")) - before


def test_where_something_does_not_fit_the_copy_does_not_get_its_name(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blob = next(home.archive.glob("20*/*"))
    blob.chmod(0o600)
    blob.write_bytes(blob.read_bytes() + b" ")
    assert main(["backup", str(tmp_path / "copy"), "--home", str(home.root)]) == 1
    assert "archive.changed: " in (said := capsys.readouterr().out)
    assert f"It stays in {tmp_path / 'copy.unfinished'}." in said
    assert not (tmp_path / "copy").exists()


def test_a_link_in_an_outbox_is_copied_as_the_link_that_it_is(home: Home, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not for the backup")
    (home.outbox / "northclinic" / "link.edi").symlink_to(secret)
    assert main(["backup", str(tmp_path / "copy"), "--home", str(home.root)]) == 0
    assert (tmp_path / "copy" / "outbox" / "northclinic" / "link.edi").is_symlink()


@pytest.mark.parametrize(
    ("folder", "said"),
    [("taken", "is there already and not an empty folder"), ("home/outbox/acme/copy", "part of what a backup copies")],
)
def test_a_folder_that_cannot_hold_it_is_refused_and_nothing_is_written(
    home: Home, tmp_path: Path, folder: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine").touch()
    before = sorted(tmp_path.rglob("*"))
    assert main(["backup", str(tmp_path / folder), "--home", str(home.root)]) == 2
    assert said in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_before_anything_was_received_there_is_nothing_to_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = found_home(tmp_path / "home")
    assert main(["backup", str(tmp_path / "copy"), "--home", str(home.root)]) == 2
    assert "ledger" in capsys.readouterr().err
    assert not (tmp_path / "copy.unfinished").exists()
