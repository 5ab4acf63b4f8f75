"""A file that kills whoever reads it: three strikes, then it is put aside, one case tells, and the others have gone on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.lab.process import Simulator
from gateway.settings import Home
from tests.badinput.deadly import MARK
from tests.passage.home import ROOT, WITHIN, assert_balanced, command, drop, found_home, once, rows, said
from tests.passage.x12 import orders


def dies(home: Home) -> bool:
    """Run once with the fault in the reader; whether that killed it."""
    with (home.var / "said.log").open("ab") as log:
        words = [sys.executable, "-m", "tests.badinput.deadly", "run", "--once", "--home", str(home.root)]
        done = subprocess.run(
            words, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log, timeout=WITHIN, check=False
        )
    assert done.returncode in (0, -signal.SIGKILL), said(home)
    return done.returncode != 0


@pytest.mark.all
def test_a_file_that_kills_its_reader_is_put_aside_after_three_strikes_and_the_others_go_on(tmp_path: Path) -> None:
    with Simulator.start(tmp_path / "lab.db") as lab:
        home = found_home(tmp_path / "home", lab.url)
        for n, number in enumerate(["PO-1", f"PO-{MARK}", "PO-2", "PO-3"], start=1):
            drop(home, f"{n}.edi", orders(number, control=n))
        assert [dies(home) for _ in range(4)] == [True, True, True, False]
        assert sorted(one["business_key"].split("|")[2] for one in lab.effects()) == ["PO-1", "PO-2", "PO-3"]
        assert rows(home, "SELECT name, state FROM transmission WHERE direction = 'in' AND state <> 'translated'") == [
            ("2.edi", "held")
        ]
        ((case, reason, sentence),) = rows(home, "SELECT id, reason, sentence FROM \"case\" WHERE state = 'open'")
        assert (reason, "2.edi failed 3 times" in sentence) == ("file.poison", True)
        assert_balanced(home)
        # The fault is mended: the same bytes are read once more, by nobody's hand but the one that releases them.
        assert command(home, "release", str(case))[0] == 0
        once(home)
        assert len(lab.effects()) == 4
        assert rows(home, "SELECT count(*) FROM \"case\" WHERE state = 'open'") == [(0,)]
        assert_balanced(home)


@pytest.mark.all
def test_released_before_it_is_mended_it_is_tried_three_times_more(tmp_path: Path) -> None:
    home = found_home(tmp_path / "home", "http://127.0.0.1:1")
    drop(home, "1.edi", orders(f"PO-{MARK}"))
    assert [dies(home) for _ in range(4)] == [True, True, True, False]
    ((case,),) = rows(home, "SELECT id FROM \"case\" WHERE state = 'open'")
    assert command(home, "release", str(case))[0] == 0
    assert [dies(home) for _ in range(4)] == [True, True, True, False]
    assert rows(home, "SELECT count(*) FROM \"case\" WHERE state = 'open' AND reason = 'file.poison'") == [(1,)]
    assert_balanced(home)
