"""Ratios, targets and gates are computed as printed; no time is asserted here."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.bench.burst import FILES, flushes, rate, settled
from gateway.bench.figure import Figure, Promise
from gateway.bench.floors import commits_per_second
from gateway.bench.memory import figure as memory_figure
from gateway.bench.report import MEASUREMENTS, as_row, table, words
from gateway.bench.syncs import Counter, _with_compiler, _with_strace
from gateway.bench.validation import figures
from gateway.cli import main
from gateway.ledger.balance import Line

_ABOUT = {"seconds": 1, "cores": 2, "system": "x", "python": "3", "sqlite": "3", "load_before": 0.5}


@pytest.mark.parametrize(
    ("value", "beside", "promise", "target", "met"),
    [
        (80.0, 2.0, "at least", 40, True),
        (79.0, 2.0, "at least", 40, False),
        (3.0, 2.0, "at most", 1.5, True),
        (3.1, 2.0, "at most", 1.5, False),
        (3.3, None, "at most", 3.3, True),
        (3.4, None, "at most", 3.3, False),
        (3.4, None, "at most", None, None),
    ],
)
def test_a_target_binds_the_ratio_where_there_is_one(
    value: float,
    beside: float | None,
    promise: Promise,
    target: float | None,
    met: bool | None,  # noqa: FBT001 - a row of the table above
) -> None:
    figure = Figure(what="x", value=value, unit="y", beside=beside, promise=promise, target=target)

    assert figure.met is met


def test_only_counts_and_memory_fail_the_run() -> None:
    slow = [*figures(read=1.0, whole=1.0, peer=1.0), rate(1.0, 1000.0)]
    heavy = [memory_figure(small=10, large=16), flushes(["/h/var/ledger.db-wal"] * 34, 10, "strace")]

    assert [figure.met for figure in slow + heavy] == [False] * 5
    assert [figure.broken for figure in slow + heavy] == [False, False, False, True, True]


def test_the_flushes_of_the_simulator_are_not_ours() -> None:
    synced = ["/h/var/archive/tmp/a", "/h/var/lab.db-wal", "/h/var/lab.db", "/h/var/ledger.db-wal"]

    assert flushes(synced, 2, "strace").value == 1.0


def test_a_call_is_counted_once_also_where_strace_splits_its_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"7 fsync(3</early>) = 0\n")
    counting = Counter(way="strace", log=log)
    since = counting.so_far()
    with log.open("ab") as more:
        more.write(b"7 fdatasync(5</h/a b> <unfinished ...>\n8 fsync(6</h/c>) = 0\n7 <... fdatasync resumed>) = 0\n")

    assert counting.files(since) == ["/h/a b", "/h/c"]


@pytest.mark.parametrize("way", [_with_strace, _with_compiler])
def test_each_way_to_count_sees_python_and_sqlite(way: Callable[[Path], Counter | None], tmp_path: Path) -> None:
    counting = way(tmp_path)
    if counting is None:
        pytest.skip("this machine does not offer it")
    program = (
        "import os, sqlite3; f = open('file', 'w'); os.fsync(f.fileno()); f.close();"
        "c = sqlite3.connect('base.db'); c.execute('CREATE TABLE t (a)'); c.close()"
    )
    _run(counting, program, tmp_path)

    names = {Path(path).name for path in counting.files(0)}
    assert {"file", "base.db"} <= names


def _run(counting: Counter, program: str, folder: Path) -> None:
    command = [*counting.before, sys.executable, "-c", program]
    subprocess.run(command, cwd=folder, env={**os.environ, **counting.environment}, check=True)


def test_the_burst_is_over_only_when_all_is_read_posted_and_answered() -> None:
    def lines(translated: int, posted: int, answered: int) -> list[Line]:
        return [
            Line(what="files", partner="p", kind="x12", total=FILES, parts={"translated": translated}),
            Line(what="deliveries", partner="p", kind="850", total=FILES, parts={"done": posted}),
            Line(what="deliveries", partner="p", kind="997", total=FILES, parts={"done": answered}),
        ]

    assert settled(lines(FILES, FILES, FILES))
    assert not settled(lines(FILES - 1, FILES, FILES))
    assert not settled(lines(FILES, FILES - 1, FILES))


def test_the_table_says_ratio_target_and_verdict() -> None:
    rows = list(table([rate(100.0, 5000.0), memory_figure(small=10_000_000, large=16_000_000)]))

    assert re.search(r"100 files/s +5,000 SQLite FULL commits/s +0\.02x +>= 0\.04x +missed$", rows[1])
    assert re.search(r"16 MB +10 MB for 1 MB +1\.6x +<= 1\.5x +FAILS$", rows[2])


def test_what_could_not_be_counted_is_said() -> None:
    assert any("not counted" in line for line in words([rate(1.0, 1.0)], _ABOUT, burst_ran=True))
    counted = [flushes([], 1, "strace")]
    assert not any("not counted" in line for line in words(counted, _ABOUT, burst_ran=True))


def test_programs_get_the_ratio_and_the_verdict_too() -> None:
    row = as_row(rate(100.0, 1000.0))

    assert (row["ratio"], row["met"], row["gate"]) == (0.1, True, False)


def test_the_floor_is_measured_on_the_disk_it_is_told(tmp_path: Path) -> None:
    assert commits_per_second(tmp_path, seconds=0.01) > 0


def test_the_command_line_knows_every_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bench", "--help"])

    assert "{" + ",".join(MEASUREMENTS) + "}" in capsys.readouterr().out
