"""`gateway run --once`: one full pass until nothing is due, looking twice at each file; and `--lab` with it."""

import threading
import time
from pathlib import Path

import pytest

from gateway.lab.process import Simulator
from gateway.settings import init
from tests.passage.home import (
    assert_balanced,
    assert_promises_kept,
    command,
    drop,
    eventually,
    found_home,
    once,
    out,
    rows,
    running,
    said,
)
from tests.passage.x12 import invoice, invoices, orders


def test_one_pass_takes_reads_posts_and_answers_everything_that_lies_there(tmp_path: Path) -> None:
    with Simulator.start(tmp_path / "lab.db") as lab:
        home = found_home(tmp_path / "home", lab.url, complete="stable")
        for n in range(1, 6):
            drop(home, f"{n}.edi", orders(f"PO-{n}", control=n))
        drop(home, "1.edi", invoices(invoice("I-1")), channel="acme")
        once(home)
        assert_promises_kept(home, {"northclinic": 5, "acme": 1}, lab.effects())


def test_it_looks_twice_so_a_file_that_still_grows_is_not_taken_before_it_is_whole(tmp_path: Path) -> None:
    home = found_home(tmp_path / "home", complete="stable")
    content = orders("PO-1", "PO-2")
    path = home.inbox / "northclinic" / "slow.edi"
    path.write_bytes(content[:100])

    def write_on() -> None:
        for start in range(100, len(content), 200):
            time.sleep(0.5)
            with path.open("ab") as file:
                file.write(content[start : start + 200])

    writer = threading.Thread(target=write_on)
    writer.start()
    once(home, "--lab")
    writer.join()
    assert rows(home, "SELECT state, size FROM transmission WHERE direction = 'in'") == [("translated", len(content))]
    assert len(out(home)) == 1


@pytest.mark.all  # waits for what is due later
def test_it_ends_while_something_is_due_later_and_the_next_pass_goes_on(tmp_path: Path) -> None:
    with Simulator.start(tmp_path / "lab.db") as lab:
        home = found_home(tmp_path / "home", lab.url)
        lab.stop()
        drop(home, "1.edi", orders("PO-1"))
        once(home)
        assert len(out(home)) == 1  # the answer never waits for the ERP
        assert [case["reason"] for case in command(home, "queue")[1]["cases"]] == ["target.down"]
        assert_balanced(home)
    with Simulator.start(tmp_path / "lab.db", lab.port) as again:
        time.sleep(1.5)  # a target that is down is asked again after a second
        once(home)
        assert_promises_kept(home, {"northclinic": 1}, again.effects())
        assert command(home, "queue")[1]["cases"] == []


def test_a_pass_over_nothing_ends_at_once(tmp_path: Path) -> None:
    home = found_home(tmp_path / "home")
    once(home, "--lab")
    assert "0 accepted, 0 rejected, 0 held" in said(home)


def test_the_bundled_simulator_keeps_its_effects_from_one_pass_to_the_next(tmp_path: Path) -> None:
    home = found_home(tmp_path / "home")
    for n in (1, 2):
        drop(home, f"{n}.edi", orders(f"PO-{n}", control=n))
        once(home, "--lab")
    references = [
        reference for (reference,) in rows(home, "SELECT reference FROM delivery WHERE kind = 'erp' ORDER BY id")
    ]
    assert references == ["PO-000001", "PO-000002"]


def test_the_samples_show_every_outcome_and_the_second_pass_goes_on_from_there(tmp_path: Path) -> None:
    home = init(tmp_path / "home")
    once(home, "--lab", "--samples")
    assert "5 accepted, 3 rejected, 1 held\n4 cases wait for a person" in said(home)
    once(home, "--lab", "--samples")
    assert rows(home, "SELECT count(*) FROM transmission WHERE direction = 'in'") == [(9,)]
    assert_balanced(home)


def test_what_a_person_releases_is_told_in_the_window_too(tmp_path: Path) -> None:
    home = init(tmp_path / "home")
    once(home, "--lab", "--samples")
    with running(home, "--lab"):
        (case,) = rows(home, "SELECT id FROM \"case\" WHERE reason = 'duplicate.conflict'")
        code, _ = command(home, "release", str(case[0]), "--earlier-undone", "--reason", "cancelled there")
        assert code == 0
        eventually(lambda: "810 INV-70315 -> erp" in said(home))
