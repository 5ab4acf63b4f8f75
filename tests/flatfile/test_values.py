import pytest

from gateway.flatfile.values import Wrong, date_pattern, reader
from gateway.model.fields import Form, field_of
from gateway.profiles.agreement import Column, ColumnMap

FIELDS = {
    "identifier": "number",
    "text": "line.description",
    "code": "line.uom",
    "date": "date",
    "number": "line.quantity",
    "count": "net_days",
    "money": "total",
}


def value(form: str, cell: str, *, digits: int | None = None, decimal: str = ".", dates: str = "YYYY-MM-DD") -> str:
    """What a cell says, or the code of what is wrong with it."""
    return _said(
        FIELDS.get(form, form),
        cell,
        Column(name="", field="", digits=digits),
        ColumnMap(columns=(), decimal=decimal, dates=dates),
    )


def _said(name: str, cell: str, column: Column, agreed: ColumnMap) -> str:
    field = field_of("810", name) or field_of("856", name)
    assert field is not None
    said = reader(field, column, agreed)(cell)
    return said.code if isinstance(said, Wrong) else said


@pytest.mark.parametrize("cell", ["10", "-9.50", "0.5", ".5", "007"])
def test_a_plain_number_stays_as_it_was_written(cell: str) -> None:
    assert value("number", cell) == cell


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1,234.50", "table.number_grouped"),
        ("1.234,50", "table.number_grouped"),
        ("1,234", "table.number_grouped"),
        ("1 234.50", "table.number_grouped"),
        ("1\u00a0234", "table.number_grouped"),
        ("1'234", "table.number_grouped"),
        ("9,50", "table.number_other_sign"),
        ("$9.50", "table.not_a_number"),
        ("(9.50)", "table.not_a_number"),
        ("9.50-", "table.not_a_number"),
        ("+9.50", "table.not_a_number"),
        ("10 EA", "table.not_a_number"),
        ("٣", "table.not_a_number"),
        ("1.5E+10", "table.excel_exponent"),
        ("#REF!", "table.excel_error"),
        ("#####", "table.excel_error"),
        ("=B2*2", "table.excel_formula"),
    ],
)
def test_what_is_no_plain_number_is_never_guessed(cell: str, code: str) -> None:
    assert value("number", cell) == code


def test_numbers_are_read_with_the_agreed_decimal_sign_alone() -> None:
    assert value("number", "9,50", decimal=",") == "9.50"
    assert value("number", "9.50", decimal=",") == "table.number_other_sign"
    assert value("number", "1.234,50", decimal=",") == "table.number_grouped"


def test_money_has_two_decimals_at_most_and_a_count_none() -> None:
    assert [value("money", cell) for cell in ("12", "12.5", "12.50", "-.5", "12.500")] == [
        "1200",
        "1250",
        "1250",
        "-50",
        "table.too_many_decimals",
    ]
    assert [value("count", cell) for cell in ("30", "30.5", "x")] == ["30", "table.not_whole", "table.not_a_number"]


@pytest.mark.parametrize(
    ("pattern", "cell", "said"),
    [
        ("YYYY-MM-DD", "2026-11-22", "20261122"),
        ("YYYYMMDD", "20261122", "20261122"),
        ("MM/DD/YYYY", "11/22/2026", "20261122"),
        ("MM/DD/YYYY", "1/4/2026", "20260104"),
        ("DD.MM.YY", "04.01.26", "20260104"),
        ("MM/DD/YYYY", "22/11/2026", "table.no_such_day"),
        ("YYYY-MM-DD", "2026-02-30", "table.no_such_day"),
        ("YYYY-MM-DD", "11/22/2026", "table.excel_date"),
        ("YYYY-MM-DD", "22-Nov-26", "table.excel_date"),
        ("YYYY-MM-DD", "2026-11-22 00:00", "table.excel_date"),
        ("MM/DD/YYYY", "2026-11-22", "table.excel_date"),
        ("MM/DD/YYYY", "2026-11-22T00:00:00", "table.excel_date"),
        ("MM/DD/YYYY", "20261122", "table.excel_date"),
        ("YYYY-MM-DD", "46348", "table.excel_day_number"),
        ("YYYY-MM-DD", "soon", "table.not_a_date"),
        ("YYYYMMDD", "2026112", "table.not_a_date"),
    ],
)
def test_a_date_is_read_by_the_agreed_pattern_alone(pattern: str, cell: str, said: str) -> None:
    assert value("date", cell, dates=pattern) == said


def test_signs_of_a_date_pattern_mean_themselves() -> None:
    assert date_pattern("YYYY.MM.DD").fullmatch("2026x11x22") is None


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.00614E+13", "table.excel_exponent"),
        ("1,00614E+13", "table.excel_exponent"),
        ('="00123"', "table.excel_formula"),
        ("#N/A", "table.excel_error"),
    ],
)
def test_what_excel_does_to_an_identifier_is_named(cell: str, code: str) -> None:
    assert value("identifier", cell) == code


@pytest.mark.parametrize("form", sorted({*FIELDS, "time"} - {"text"}))
def test_the_apostrophe_that_marks_text_is_never_taken_for_part_of_a_value(form: str) -> None:
    assert value(form, "'123") == "table.excel_apostrophe"


def test_free_text_may_begin_with_an_apostrophe() -> None:
    assert value("text", "'Til Dawn gloves") == "'Til Dawn gloves"


@pytest.mark.parametrize("name", ["identifier", "order_number", "line.number", "line.vendor_item", "line.upc"])
@pytest.mark.parametrize("cell", ["4500017688.0", "1.0", "1,0"])
def test_a_decimal_that_a_program_wrote_behind_an_identifier_is_named(name: str, cell: str) -> None:
    assert value(name, cell) == "table.identifier_as_number"


@pytest.mark.parametrize("cell", ["12E5", "1E3", "A-1", "#1", "00123", "E+12", "395.00", "1.2", "V1.0", "C'1"])
def test_an_identifier_that_only_looks_like_that_stays_as_it_was(cell: str) -> None:
    assert value("identifier", cell) == cell


def test_an_identifier_of_agreed_digits_shows_that_its_zeros_are_gone() -> None:
    assert value("identifier", "0012345", digits=7) == "0012345"
    assert value("identifier", "12345", digits=7) == "table.excel_lost_zeros"
    assert value("identifier", "12345678", digits=7) == "table.not_digits"
    assert value("identifier", "12345AB", digits=7) == "table.not_digits"


@pytest.mark.parametrize(
    ("field", "good", "short"),
    [
        ("line.upc", "012345678905", "12345678905"),
        ("line.ean", "4012345678901", "401234567890"),
        ("line.gtin", "00012345678905", "12345678905"),
        ("pack.sscc", "000123450000000018", "123450000000018"),
    ],
)
def test_an_identifier_of_the_trade_has_its_length_without_being_told(field: str, good: str, short: str) -> None:
    none = Column(name="", field=""), ColumnMap(columns=())
    assert _said(field, good, *none) == good
    assert _said(field, short, *none) == "table.excel_lost_zeros"


def test_times_are_written_with_a_colon_or_without() -> None:
    none = Column(name="", field=""), ColumnMap(columns=())
    assert [_said("time", cell, *none) for cell in ("6:45", "0645", "06:45:10", "25:00", "x")] == [
        "0645",
        "0645",
        "064510",
        "table.not_a_time",
        "table.not_a_time",
    ]


def test_every_form_has_its_rule() -> None:
    assert set(FIELDS) | {"time"} == set(Form.__args__)  # type: ignore[attr-defined]  # the words of a Literal
