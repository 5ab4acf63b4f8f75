"""kill -9 at every seam of the path, and anywhere: nothing is lost, nothing happens twice, every number is used once."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.lab.process import Simulator
from gateway.settings import Home
from tests.passage.home import (
    assert_promises_kept,
    dies_at,
    drop,
    eventually,
    found_home,
    once,
    out,
    start,
)
from tests.passage.x12 import answer, invoice, invoices, orders

FILES = {"northclinic": 3, "acme": 2}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Simulator]:
    """An ERP that outlives the daemon, as real ones do."""
    with Simulator.start(tmp_path / "lab.db") as simulator:
        yield simulator


def drop_all(home: Home, files: dict[str, int]) -> None:
    """One-document files: orders from North Clinic, invoices from Acme, group control numbers from 1."""
    for n in range(1, files["northclinic"] + 1):
        drop(home, f"order-{n}.edi", orders(f"PO-{n}", control=n))
    for n in range(1, files["acme"] + 1):
        content = invoices(invoice(f"INV-{n}", of=f"45{n:08}"), control=n)
        drop(home, f"invoice-{n}.edi", content, channel="acme")


@pytest.mark.parametrize(
    "failpoint",
    ["archive.kept", "intake.claimed", "intake.admitted", "translate.committed", "erp.answered", "outbox.renamed"],
)
def test_killed_at_a_seam_it_goes_on_as_if_nothing_had_happened(tmp_path: Path, lab: Simulator, failpoint: str) -> None:
    home = found_home(tmp_path / "home", lab.url)
    drop_all(home, FILES)
    dies_at(home, failpoint)
    booked, placed = lab.effects(), {channel: out(home, channel) for channel in FILES}
    assert booked or failpoint != "erp.answered"
    assert any(placed.values()) or failpoint != "outbox.renamed"
    once(home)
    assert_promises_kept(home, FILES, lab.effects())
    # What the ERP had booked was looked up and not posted again; what lay in an outbox lies there unchanged.
    assert [effect for effect in lab.effects() if effect in booked] == booked
    for channel, files in placed.items():
        assert out(home, channel).items() >= files.items()


@pytest.mark.all
def test_killed_once_more_at_each_seam_in_turn_it_still_arrives(tmp_path: Path, lab: Simulator) -> None:
    home = found_home(tmp_path / "home", lab.url)
    drop_all(home, FILES)
    for failpoint in ("archive.kept", "intake.admitted", "translate.committed"):
        dies_at(home, failpoint)
    drop(home, "order-4.edi", orders("PO-4", control=4))
    once(home)
    assert_promises_kept(home, FILES | {"northclinic": 4}, lab.effects())


def killed_at_random(home: Home, kills: int, chance: random.Random) -> None:
    """Start the daemon and kill it, at a random moment of its work, so many times."""
    for _ in range(kills):
        home.lock.unlink(missing_ok=True)
        process = start(home)
        try:
            eventually(lambda: home.lock.exists() and home.lock.read_text().strip() != "")
            time.sleep(chance.uniform(0.0, 0.7))
        finally:
            process.kill()
            process.wait()


@pytest.mark.parametrize(
    ("kills", "files"),
    [
        (3, {"northclinic": 28, "acme": 12}),
        pytest.param(10, {"northclinic": 140, "acme": 60}, marks=pytest.mark.all),
    ],
)
def test_killed_at_random_moments_with_files_waiting_nothing_is_lost_or_doubled(
    tmp_path: Path, lab: Simulator, kills: int, files: dict[str, int]
) -> None:
    home = found_home(tmp_path / "home", lab.url)
    drop_all(home, files)
    killed_at_random(home, kills, random.Random(f"{kills} kills"))
    once(home)
    assert_promises_kept(home, files, lab.effects())
    assert {answer(content).usage for content in out(home).values()} == {"P"}
