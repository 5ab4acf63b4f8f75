"""`gateway template`: the table reads as it was written, the guide says how, and nothing is written over."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.flatfile.table import Table, read_table
from gateway.model.fields import FIELDS
from gateway.model.limits import Limits
from gateway.profiles.agreement import ColumnMap
from gateway.profiles.load import load
from gateway.settings import Home, init
from gateway.terminal.explain import explain
from gateway.terminal.template import USUAL, called, usual_map
from tests.terminal.conftest import NOW, decoded

FIXED = """\
title = "Bolt"
[[agreement]]
kinds = ["810"]
direction = "in"
format = "csv"
[agreement.csv]
decimal = ","
dates = "DDMMYYYY"
[agreement.csv.fixed]
number = { start = 1, length = 10 }
date = { start = 11, length = 8 }
"line.upc" = { start = 20, length = 12 }
"line.quantity" = { start = 32, length = 5 }
"line.uom" = { start = 37, length = 2 }
"line.price" = { start = 39, length = 8 }
total = { start = 47, length = 10 }
"""


@pytest.fixture
def own(tmp_path: Path) -> Home:
    return init(tmp_path / "home")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def made(home: Home, out: Path, partner: str, kind: str) -> None:
    assert main(["template", partner, kind, "--home", str(home.root), "--out", str(out)]) == 0


def agreed(home: Home, partner: str, kind: str) -> ColumnMap:
    loaded = load(home.root)
    assert [str(one) for one in loaded.mistakes] == []
    found = loaded.profiles.partner(partner)
    assert found
    [table] = [each.columns for each in found.agreements if each.kind == kind and each.columns]
    return table


def read(path: Path, table: ColumnMap, kind: str) -> Table:
    with path.open("rb") as stream:
        return read_table(stream, [(kind, table)], Limits())


def outcome(home: Home, out: Path, partner: str, kind: str) -> tuple[str, list[str]]:
    """What a dry run of the template that was made says of it, and the problems it finds."""
    report = decoded(explain(out / f"{partner}-{kind}-template.csv", at=NOW, home=home.root, partner=partner))
    said = [*report["findings"], *(each for one in report["documents"] for each in one["findings"])]
    return report["outcome"], [each["code"] for each in said]


def test_the_table_has_the_partners_own_columns_and_reads_as_one_document_of_two_lines(own: Home, out: Path) -> None:
    made(own, out, "bolt", "810")
    text = (out / "bolt-810-template.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["Line"] for row in rows] == ["1", "2"]
    assert {row["Invoice Date"] for row in rows} == {"11/28/2026"}
    assert {row["UPC"] for row in rows} == {"012345678905"}
    assert {row["Invoice Total"] for row in rows} == {"190.00"}  # twice 10 at 9.50
    found = read(out / "bolt-810-template.csv", agreed(own, "bolt", "810"), "810")
    assert found.findings == ()
    assert [len(document.rows) for document in found.documents] == [2]


def test_the_guide_says_of_every_column_what_it_is_and_how_to_write_it(own: Home, out: Path) -> None:
    made(own, out, "bolt", "810")
    content = (out / "bolt-810-columns.txt").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    text = content.decode("utf-8-sig")
    assert text.count("\n") == text.count("\r\n")
    told = text[text.index("COLUMNS") :]
    assert all(f"\r\n{column.name}\r\n    What:" in told for column in agreed(own, "bolt", "810").columns)
    upc = told[told.index("\r\nUPC\r\n") :]
    assert re.search(r"Needed: +no;.*\n +How: +12 digits, leading zeros too", upc)
    plain = " ".join(text.split())
    assert 'Rows with the same "Invoice No" make one invoice' in plain
    assert "Dates look like 11/22/2026: 22 November 2026." in plain
    assert "1.23457E+11 for a long number and turns dates around: Invoice No, Invoice Date, PO Number" in plain
    assert "currency of every amount is USD" in plain
    assert "NAME.rejected.txt" in plain


def test_the_guide_tells_of_the_answers_that_were_agreed(own: Home, out: Path) -> None:
    page = own.partners / "bolt.toml"
    page.write_text(
        page.read_text("utf-8").replace(
            'kinds = ["810"]', 'answer_text = "never"\nanswer_csv = false\nkinds = ["810"]'
        ),
        "utf-8",
    )
    made(own, out, "bolt", "810")
    text = (out / "bolt-810-columns.txt").read_text("utf-8-sig")
    assert "Nothing comes back in words." in text
    assert "NAME." not in text


def test_every_template_of_the_sample_partners_is_accepted_as_it_is(own: Home, out: Path) -> None:
    tabled = []
    for partner in load(own.root).profiles.partners:
        for kind in (each.kind for each in partner.agreements if each.columns is not None):
            made(own, out, partner.name, kind)
            tabled.append((partner.name, kind, outcome(own, out, partner.name, kind)))
    assert tabled == [("bolt", "810", ("accepted", [])), ("bolt", "855", ("accepted", []))]


@pytest.mark.parametrize(
    ("column", "field", "value"),
    [
        ("Qty", "line.quantity", "3"),
        ("Unit Price", "line.price", "0.335"),
        ("", "line.price_basis", "HP"),
        ("", "tax", "10.25"),
        ("", "discount", "9.50"),
        ("", "freight", "11.00"),
        ("", "handling", "5.00"),
    ],
)
def test_the_total_counts_what_the_map_says_of_every_row_too(
    own: Home, out: Path, column: str, field: str, value: str
) -> None:
    page = own.partners / "bolt.toml"
    lines = [line for line in page.read_text("utf-8").splitlines() if not (column and line.startswith(f'"{column}"'))]
    text = "\n".join(lines).replace('currency = "USD"', f'currency = "USD"\n"{field}" = "{value}"')
    page.write_text(text, "utf-8")
    made(own, out, "bolt", "810")
    assert outcome(own, out, "bolt", "810") == ("accepted", [])


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_a_map_of_every_field_there_is_makes_an_example_without_a_problem(own: Home, out: Path, kind: str) -> None:
    columns = "\n".join(f'"{called(kind, field.name)}" = "{field.name}"' for field in FIELDS[kind])
    head = f'title = "B"\n[[agreement]]\nkinds = ["{kind}"]\ndirection = "in"\nformat = "csv"\n'
    csv_ = f'[agreement.csv]\ndates = "MM/DD/YYYY"\n[agreement.csv.columns]\n{columns}\n'
    (own.partners / "bolt.toml").write_text(head + csv_, "utf-8")
    made(own, out, "bolt", kind)
    assert outcome(own, out, "bolt", kind) == ("accepted", [])


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_without_a_map_what_is_printed_reads_just_what_was_written(
    own: Home, out: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made(own, out, "northclinic", kind)
    printed = capsys.readouterr().out
    assert f"{out.resolve()}: northclinic-{kind}-template.csv and northclinic-{kind}-columns.txt" in printed
    with (own.partners / "northclinic.toml").open("a", encoding="utf-8") as page:
        page.write("\n" + printed[printed.index("[[agreement]]") :])
    table = agreed(own, "northclinic", kind)
    found = read(out / f"northclinic-{kind}-template.csv", table, kind)
    assert (found.findings, len(found.documents)) == ((), 1)
    assert outcome(own, out, "northclinic", kind) == ("accepted", [])
    # And every field that it has no column for is there to be taken in.
    assert set(re.findall(r'^#? ?".*" = "(.*?)"', printed, re.MULTILINE)) == {field.name for field in FIELDS[kind]}


def test_a_kind_that_comes_as_tables_without_a_map_is_told_which_agreement_to_replace(
    own: Home, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = 'title = "B"\n[[agreement]]\nkinds = ["810"]\ndirection = "in"\nformat = "csv"\n'
    (own.partners / "bolt.toml").write_text(head, "utf-8")
    made(own, out, "bolt", "810")
    assert 'in place of the [[agreement]] about 810 with format = "csv":' in capsys.readouterr().out


def test_a_table_of_fixed_width_has_every_field_at_its_place(own: Home, out: Path) -> None:
    (own.partners / "bolt.toml").write_text(FIXED, "utf-8")
    made(own, out, "bolt", "810")
    lines = (out / "bolt-810-template.txt").read_text("utf-8").splitlines()
    # One row: without a number of the line, a second one would be the first again, which is refused.
    assert lines == ["INV-1     28112026 01234567890510   BX9,50    95,00     "]
    found = read(out / "bolt-810-template.txt", agreed(own, "bolt", "810"), "810")
    assert (found.findings, len(found.documents)) == ((), 1)
    guide = (out / "bolt-810-columns.txt").read_text("utf-8-sig")
    assert "characters 32 to 36 of the line" in guide
    assert "Excel" not in guide.replace("it opens in Excel", "")


@pytest.mark.parametrize(
    ("settings", "start"),
    [
        ('delimiter = ";"\ndecimal = ","', b"\xef\xbb\xbfInvoice No;Invoice Date"),
        ('delimiter = "tab"\nencoding = "windows-1252"', b"Invoice No\tInvoice Date"),
        ("header = false", b"\xef\xbb\xbfINV-1,11/28/2026"),
    ],
)
def test_the_table_is_written_as_the_map_reads_it(own: Home, out: Path, settings: str, start: bytes) -> None:
    page = own.partners / "bolt.toml"
    page.write_text(page.read_text("utf-8").replace("[agreement.csv] ", f"[agreement.csv]\n{settings} #", 1), "utf-8")
    made(own, out, "bolt", "810")
    assert (out / "bolt-810-template.csv").read_bytes().startswith(start)
    assert read(out / "bolt-810-template.csv", agreed(own, "bolt", "810"), "810").findings == ()


def test_a_template_that_is_there_is_not_written_over(own: Home, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out / "bolt-810-columns.txt").write_text("mine", "utf-8")
    assert main(["template", "bolt", "810", "--home", str(own.root), "--out", str(out)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["bolt-810-columns.txt"]
    assert (out / "bolt-810-columns.txt").read_text("utf-8") == "mine"


def test_a_call_that_cannot_be_used_says_why(own: Home, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(partner: str, folder: Path) -> str:
        assert main(["template", partner, "810", "--home", str(own.root), "--out", str(folder)]) == 2
        return capsys.readouterr().err

    assert "no partners/bold.toml" in refused("bold", out)
    assert "is not a folder" in refused("bolt", out / "none")
    (own.partners / "bolt.toml").write_text("title = 1\n", "utf-8")
    assert "partners/bolt.toml, line 1" in refused("bolt", out)
    assert list(out.iterdir()) == []


def test_usual_tables_have_all_that_is_needed_and_headers_differ() -> None:
    for kind, fields in FIELDS.items():
        assert {field.name for field in fields if field.needed} <= set(USUAL[kind])
        names = [called(kind, field.name).casefold() for field in fields]
        assert len(set(names)) == len(names)
        assert [column.field for column in usual_map(kind).columns] == list(USUAL[kind])
