"""kill -9 at every place between two steps, with X12 and tables waiting: the next start goes on as if nothing had happened."""

import itertools
import re
import signal
from pathlib import Path

import pytest

import gateway
from gateway.failpoints import PLACES
from gateway.lab.process import Simulator
from gateway.ledger.schema import HEAD, migrate, version
from gateway.settings import Home
from tests.crash.waiting import Waiting
from tests.passage.home import (
    WITHIN,
    assert_balanced,
    command,
    dies_at,
    drop,
    found_home,
    once,
    out,
    rows,
    said,
    start,
)
from tests.passage.table import bill, problems, table
from tests.passage.x12 import answer, group, interchange, order

ONE_AFTER_ANOTHER = (
    "archive.kept",
    "intake.claimed",
    "intake.admitted",
    "translate.read",
    "translate.committed",
    "erp.answered",
    "outbox.renamed",
    "trail.inserted",
)
SENTINELS = ("intake.vouched", "intake.claimed", "intake.admitted", "intake.unvouched", "intake.released")
OUTBOX = ("outbox.claimed", "outbox.kept", "outbox.written", "outbox.renamed")
OF_THEIR_OWN = {
    "sftp.staged",
    "intake.vouched",
    "intake.unvouched",
    "archive.swept",
    "translate.part",
    "ledger.commit.N",
}
OF_THEIR_OWN |= {place for place in PLACES if place.startswith(("mailbox.", "http."))}
"""Places that only their own tests pass by: below, and where channels are tested."""


def test_every_place_is_in_the_table_and_in_the_code() -> None:
    source = "".join(path.read_text("utf-8") for path in Path(gateway.__path__[0]).rglob("*.py"))
    named = {re.sub(r"\{.*?\}", "N", name) for name in re.findall(r'\bfailpoint\(f?"([^"]+)"\)', source)}
    assert named == PLACES.keys()


@pytest.mark.all
def test_killed_at_one_place_after_another_while_files_keep_coming_all_arrive(tmp_path: Path, lab: Simulator) -> None:
    home = found_home(tmp_path / "home", lab.url)
    waiting = Waiting(home, lab)
    for place in ONE_AFTER_ANOTHER:
        waiting.drop()
        dies_at(home, place, "--once")
        waiting.assert_nothing_broken()
    once(home)
    waiting.assert_all_arrived()


@pytest.mark.all
@pytest.mark.parametrize(
    ("place", "rule"),
    [(place, "rename") for place in PLACES if place not in OF_THEIR_OWN] + [(place, "sentinel") for place in SENTINELS],
)
def test_killed_at_a_place_it_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, lab: Simulator, place: str, rule: str
) -> None:
    home = found_home(tmp_path / "home", lab.url, complete=rule)
    waiting = Waiting(home, lab, vouched=rule == "sentinel")
    waiting.drop(northclinic=3, acme=2, bolt=2)
    dies_at(home, place, "--once")
    waiting.assert_nothing_broken()
    booked, placed = lab.effects(), {channel: out(home, channel) for channel in waiting.dropped}
    assert booked or place not in {"erp.booked", "erp.answered"}
    assert any(placed.values()) or place != "outbox.renamed"
    once(home)
    waiting.assert_all_arrived()
    # What the ERP had booked was looked up and not posted again; what lay in an outbox lies there unchanged.
    assert lab.effects()[: len(booked)] == booked
    for channel, files in placed.items():
        assert out(home, channel).items() >= files.items()


@pytest.mark.all
def test_killed_before_any_commit_of_a_pass_the_next_pass_does_it_all(tmp_path: Path) -> None:
    for commits in itertools.count():
        with Simulator.start(tmp_path / f"{commits}.db") as lab:
            home = found_home(tmp_path / f"{commits}", lab.url)
            waiting = Waiting(home, lab)
            waiting.drop()
            died = dies_before_commit(home, commits)
            waiting.assert_nothing_broken()
            once(home)
            waiting.assert_all_arrived()
        if not died:
            break
    assert commits >= 12  # start, file, three readings, three targets, ... each a commit or two


def dies_before_commit(home: Home, commits: int) -> bool:
    """A pass that is killed after so many commits; False where it has no more than those."""
    process = start(home, "--once", failpoint=f"ledger.commit.{commits}")
    try:
        code = process.wait(WITHIN)
    finally:
        process.kill()
        process.wait()
    assert code in {0, -signal.SIGKILL}, said(home)
    return code != 0


@pytest.mark.all
def test_killed_while_it_sweeps_up_after_a_kill_it_sweeps_the_rest(tmp_path: Path, lab: Simulator) -> None:
    home = found_home(tmp_path / "home", lab.url)
    waiting = Waiting(home, lab)
    waiting.drop()
    dies_at(home, "archive.written", "--once")
    assert len(list((home.archive / "tmp").iterdir())) == 3
    dies_at(home, "archive.swept", "--once")
    assert len(list((home.archive / "tmp").iterdir())) == 2
    waiting.assert_nothing_broken()
    once(home)
    waiting.assert_all_arrived()
    assert list((home.archive / "tmp").iterdir()) == []


@pytest.mark.all
def test_killed_while_it_migrates_an_older_ledger_the_next_start_migrates_it_whole(
    tmp_path: Path, lab: Simulator
) -> None:
    home = found_home(tmp_path / "home", lab.url)
    url = f"sqlite:///{home.ledger}"
    migrate(url, "0001")
    waiting = Waiting(home, lab)
    waiting.drop()
    dies_at(home, "ledger.migrated", "--once")
    assert version(url) == "0001"
    once(home)
    assert version(url) == HEAD
    waiting.assert_all_arrived()


@pytest.mark.all
@pytest.mark.parametrize("place", ["translate.part", "translate.read", "translate.committed", "erp.booked"])
def test_killed_within_a_large_interchange_each_set_has_one_effect_and_its_group_one_answer(
    tmp_path: Path, lab: Simulator, place: str
) -> None:
    home = found_home(tmp_path / "home", lab.url)
    drop(home, "large.edi", interchange(group(*(order(f"PO-{n}") for n in range(1, 1201)))))
    dies_at(home, place, "--once")
    assert_balanced(home)
    once(home)
    assert rows(home, "SELECT state, count(*) FROM document GROUP BY state") == [("translated", 1200)]
    assert len({effect["business_key"] for effect in lab.effects()}) == len(lab.effects()) == 1200
    assert [answer(content).group_codes for content in out(home).values()] == [("A",)]
    assert_balanced(home)
    assert command(home, "archive", "verify")[0] == 0


@pytest.mark.all
@pytest.mark.parametrize("place", OUTBOX)
def test_killed_while_a_rejected_table_is_answered_its_two_answers_come_once(
    tmp_path: Path, lab: Simulator, place: str
) -> None:
    home = found_home(tmp_path / "home", lab.url)
    drop(home, "bad.csv", table(bill("B-1", "five")), channel="bolt")
    dies_at(home, place, "--once")
    placed = out(home, "bolt")
    assert len(placed) == (2 if place == "outbox.renamed" else 0)
    once(home)
    answers = out(home, "bolt")
    assert answers.keys() == {"bad.csv.rejected.txt", "bad.csv.answer.csv"}
    assert answers.items() >= placed.items()
    assert problems(answers["bad.csv.answer.csv"])
    assert [path for path in (home.outbox / "bolt").iterdir() if path.name not in answers] == []
    assert rows(home, "SELECT state, count(*) FROM delivery GROUP BY state") == [("done", 2)]
    assert lab.effects() == []
    assert_balanced(home)
    assert command(home, "archive", "verify")[0] == 0
