"""The daemon while it stays up: takes what is dropped, ends after what is in hand, and is the only one in its home."""

import signal
from pathlib import Path

from gateway.lab.process import Simulator
from tests.passage.home import (
    WITHIN,
    assert_promises_kept,
    drop,
    eventually,
    found_home,
    once,
    out,
    rows,
    running,
    said,
    start,
)
from tests.passage.x12 import group, interchange, invoice, invoices, order, orders


def test_what_is_dropped_while_it_runs_is_posted_and_answered(tmp_path: Path) -> None:
    with Simulator.start(tmp_path / "lab.db") as lab:
        home = found_home(tmp_path / "home", lab.url)
        with running(home):
            for n in range(1, 6):
                drop(home, f"{n}.edi", orders(f"PO-{n}", control=n))
            drop(home, "1.edi", invoices(invoice("I-1")), channel="acme")
            eventually(lambda: len(out(home)) == 5 and len(out(home, "acme")) == 1 and len(lab.effects()) == 6)
        assert_promises_kept(home, {"northclinic": 5, "acme": 1}, lab.effects())


def test_asked_to_stop_in_the_middle_it_ends_well_and_the_next_one_goes_on(tmp_path: Path) -> None:
    with Simulator.start(tmp_path / "lab.db") as lab:
        home = found_home(tmp_path / "home", lab.url)
        for n in range(1, 41):
            drop(home, f"{n}.edi", orders(f"PO-{n}", control=n))
        lab.fault("slow", count=40, seconds=0.05)
        process = start(home)
        eventually(lambda: bool(lab.effects()))
        process.send_signal(signal.SIGTERM)
        assert process.wait(WITHIN) == 0, said(home)
        assert rows(home, "SELECT id FROM delivery WHERE state = 'in_flight'") == []
        once(home)
        assert_promises_kept(home, {"northclinic": 40}, lab.effects())
        assert {effect["posts"] for effect in lab.effects()} == {1}


def test_a_slow_erp_does_not_hold_up_the_answers(tmp_path: Path) -> None:
    with Simulator.start(tmp_path / "lab.db") as lab:
        home = found_home(tmp_path / "home", lab.url, timeout=30.0)
        lab.fault("slow", seconds=20)
        drop(home, "1.edi", orders("PO-1"))
        process = start(home)
        try:
            eventually(lambda: bool(out(home)), within=15)
            assert rows(home, "SELECT state FROM delivery WHERE kind = 'erp'") in ([("in_flight",)], [("ready",)])
        finally:
            process.kill()
            process.wait()


def test_a_second_daemon_in_one_home_is_refused_by_name(tmp_path: Path) -> None:
    home = found_home(tmp_path / "home")
    with running(home, "--lab") as first:
        second = start(home, "--lab")
        assert second.wait(WITHIN) == 2
        assert f"{first.pid}" in said(home)


def test_a_file_of_a_thousand_orders_passes_whole(tmp_path: Path) -> None:
    home = found_home(tmp_path / "home")
    drop(home, "1.edi", interchange(group(*(order(f"PO-{n}") for n in range(1000)))))
    once(home, "--lab")
    counted = "SELECT state, count(*) FROM delivery WHERE kind = 'erp' GROUP BY state"
    assert rows(home, counted) == [("done", 1000)]


def test_a_hub_has_its_folders_before_anything_comes_through_it(tmp_path: Path) -> None:
    home = found_home(tmp_path / "home", "http://127.0.0.1:9")
    config = home.config.read_text("utf-8")
    home.config.write_text(f'{config}\n[channel.hub]\ncarries = ["acme", "northclinic"]\n', "utf-8")
    once(home)
    assert (home.inbox / "hub").is_dir()
    assert (home.outbox / "hub").is_dir()
