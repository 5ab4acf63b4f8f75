from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main
from gateway.terminal.dryrun import Asked, DryRun
from gateway.terminal.explain import explain
from gateway.terminal.shelf import PART
from gateway.terminal.summary import count
from gateway.x12.maps import Maps
from tests.terminal.conftest import NOW, decoded
from tests.terminal.files import order, written, x12

# What a dry run has no use for: web, SSH, migration, encryption, and, without a ledger, a database.
HEAVY = {"fastapi", "uvicorn", "asyncio", "urllib3", "paramiko", "cryptography", "ssl", "alembic", "sqlalchemy"}
HEAVY |= {"pyx12", "lxml", "watchdog", "apscheduler", "structlog", "pydantic", "tomlkit"}


@pytest.fixture(autouse=True)
def _in_the_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_HOME", str(home))


@pytest.mark.parametrize("form", [[], ["--json"], ["--summary"]])
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (x12(order()), 0),
        (x12(order(), order("PO-2", quantity="X")), 1),
        (x12(order(quantity="X")), 1),
        (x12(order(), sender="ACMEMED"), 1),
        (x12(order()) * 2, 1),
        (b"", 1),
    ],
    ids=["accepted", "partial", "rejected", "held", "duplicate", "empty"],
)
def test_the_exit_code_tells_whether_it_would_be_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: list[str], content: bytes, code: int
) -> None:
    assert main(["explain", str(written(tmp_path, content)), *form]) == code
    assert capsys.readouterr().out.strip()


def test_a_call_that_cannot_be_used_exits_with_2_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, x12(order()))
    os.mkfifo(tmp_path / "pipe")
    calls = {
        "There is no file": [str(tmp_path / "none.edi")],
        "is a folder, not a file": [str(tmp_path)],
        "is a pipe": [str(tmp_path / "pipe")],
        "no partners/nobody.toml": [str(file), "--partner", "nobody"],
        "no home": [str(file), "--home", str(tmp_path)],
    }
    for said, arguments in calls.items():
        assert main(["explain", *arguments]) == 2, said
        assert capsys.readouterr().out == ""
    with pytest.raises(SystemExit) as wrong:
        main(["explain", str(file), "--json", "--summary"])
    assert wrong.value.code == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_exits_with_2(tmp_path: Path) -> None:
    file = written(tmp_path, x12(order()))
    file.chmod(0)
    assert main(["explain", str(file)]) == 2


def test_json_is_one_object_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["explain", "--json", str(written(tmp_path, x12(order())))])
    assert json.loads(capsys.readouterr().out)["partner"] == "northclinic"


def test_a_pipe_gets_no_colour(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["explain", str(written(tmp_path, x12(order(quantity="X"))))])
    assert "\x1b" not in capsys.readouterr().out


def test_a_terminal_that_knows_ascii_only_gets_all_the_same_lines(tmp_path: Path) -> None:
    file = written(tmp_path, x12(order(name="Main Street " * 9)))
    command = [sys.executable, "-m", "gateway.cli", "explain", str(file)]
    environ = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "N1*ST*???*92*NC-1" in done.stdout


def test_a_dry_run_loads_nothing_it_has_no_use_for(tmp_path: Path) -> None:
    file = written(tmp_path, x12(order(), order("PO-2", quantity="X")))
    program = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from gateway.terminal.explain import explain\n"
        f"explain(Path({str(file)!r}), at=datetime.now(UTC))\n"
        f"print(sorted({HEAVY!r} & {{name.split('.')[0] for name in sys.modules}}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("sets", [3, PART * 2 + 7])
def test_the_summary_counts_what_the_report_lists(tmp_path: Path, sets: int) -> None:
    bodies = [order(f"PO-{number}", quantity="X" if number % 3 == 0 else "12") for number in range(sets)]
    content = x12(*bodies, bodies[1], order("PO-2", quantity="7"), ack_requested="1")
    acknowledgment = x12([("AK1", "PO", "7"), ("AK9", "A", "1", "1", "1")], kind="997", functional_id="FA", control=102)
    file = written(tmp_path, content + b"RUBBISH\n" + acknowledgment)
    report = decoded(explain(file, at=NOW))
    counts, result = count(DryRun(Asked(file=file, at=NOW), Maps()))
    groups = [group for interchange in report["interchanges"] for group in interchange["groups"]]
    transactions = [transaction for group in groups for transaction in group["transactions"]]
    assert result.outcome == report["outcome"]
    assert (counts.interchanges, counts.groups) == (len(report["interchanges"]), len(groups))
    assert counts.segments == sum(transaction["segments"] for transaction in transactions)
    assert counts.sets == Counter(transaction["set"] for transaction in transactions)
    assert counts.statuses == Counter(transaction["status"] for transaction in transactions)
    assert counts.documents == Counter(one["set"] for one in transactions if one["document"])
    assert counts.acknowledgments == {"TA1": 1, "997": 1}
    assert counts.acknowledgment_bytes == sum(len(each["content"]) for each in report["acknowledgments"])
    assert counts.postings == Counter(each["kind"] for each in report["deliveries"] if each["key"])
    assert counts.findings == Counter(_findings(report))


def test_a_set_from_a_long_interchange_is_judged_as_one_from_a_short_one(tmp_path: Path) -> None:
    """Past PART sets they wait in a temporary file: verdicts, keys and the answer must not change by it."""
    counts, result = count(
        DryRun(_asked(tmp_path, x12(*[order(f"PO-{n}") for n in range(PART + 2)], order("PO-1"))), Maps())
    )
    assert counts.states == {"translated": PART + 2, "duplicate": 1}
    assert result.outcome == "partial"


def _asked(folder: Path, content: bytes) -> Asked:
    return Asked(file=written(folder, content), at=NOW)


def _findings(part: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - JSON
    """Severity and code of every finding, wherever it stands."""
    if isinstance(part, list):
        return [found for each in part for found in _findings(each)]
    if not isinstance(part, dict):
        return []
    here = [(found["severity"], found["code"]) for found in part.get("findings", ())]
    return here + [
        found for name, each in part.items() if name not in ("findings", "document") for found in _findings(each)
    ]
