"""`gateway check` in plain words and for programs."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from gateway.model.outcomes import Refused
from gateway.profiles.check import Report, check
from gateway.profiles.load import load
from gateway.settings import Home

GOLDEN = Path(__file__).parent / "check_acme.txt"
FIXED = """\
title = "B"
[[agreement]]
kinds = ["850"]
direction = "in"
format = "csv"
[agreement.csv.fixed]
number = { start = 1, length = 10 }
"line.quantity" = { start = 11, length = 5 }
"""
TODAY = date(2026, 11, 22)


def checked(home: Home, partner: str | None = None) -> Report:
    return check(load(home.root), partner, today=TODAY)


def change(home: Home, file: str, old: str, new: str) -> None:
    page = home.root / file
    text = page.read_text("utf-8")
    assert old in text
    page.write_text(text.replace(old, new), "utf-8")


def test_what_will_happen_with_acmes_files_is_told_in_plain_words(home: Home) -> None:
    report = checked(home, "acme")
    assert report.ok
    assert report.text == GOLDEN.read_text("utf-8")


def test_without_a_name_everybody_is_told(home: Home) -> None:
    text = checked(home).text
    assert "We are Health System: ZZ/HEALTHSYS" in text
    assert all(title in text for title in ("Acme Medical Supply", "North Clinic", "Bolt Surgical"))


def test_a_table_without_a_column_map_is_told_to_wait_and_how_to_make_one(home: Home) -> None:
    page = home.partners / "bolt.toml"
    page.write_text('title = "B"\n[[agreement]]\nkinds = ["810"]\ndirection = "in"\nformat = "csv"\n', "utf-8")
    text = " ".join(checked(home, "bolt").text.split())
    assert "810 invoices come as tables, and no column map reads them yet" in text
    assert "wait for a person. `gateway template bolt 810` makes a map." in text


def test_how_a_table_is_read_is_told_in_plain_words(home: Home) -> None:
    report = checked(home, "bolt")
    assert report.ok
    assert report.text == (GOLDEN.parent / "check_bolt.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('dates = "MM/DD/YYYY"', 'dates = "DD.MM.YY"\ndecimal = ","', "dates look like 22.11.26, numbers like 1234,50."),
        ('dates = "MM/DD/YYYY"', 'delimiter = "tab"', "A tab stands between columns."),
        ('dates = "MM/DD/YYYY"', "header = false", "There is no header: the columns come in the order told below."),
        ('dates = "MM/DD/YYYY"', 'encoding = "latin-1"', "The text is latin-1"),
        ('["number"]', '["number", "date"]', 'Rows with the same "Invoice No" and "Invoice Date" make one invoice'),
        ('kinds = ["810"]', 'answer_csv = false\nkinds = ["810"]', "not taken, in outbox/bolt."),
        ('kinds = ["810"]', 'answer_text = "on_error"\nkinds = ["810"]', "Where something was not taken, they are answ"),
        ('kinds = ["810"]', 'effective_from = 2027-01-01\nkinds = ["810"]', "This holds from 2027-01-01"),
    ],
)  # fmt: skip
def test_each_setting_of_a_table_changes_what_is_told(home: Home, old: str, new: str, words: str) -> None:
    page = home.partners / "bolt.toml"
    page.write_text(page.read_text("utf-8").replace(old, new, 1), "utf-8")
    report = checked(home, "bolt")
    assert report.ok, report.text
    assert words in " ".join(report.text.split())


def test_a_fixed_width_table_is_told_by_its_characters(home: Home) -> None:
    (home.partners / "bolt.toml").write_text(FIXED, "utf-8")
    text = checked(home, "bolt").text
    assert "850 orders as lines of fixed width from B to us" in text
    assert re.search(r"characters 11 to 15 +quantity ordered +needed, like 10", text)
    assert "delimiter" not in text


def test_programs_get_the_column_map(home: Home) -> None:
    [bolt] = checked(home, "bolt").content["partners"]
    invoices = bolt["agreements"][0]
    assert invoices["columns"]["group_by"] == ("number",)
    assert invoices["columns"]["columns"][5] == {
        "name": "UPC",
        "field": "line.upc",
        "required": False,
        "digits": 12,
        "start": None,
        "length": None,
    }
    assert (invoices["settings"]["columns"]["value"], bolt["csv_kinds"]) == ("a map of 11 columns", [])


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ('acknowledgment = "none"', "not answered with a 997 or 999"),
        ('acknowledgment_version = "004010X"', "of version 004010X"),
        ('ta1 = "always"', "always with a TA1"),
        ("reuses_control_numbers = true", "not compared"),
        ("partial_acceptance = false", "none of it is taken"),
        ('test_erp = "erp"', "test files (ISA15 = T) are checked and answered, and posted to ERP erp"),
        ('on_duplicate_interchange = "reject"', "rejected with a TA1 (R 025)"),
        ('usage = "T"', "This holds for test files (ISA15 = T)."),
        ('usage = "P"', 'They are posted to ERP "erp" (the bundled simulator).'),
        ("effective_from = 2027-01-01", "This holds from 2027-01-01, not yet today."),
        ("effective_to = 2026-01-01", "This holds up to and with 2026-01-01, no longer today."),
        ('separators = { segment = "\\u001D" }', "0x1D"),
    ],
)
def test_each_setting_changes_what_is_told(home: Home, setting: str, words: str) -> None:
    change(home, "partners/acme.toml", 'on_duplicate_document = "hold"', setting)
    report = checked(home, "acme")
    assert report.ok, report.text
    assert words in " ".join(report.text.split())


def test_a_hub_is_told_with_all_whose_files_it_brings(home: Home) -> None:
    change(
        home, "config/gateway.toml", "[lab]", '[channel.hub]\ncarries = ["acme", "bolt"]\ncomplete = "rename"\n\n[lab]'
    )
    change(home, "partners/acme.toml", 'complete = "stable"', 'name = "hub"')
    change(home, "partners/acme.toml", "stable_seconds = 2", "")
    text = " ".join(checked(home, "acme").text.split())
    assert "Files dropped in inbox/hub count as complete as soon as they appear" in text
    assert "inbox/hub also brings the files of bolt." in text
    assert "in outbox/hub, named like" in text


def test_every_way_in_that_carries_a_partner_is_told(home: Home) -> None:
    hub = '[channel.hub]\ncarries = ["acme", "northclinic"]\ncomplete = "rename"\n\n[lab]'
    change(home, "config/gateway.toml", "[lab]", hub)
    report = checked(home, "acme")
    text = " ".join(report.text.split())
    assert "Files dropped in inbox/acme count as complete when unchanged" in text
    assert "Files dropped in inbox/hub count as complete as soon as they appear" in text
    assert "inbox/hub also brings the files of northclinic." in text
    [acme] = report.content["partners"]
    assert (acme["channel"]["name"], [each["name"] for each in acme["other_channels"]]) == ("acme", ["hub"])
    assert "inbox/hub" not in checked(home, "bolt").text


def test_mistakes_are_listed_with_file_and_line_and_what_they_lead_to(home: Home) -> None:
    change(home, "partners/bolt.toml", "title", "titel")
    report = checked(home)
    assert not report.ok
    assert report.text.splitlines()[:2] == [
        'partners/bolt.toml:1: "title" is missing at the top of the file. Write a line title = ... there.',
        'partners/bolt.toml:3: There is no setting "titel" at the top of the file. Did you mean "title"?',
    ]
    assert "leaves the files of bolt where they are" in report.text


def test_one_partner_is_told_without_the_mistakes_of_another(home: Home) -> None:
    change(home, "partners/bolt.toml", "title", "titel")
    assert checked(home, "acme").ok
    assert not checked(home, "bolt").ok


def test_a_partner_that_is_not_there_is_refused_with_a_suggestion(home: Home) -> None:
    with pytest.raises(Refused, match=r"acm\.toml") as refused:
        checked(home, "acm")
    assert refused.value.facts["known"] == "acme"


def test_programs_get_every_value_with_its_origin(home: Home) -> None:
    content = json.loads(json.dumps(checked(home, "acme").content))
    assert (content["schema"], content["ok"], content["mistakes"]) == ("gateway.check/1", True, [])
    [acme] = content["partners"]
    assert [each["kind"] for each in acme["agreements"]] == ["855", "856", "810"]
    assert acme["agreements"][0]["settings"]["acknowledgment"] == {
        "value": "997",
        "origin": "config/gateway.toml line 41",
    }
    assert acme["channel"]["stable_seconds"] == 2


def test_programs_get_every_mistake(home: Home) -> None:
    change(home, "partners/acme.toml", "stable_seconds = 2", "stable_seconds = 2000000")
    [mistake] = checked(home).content["mistakes"]
    assert (mistake["file"], mistake["line"], mistake["code"]) == ("partners/acme.toml", 12, "profile.out_of_range")
