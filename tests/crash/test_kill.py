"""kill -9 anywhere, again and again, with files waiting: nothing is lost, nothing happens twice, every number is used once."""

import os
import random
import time
from pathlib import Path

import pytest

from gateway.lab.process import Simulator
from tests.crash.waiting import Waiting
from tests.passage.home import eventually, found_home, once, out, said, start
from tests.passage.table import read
from tests.passage.x12 import answer

SOAK = int(os.environ.get("SOAK_KILLS", "200"))
_STARTS = 0.2  # the share of kills that fall into the start
_EVENTS = 60  # what eight files give rise to, about
_IDLE = 2.0  # seconds after which no more of them will come


def killed_at_a_random_moment(waiting: Waiting, chance: random.Random) -> None:
    """Start the daemon and kill it while it starts, or after so much of its work, however fast this machine is."""
    home = waiting.home
    starting = chance.random() < _STARTS
    # The lock is held from the first moment on; the socket answers just before the doors are opened.
    sign = home.lock if starting else home.socket
    sign.unlink(missing_ok=True)
    process = start(home)
    try:
        eventually(lambda: sign.exists() or process.poll() is not None)
        assert process.poll() is None, said(home)
        if not starting:
            goal, end = waiting.events() + chance.randint(0, _EVENTS), time.monotonic() + _IDLE
            eventually(lambda: waiting.events() >= goal or time.monotonic() > end)
        time.sleep(chance.uniform(0.0, 0.2 if starting else 0.02))
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    "kills",
    [3, pytest.param(30, marks=pytest.mark.all), pytest.param(SOAK, marks=pytest.mark.soak)],
)
def test_killed_at_random_moments_with_files_waiting_nothing_is_lost_or_doubled(
    tmp_path: Path, lab: Simulator, kills: int
) -> None:
    home, chance = found_home(tmp_path / "home", lab.url), random.Random(f"{kills} kills")
    waiting, in_hand = Waiting(home, lab), 0
    waiting.drop(northclinic=20)
    for _ in range(kills):
        waiting.drop(northclinic=4, acme=2, bolt=2)
        killed_at_a_random_moment(waiting, chance)
        waiting.assert_nothing_broken()
        in_hand += waiting.in_hand()
    once(home)
    blamed = waiting.release_the_blamed()
    assert blamed <= kills / 10
    if blamed:
        once(home)
    waiting.assert_all_arrived()
    print(  # noqa: T201 - the figures of `make soak`
        f"{kills} kills, {in_hand} of them with work in hand; {waiting.dropped.total()} files, "
        f"{blamed} of them put aside and released: all arrived, once"
    )
    assert {answer(content).usage for content in out(home).values()} == {"P"}
    assert {read(content).split(" WHAT")[0][-10:] for content in out(home, "bolt").values()} == {"was taken."}
