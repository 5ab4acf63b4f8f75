"""Every mistake of a column map is told, in its file and line, in words."""

import re

import pytest

from gateway.profiles.load import load
from gateway.settings import Home

BOLT = "partners/bolt.toml"
HEAD = 'title = "Bolt"\n\n[[agreement]]\nkinds = ["810"]\ndirection = "in"\nformat = "csv"\n\n'
FIRST = HEAD.count("\n") + 1  # the line of what follows
COLUMNS = """\
[agreement.csv.columns]
No = "number"
Day = "date"
Qty = "line.quantity"
Unit = "line.uom"
Price = "line.price"
Total = "total"
"""
FIXED = """\
[agreement.csv.fixed]
number = { start = 1, length = 10 }
date = { start = 11, length = 10 }
"line.quantity" = { start = 21, length = 5 }
"line.uom" = { start = 26, length = 2 }
"line.price" = { start = 28, length = 8 }
total = { start = 36, length = 10 }
"""


def told(home: Home, text: str) -> list[tuple[int, str]]:
    """The mistakes of this partner's file: line and code."""
    (home.root / BOLT).write_text(text, "utf-8")
    loaded = load(home.root)
    assert all(one.file == BOLT for one in loaded.mistakes)
    return [(one.line, one.code.removeprefix("profile.")) for one in loaded.mistakes]


def said(home: Home) -> str:
    return "\n".join(str(one) for one in load(home.root).mistakes)


def test_a_sound_map_has_none(home: Home) -> None:
    assert told(home, HEAD + COLUMNS) == []
    assert told(home, HEAD + FIXED) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ('"line.quantity"', '"line.quantitty"', "field_unknown", 'no field "line.quantitty" in 810.*mean line.quantity'),
        ('"line.price"', '"price"', "field_unknown", "Did you mean line.price"),
        ('"line.uom"', '"xyzzy"', "field_unknown", "Fields of this kind: date, number"),
        ("Total =", 'PO = "number"\nTotal =', "field_twice", r'"number" is filled before \(partners/bolt.toml line 9\)'),
        ("Total =", '" qTY" = "line.vendor_item"\nTotal =', "column_twice", '" qTY" is named "Qty" before.*line 11'),
        ("Qty =", "Qty = 3 #", "column_form", '"Qty" says 3.*The field it holds'),
        ('"line.quantity"', "{ digits = 12 }", "missing_key", '"field" is missing'),
        ('"line.quantity"', '{ field = "line.quantity", digit = 12 }', "unknown_key", 'mean "digits"'),
        ('"line.quantity"', '{ field = "line.quantity", digits = 0 }', "out_of_range", "at least 1"),
        ('"line.quantity"', '{ field = "line.quantity", digits = 2 }', "digits_unfit", "2 digits and holds"),
        ("Total =", 'UPC = { field = "line.upc", digits = 11 }\nTotal =', "digits_unfit", "UPC, 12 digits"),
        ("Qty =", "Qty.Sold =", "dot_unquoted", 'Write "Qty.Sold" = '),
    ],
)  # fmt: skip
def test_a_mistaken_column_is_told_at_its_line(home: Home, old: str, new: str, code: str, words: str) -> None:
    text = HEAD + COLUMNS
    assert text.count(old) == 1
    line = text[: text.index(old)].count("\n") + 1
    assert told(home, text.replace(old, new)) == [(line, code)]
    assert re.search(words, said(home), re.DOTALL), said(home)


@pytest.mark.parametrize(
    ("setting", "code", "words"),
    [
        ('dates = "MM/DD"', "date_pattern", "Year, month and day once each"),
        ('dates = "MM/DD/YY/YYYY"', "date_pattern", None),
        ('dates = "MMM-DD-YYYY"', "date_pattern", None),
        ('dates = "MM/DD/YYYYT"', "date_pattern", None),
        ('delimiter = ":"', "not_one_of", "tab"),
        ('encoding = "ebcdic"', "not_one_of", "windows-1252"),
        ('quote = "q"', "quote_unfit", "holds a delimiter"),
        ('decimal = ","\ndelimiter = ","', "decimal_is_delimiter", ", stands between columns and before decimals"),
        ('group_by = ["line.number"]', "group_by_inner", "it belongs to a line"),
        ('group_by = ["nomber"]', "field_unknown", "Did you mean number"),
        ('group_by = ["order_number"]', "group_by_absent", 'the same "order_number".*no column holds it'),
        ("group_by = []", "bad_length", "at least one"),
        ("heeder = true", "unknown_key", 'mean "header"'),
    ],
)
def test_a_mistaken_setting_is_told_at_its_line(home: Home, setting: str, code: str, words: str | None) -> None:
    assert told(home, f"{HEAD}[agreement.csv]\n{setting}\n{COLUMNS}") == [(FIRST + 1, code)]
    assert words is None or re.search(words, said(home), re.DOTALL), said(home)


def test_every_needed_field_has_a_column_or_a_value(home: Home) -> None:
    without = COLUMNS.replace('Unit = "line.uom"\n', "").replace('Day = "date"\n', "")
    assert told(home, HEAD + without) == [(FIRST, "fields_missing")]
    assert "No column holds date and line.uom, and 810 cannot be read without." in said(home)
    values = '[agreement.csv.values]\n"line.uom" = "EA"\ndate = "2026-11-22"\n'
    assert told(home, HEAD + without + values) == []


def test_one_mistake_in_a_map_does_not_make_another(home: Home) -> None:
    assert told(home, HEAD + COLUMNS.replace('"number"', '"nummer"')) == [(FIRST + 1, "field_unknown")]
    assert told(home, HEAD + COLUMNS.replace('"number"', "7")) == [(FIRST + 1, "column_form")]


def test_a_field_has_one_source(home: Home) -> None:
    text = f'{HEAD}{COLUMNS}[agreement.csv.values]\ntotal = "1"\nline.uom = "EA"\n'
    assert told(home, text) == [(FIRST + 8, "field_twice"), (FIRST + 9, "dot_unquoted")]
    assert 'Write "line.uom" = ' in said(home)


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ("start = 11", "start = 10", 2, "ranges_overlap"),
        ("start = 11", "start = 0", 2, "out_of_range"),
        ("length = 5", "length = 0", 3, "out_of_range"),
        ('"line.quantity"', "line.quantity", 3, "dot_unquoted"),
        ("total =", "totals =", 6, "field_unknown"),
        ("start = 11, ", "", 2, "missing_key"),
    ],
)
def test_a_mistaken_range_is_told_at_its_line(home: Home, old: str, new: str, line: int, code: str) -> None:
    assert told(home, HEAD + FIXED.replace(old, new)) == [(FIRST + line, code)]


def test_a_table_is_delimited_or_of_fixed_width(home: Home) -> None:
    assert told(home, f'{HEAD}[agreement.csv]\ndelimiter = ";"\n{FIXED}') == [(FIRST + 1, "fixed_has_none")]
    both = '[agreement.csv.columns]\nPO = "order_number"\n'
    assert told(home, HEAD + FIXED + both) == [(FIRST, "columns_and_fixed")]


def test_settings_of_tables_and_of_x12_stay_apart(home: Home) -> None:
    x12 = HEAD.replace('format = "csv"', 'format = "x12"\nanswer_csv = true')
    identity = '[[identity]]\nqualifier = "ZZ"\nid = "BOLT"\n'
    assert told(home, x12 + COLUMNS + identity) == [(7, "csv_on_x12"), (FIRST + 1, "csv_on_x12")]
    csv = HEAD.replace('format = "csv"', 'format = "csv"\nacknowledgment = "997"\nusage = "T"')
    assert told(home, csv + COLUMNS) == [(7, "x12_on_csv"), (8, "x12_on_csv")]


def test_a_map_is_about_one_kind_that_a_table_can_hold(home: Home) -> None:
    assert told(home, HEAD.replace('"810"', '"810", "850"') + COLUMNS) == [(FIRST, "map_of_many_kinds")]
    assert told(home, HEAD.replace('"810"', '"997"')) == [(4, "no_table_kind")]
    assert "850, 855, 856, 810" in said(home)


def test_the_language_is_one_there_are_messages_in(home: Home) -> None:
    text = HEAD.replace("\n\n[[", '\nlanguage = "xx"\n\n[[', 1)
    assert told(home, text) == [(2, "language_unknown")]
    assert "Messages are here in: en" in said(home)


def test_fixed_width_stands_alone_in_its_time(home: Home) -> None:
    other = HEAD[HEAD.index("[[") :].replace("810", "855") + (
        '[agreement.csv.columns]\nPO = "number"\nAnswer = "line.status"\n'
    )
    assert told(home, HEAD + FIXED + other) == [(FIRST, "fixed_not_alone")]
    assert "the partner's 855 come as tables too" in said(home)
    ended = HEAD.replace("direction", "effective_to = 2026-06-30\ndirection")
    later = other.replace("direction", "effective_from = 2026-07-01\ndirection")
    assert told(home, ended + FIXED + later) == []
