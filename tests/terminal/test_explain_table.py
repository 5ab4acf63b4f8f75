"""`gateway explain` of a table: the grid with the fault marked, the documents as JSON, and the answer files it would send."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli import main
from gateway.flow.letters import FOR_PEOPLE
from gateway.settings import Home, init
from gateway.terminal.explain import explain
from tests.passage.table import problems, read
from tests.terminal.conftest import NOW, Explain, decoded
from tests.terminal.files import order, written, x12

HEADER = "Invoice No,Invoice Date,PO Number,Line,Item,UPC,Description,Qty,Unit,Unit Price,Invoice Total"
GOOD = f"""{HEADER}
B-1,11/18/2026,PO-1,1,IT-1,012345678905,"Screw, 3.5 mm",50,EA,1.00,70.00
B-2,11/18/2026,PO-2,1,IT-1,012345678905,Screw,7,EA,1.00,7.00
B-1,11/18/2026,PO-1,2,IT-2,012345678912,Plate,2,EA,10.00,70.00
"""
FAULTY = GOOD.replace(",7,EA,", ",7x,EA,")


@pytest.fixture
def own(tmp_path: Path) -> Home:
    return init(tmp_path / "home")


def test_the_documents_stand_at_the_top_with_rows_in_place_of_segments(explained: Explain, home: Path) -> None:
    report = decoded(explained(GOOD.encode(), home=home, partner="bolt"))
    assert (report["format"], report["partner"], report["outcome"]) == ("csv", "bolt", "accepted")
    assert (report["bytes"], report["consumed"]) == (len(GOOD), len(GOOD))
    assert (report["interchanges"], report["findings"]) == ([], [])
    told = [(one["set"], one["control"], one["status"], one["rows"]) for one in report["documents"]]
    assert told == [("810", None, "accepted", 2), ("810", None, "accepted", 1)]
    first = report["documents"][0]["document"]
    assert (first["number"], first["order_number"], first["totals"]["payable"]) == ("B-1", "PO-1", "70.00")
    assert [line["src"] for line in first["lines"]] == [2, 4]
    assert first["lines"][0]["item_ids"] == {"UP": ["012345678905"], "VP": ["IT-1"]}
    assert [(owed["kind"], owed["target"], owed["key"]) for owed in report["deliveries"]] == [
        ("810", "erp", "810|BOLT|B-1|INVOICE|00"),
        ("810", "erp", "810|BOLT|B-2|INVOICE|00"),
        ("text", "channel:bolt", None),
    ]


def test_a_fault_stands_at_its_row_and_column_and_in_both_answers(explained: Explain, home: Path) -> None:
    report = decoded(explained(FAULTY.encode(), home=home, partner="bolt"))
    assert report["outcome"] == "partial"
    assert [one["status"] for one in report["documents"]] == ["accepted", "rejected"]
    (found,) = report["documents"][1]["findings"]
    place = (found["code"], found["row"], found["column"], found["value"], found["offset"])
    assert place == ("table.not_a_number", 3, "Qty", "7x", FAULTY.index("7x"))
    assert (found["segment"], found["ack"]) == (None, None)
    text, rows = report["acknowledgments"]
    assert [text["kind"], rows["kind"]] == list(FOR_PEOPLE)
    assert "1 of 2 invoices was taken; 1 was not." in read(text["content"].encode())
    assert problems(rows["content"].encode()) == [("3", "Qty", "7x", "table.not_a_number")]


def test_what_is_wrong_with_the_whole_file_stands_beside_its_documents(explained: Explain, home: Path) -> None:
    report = explained(GOOD.replace("B-2,", ",").encode(), home=home, partner="bolt")
    assert (report.outcome, [found.code for found in report.findings]) == ("rejected", ["table.row_without_key"])
    assert [one.status for one in report.documents] == ["accepted"]


def test_people_see_the_row_under_its_header_and_a_caret_under_the_cell(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["explain", str(written(tmp_path, FAULTY.encode(), "bills.csv")), "--partner", "bolt", "--home", str(home)])
    lines = capsys.readouterr().out.splitlines()
    assert "Table from bolt to healthsys: invoice (810)" in lines
    assert "  invoice B-2, 1 row: rejected" in lines
    assert "    error: row 3, column Qty" in lines
    row = next(at for at, line in enumerate(lines) if line.lstrip().startswith("row 3"))
    header, cells, carets = lines[row - 1 : row + 2]
    at = carets.index("^")
    assert (header[at:][:4], cells[at:][:3], carets[at:]) == ("Qty ", "7x ", "^^")
    assert "•••" in cells
    assert "Screw" not in cells
    assert any(line.startswith("  bills.csv.rejected.txt goes to outbox/bolt") for line in lines)
    assert "  bills.csv.answer.csv goes to outbox/bolt: every problem by row" in lines


def test_free_text_is_hidden_wherever_a_message_repeats_it_unless_it_is_asked_for(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, GOOD.replace("Plate", "=SECRET()").encode(), "bills.csv")
    arguments = ["explain", str(file), "--partner", "bolt", "--home", str(home)]
    main(arguments)
    hidden = capsys.readouterr().out
    main([*arguments, "--show-values"])
    open_ = capsys.readouterr().out
    assert "SECRET" not in hidden
    assert "Row 4, column Description says •••" in hidden
    assert "=SECRET()" in open_


def test_a_wide_row_is_cut_around_its_fault(tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spare = "".join(f",Column {n}" for n in range(30))
    text = FAULTY.replace(HEADER, HEADER + spare)
    main(["explain", str(written(tmp_path, text.encode())), "--partner", "bolt", "--home", str(home)])
    lines = capsys.readouterr().out.splitlines()
    row = next(line for line in lines if line.lstrip().startswith("row 3"))
    assert len(row) <= 110
    assert row.endswith("| …")


@pytest.mark.parametrize("folder", ["inbox/bolt", "partners/samples/bolt"])
def test_a_table_in_a_partners_folder_is_taken_to_be_that_partners(own: Home, folder: str) -> None:
    place = own.root / folder
    place.mkdir(parents=True, exist_ok=True)
    report = explain(written(place, GOOD.encode(), "bills.csv"), home=own.root, at=NOW)
    assert (report.partner, report.outcome) == ("bolt", "accepted")


def test_a_table_of_nobody_asks_whose_it_is(tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(written(tmp_path, GOOD.encode())), "--home", str(home)]) == 1
    told = capsys.readouterr().out
    assert "the name of a partner who sends tables: bolt" in told
    assert "gateway explain --partner NAME" in told


def test_x12_in_the_folder_of_a_sender_of_tables_is_read_as_x12(explained: Explain, home: Path) -> None:
    report = explained(x12(order()), home=home, partner="bolt")
    assert (report.format, report.outcome, len(report.interchanges)) == ("x12", "held", 1)


def test_the_summary_counts_rows_and_answers(tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, FAULTY.encode())
    assert main(["explain", str(file), "--partner", "bolt", "--home", str(home), "--summary"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert "  rows            3" in told
    assert "  documents       2 x 810" in told
    assert any(line.startswith("  acknowledgments 1 x csv, 1 x text, ") for line in told)
    assert "                  1 error table.not_a_number" in told


def test_x12_shows_the_text_where_one_was_agreed(own: Home, explained: Explain) -> None:
    page = own.partners / "northclinic.toml"
    page.write_text(f'{page.read_text()}\nanswer_text = "always"\n')
    report = explained(x12(order()), home=own.root)
    assert [each.kind for each in report.acknowledgments] == ["997", "text"]
    assert "Order PO-1 was taken." in report.acknowledgments[1].content
    assert [each.target for each in report.deliveries[1:]] == ["channel:northclinic"] * 2


def test_the_limits_of_the_home_hold_for_a_dry_run_too(own: Home, explained: Explain) -> None:
    page = own.config
    page.write_text(f"{page.read_text()}\n[limits]\nrows = 10\n")
    report = explained((GOOD + GOOD.split("\n", 1)[1] * 3).encode(), home=own.root, partner="bolt")
    assert (report.outcome, [found.code for found in report.findings]) == ("rejected", ["table.too_many_rows"])


def test_a_table_without_a_map_is_held_and_says_how_to_make_one(own: Home, explained: Explain) -> None:
    page = own.partners / "bolt.toml"
    page.write_text('title = "Bolt"\n[[agreement]]\nkinds = ["810"]\ndirection = "in"\nformat = "csv"\n')
    report = explained(GOOD.encode(), home=own.root, partner="bolt")
    assert (report.format, report.outcome, report.acknowledgments) == ("csv", "held", ())
    assert "gateway template bolt 810" in (report.findings[0].fix or "")
