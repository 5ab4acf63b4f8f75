"""A file with thousands of problems: people read the first of each kind and how many more there are, programs get all."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from gateway.flow.file import file_of
from gateway.profiles.agreement import Profiles
from gateway.profiles.load import load
from gateway.terminal import most
from gateway.terminal.dryrun import Asked, DryRun
from gateway.terminal.render import Page
from gateway.x12.maps import Maps
from tests.terminal.conftest import NOW, Explain, decoded
from tests.terminal.files import order, written, x12
from tests.terminal.told import told

HEADER = "Invoice No,Invoice Date,PO Number,Line,Item,UPC,Description,Qty,Unit,Unit Price,Invoice Total\n"
FAULTY = "B-{n},11/18/2026,PO-{n},1,IT-1,1.23457E+11,Screw,7,EA,1.00,7.00\n"
ODD = "B-{n},11/18/2026,PO-{n},1,IT-1,012345678905,Screw,7,EA,1.00,8.00\n"  # a warning: the total is another


def _severities(lines: list[str]) -> Counter[str]:
    starts = [line.split()[0].rstrip(":") for line in lines if line.split()]
    return Counter(start for start in starts if start in ("error", "warning"))


def _read(home: Path, folder: Path, rows: str) -> list[str]:
    lines: list[str] = []
    profiles = load(home, secrets=False).profiles
    file = written(folder, (HEADER + rows).encode(), "bills.csv")
    run = DryRun(Asked(file=file, at=NOW, profiles=profiles, partner=profiles.partner("bolt")), Maps())
    Page(lines.append, show=False, colour=False).tell(run)
    return lines


def test_a_person_reads_the_first_200_and_how_many_more_there_are(tmp_path: Path, home: Path) -> None:
    lines = _read(home, tmp_path, "".join(FAULTY.format(n=n) for n in range(450)))
    assert _severities(lines)["error"] == most.MOST
    (said,) = (line for line in lines if line.startswith("Not shown"))
    assert said == (
        "Not shown, after the first 200 of each: 250 more errors, 250 more documents. "
        "--json tells all of it, --summary counts it."
    )


def test_no_error_goes_under_in_warnings(tmp_path: Path, home: Path) -> None:
    rows = "".join(ODD.format(n=n) for n in range(300)) + FAULTY.format(n=300)
    lines = _read(home, tmp_path, rows)
    assert _severities(lines) == {"warning": most.MOST, "error": 1}
    assert "  invoice B-300, 1 row: rejected" in lines


def test_a_program_gets_all_of_it(explained: Explain, home: Path) -> None:
    content = HEADER + "".join(FAULTY.format(n=n) for n in range(450))
    report = decoded(explained(content.encode(), home=home, partner="bolt"))
    assert sum(len(one["findings"]) for one in report["documents"]) == 450


def test_of_a_long_x12_file_the_same_is_shown_and_of_its_answer_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(most, "MOST", 3)
    lines = told(tmp_path, x12(*(order(f"PO-{n}", quantity="1O") for n in range(8))))
    assert _severities(lines)["error"] == 3
    said = next(line for line in lines if line.startswith("Not shown"))
    assert "5 more errors" in said
    assert "5 more documents" in said
    assert "more segments of acknowledgments" in said


def test_what_a_file_is_read_with_is_found_out_once(home: Path) -> None:
    profiles: Profiles = load(home, secrets=False).profiles
    start = (HEADER + FAULTY).encode()
    file = file_of(
        name="a.csv", size=len(start), start=start, at=NOW, profiles=profiles, partner=profiles.partner("bolt")
    )
    assert file.tables
    assert file.tables is file.tables
