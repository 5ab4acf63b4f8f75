"""A home on real disk with the real daemon as a child process, and the questions that prove the promises."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gateway
from gateway.ledger.balance import balance
from gateway.ledger.write import Ledger
from gateway.settings import Home
from tests.passage.table import BOLT, MAP
from tests.passage.x12 import Answer, answer

ROOT = Path(gateway.__file__).parent.parent
WITHIN = 60.0  # seconds in which what is waited for must come, on a busy machine

CONFIG = """
[gateway]
timezone = "America/Chicago"
[[entity]]
name = "healthsys"
title = "Health System"
gs = "HEALTHSYS"
[[entity.identity]]
qualifier = "ZZ"
id = "HEALTHSYS"
[erp.erp]
url = "{url}"
timeout_seconds = {timeout}
concurrency = 4
"""
PARTNER = """
title = "{title}"
[[identity]]
qualifier = "ZZ"
id = "{id}"
[channel]
complete = "{complete}"
stable_seconds = 0
[defaults]
{defaults}
[[agreement]]
kinds = {kinds}
direction = "in"
"""
PARTNERS = {
    "northclinic": {"title": "North Clinic", "id": "NORTHCLINIC", "kinds": '["850"]'},
    "acme": {"title": "Acme", "id": "ACMEMED", "kinds": '["855", "856", "810"]'},
}


def found_home(  # noqa: PLR0913 - what a home may be asked to be
    root: Path,
    url: str = "lab",
    *,
    timeout: float = 5.0,
    complete: str = "rename",
    more_config: str = "",
    north: str = "",
    acme: str = "",
    bolt: str = MAP,
) -> Home:
    """Make a home with three partners; `north` and `acme` are further settings of theirs, as TOML.

    Bolt sends tables: `bolt` is the rest of its agreement.
    """
    home = Home(root)
    for folder in (home.config.parent, home.partners, home.var):
        folder.mkdir(parents=True, exist_ok=True)
    home.config.write_text(CONFIG.format(url=url, timeout=timeout) + more_config)
    for name, defaults in (("northclinic", north), ("acme", acme)):
        page = PARTNER.format(complete=complete, defaults=defaults, **PARTNERS[name])
        (home.partners / f"{name}.toml").write_text(page)
        (home.inbox / name).mkdir(parents=True, exist_ok=True)
    (home.partners / "bolt.toml").write_text(BOLT.format(complete=complete, settings=bolt))
    (home.inbox / "bolt").mkdir(parents=True, exist_ok=True)
    return home


def drop(home: Home, name: str, content: bytes, *, channel: str = "northclinic") -> None:
    """Put a file where the partner puts it, in one step."""
    part = home.inbox / channel / f".{name}.part"
    part.write_bytes(content)
    part.rename(home.inbox / channel / name)


def start(home: Home, *flags: str, failpoint: str | None = None) -> subprocess.Popen[bytes]:
    """`gateway run` as a process of its own; what it says goes to var/said.log."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if failpoint is not None:
        environment["GATEWAY_FAILPOINT"] = failpoint
    with (home.var / "said.log").open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", "run", "--home", str(home.root), *flags],
            stdout=said,
            stderr=said,
            env=environment,
        )


@contextmanager
def running(home: Home, *flags: str) -> Iterator[subprocess.Popen[bytes]]:
    """The daemon, until the block ends; then it is asked to stop, and must."""
    process = start(home, *flags)
    try:
        eventually(lambda: home.socket.exists() or process.poll() is not None)
        assert process.poll() is None, said(home)
        yield process
        process.terminate()
        assert process.wait(WITHIN) == 0, said(home)
    finally:
        process.kill()
        process.wait()


def dies_at(home: Home, failpoint: str, *flags: str) -> None:
    """Run the daemon until it kills itself at this place."""
    process = start(home, *flags, failpoint=failpoint)
    try:
        assert process.wait(WITHIN) == -signal.SIGKILL, said(home)
    finally:
        process.kill()
        process.wait()


def once(home: Home, *flags: str) -> None:
    """`gateway run --once` to its end."""
    process = start(home, "--once", *flags)
    try:
        assert process.wait(WITHIN) == 0, said(home)
    finally:
        process.kill()
        process.wait()


def said(home: Home) -> str:
    """What the daemon said last, for a failing test."""
    logs = (home.var / "said.log", home.var / "gateway.log")
    return "\n".join(log.read_text("utf-8", "replace")[-4000:] for log in logs if log.exists())


def command(home: Home, *words: str) -> tuple[int, Any]:
    """`gateway ... --json` as a process of its own: its exit code and what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", *words, "--home", str(home.root), "--json"],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr.decode()


def eventually(is_so: Callable[[], bool], within: float = WITHIN) -> None:
    """Wait until it is so; fail where it never is."""
    end = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < end, "it did not become so in time"
        time.sleep(0.02)


def ledger_of(home: Home) -> Ledger:
    """The ledger, to be read and closed."""
    return Ledger(f"sqlite:///{home.ledger}", lambda: datetime.now(UTC))


def rows(home: Home, statement: str) -> list[tuple[Any, ...]]:
    """What this SELECT finds now."""
    ledger = ledger_of(home)
    try:
        with ledger.read() as snapshot:
            return [tuple(row) for row in snapshot.exec_driver_sql(statement)]
    finally:
        ledger.close()


def out(home: Home, channel: str = "northclinic") -> dict[str, bytes]:
    """The acknowledgments that lie in the outbox, by name; never a half one."""
    folder = home.outbox / channel
    return {path.name: path.read_bytes() for path in sorted(folder.glob("[!.]*"))} if folder.exists() else {}


def assert_balanced(home: Home) -> None:
    """The three equations hold."""
    ledger = ledger_of(home)
    try:
        with ledger.read() as snapshot:
            lines = balance(snapshot)
    finally:
        ledger.close()
    assert lines
    assert [line for line in lines if not line.holds] == []


def assert_promises_kept(home: Home, files: dict[str, int], effects: list[dict[str, Any]]) -> None:
    """After whatever happened to it: nothing lost, one effect each, every group answered once, no number twice or missing.

    `files` is how many one-document files each partner dropped: group control numbers run from 1, Bolt's are tables.
    """
    taken = dict(rows(home, "SELECT channel, count(*) FROM transmission WHERE direction = 'in' GROUP BY channel"))
    assert taken == files
    assert rows(home, "SELECT DISTINCT state FROM transmission") == [("translated",)]
    assert rows(home, "SELECT DISTINCT state FROM delivery") == [("done",)]
    assert sorted(Counter(one["business_key"] for one in effects).values()) == [1] * sum(files.values())
    for channel, count in files.items():
        if channel == "bolt":
            assert_told_once(home, out(home, channel), count)
        else:
            assert_answered_once(list(map(answer, out(home, channel).values())), count)
    assert_balanced(home)
    assert command(home, "archive", "verify")[0] == 0
    left = [path for folder in (home.inbox, home.outbox) for path in folder.rglob("*") if path.is_file()]
    assert sorted(left) == sorted(home.outbox / channel / name for channel in files for name in out(home, channel))


def assert_told_once(home: Home, letters: dict[str, bytes], tables: int) -> None:
    """Every table is answered by exactly one text, that it was taken, under its own name."""
    dropped = rows(home, "SELECT name FROM transmission WHERE direction = 'in' AND channel = 'bolt'")
    assert letters.keys() == {f"{name}.accepted.txt" for (name,) in dropped}
    assert len(letters) == tables


def assert_answered_once(answers: list[Answer], groups: int) -> None:
    """Every group from 1 on is answered by exactly one content, and our numbers run without gap or repetition."""
    answered = Counter(control for one in answers for _, control in one.answers)
    assert answered == Counter(str(n) for n in range(1, groups + 1))
    assert sorted(one.control for one in answers) == list(range(1, len(answers) + 1))
    group_controls = sorted(control for one in answers for control in one.group_controls)
    assert group_controls == list(range(1, len(group_controls) + 1))
