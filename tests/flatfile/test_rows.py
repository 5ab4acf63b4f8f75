import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.flatfile.rows import Delimited, Dialect, Fixed, column_name
from gateway.flatfile.text import Text
from gateway.model.limits import Limits
from gateway.profiles.agreement import Column

SMALL = Limits(rows=3, columns=4, cell=10)


def delimited(text: str, delimiter: str = ",", limits: Limits | None = None) -> Delimited:
    return Delimited(Text(characters=text, encoding="utf-8"), Dialect(delimiter, '"'), limits or Limits(), ["A", "B"])


def rows(text: str, delimiter: str = ",") -> list[tuple[int, list[str]]]:
    return [(number, cells) for number, _, cells in delimited(text, delimiter).rows()]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_break_ends_a_row(end: str) -> None:
    assert rows(f"a,b{end}c,d{end}") == [(1, ["a", "b"]), (2, ["c", "d"])]


def test_line_breaks_may_be_mixed_and_the_last_may_be_missing() -> None:
    assert rows("a\nb\r\nc\rd") == [(1, ["a"]), (2, ["b"]), (3, ["c"]), (4, ["d"])]


def test_blank_rows_count_and_say_nothing() -> None:
    assert rows('a,b\n\n , \n,,\n"",\nc,d') == [(1, ["a", "b"]), (6, ["c", "d"])]


def test_a_quoted_cell_holds_anything() -> None:
    assert rows('a,"b, ""c""\r\nd",e\r\nf') == [(1, ["a", 'b, "c"\r\nd', "e"]), (2, ["f"])]


def test_a_quote_within_a_bare_cell_is_a_character() -> None:
    assert rows('5" pipe,6\nb,c') == [(1, ['5" pipe', "6"]), (2, ["b", "c"])]


def test_a_quote_that_is_never_closed_ends_the_reading_where_it_was_opened() -> None:
    cutter = delimited('a,b\nc,"d\ne,f\n')
    assert [cells for _, _, cells in cutter.rows()] == [["a", "b"]]
    assert cutter.broken is not None
    assert (cutter.broken.code, cutter.broken.row, cutter.broken.column) == ("table.unclosed_quote", 2, "B")
    assert cutter.broken.offset == 6


class CellByCell(Delimited):
    """The slow way alone."""

    def _as_tidy(self, line: str) -> None:
        """No line is tidy."""


@given(st.lists(st.text('ab", \n', max_size=12), max_size=4))
def test_a_line_with_quotes_is_cut_the_same_whichever_way_is_taken(cells: list[str]) -> None:
    text = Text(characters=",".join(cells) + "\nc,d", encoding="utf-8")
    fast, slow = (way(text, Dialect(",", '"'), SMALL) for way in (Delimited, CellByCell))

    assert (list(fast.rows()), fast.odd, fast.broken) == (list(slow.rows()), slow.odd, slow.broken)


def test_text_after_a_closing_quote_is_told_and_kept() -> None:
    cutter = delimited('a,b\nc,"5" pipe",e\nf,g')
    assert [cells for _, _, cells in cutter.rows()] == [["a", "b"], ["c", '5 pipe"', "e"], ["f", "g"]]
    assert {row: (odd.code, odd.column, odd.offset) for row, odd in cutter.odd.items()} == {
        2: ("table.quote_inside", "B", 6)
    }


@pytest.mark.parametrize(
    ("text", "code", "row"),
    [
        ("a\nb\nc\nd\ne", "table.too_many_rows", 5),
        ("a\n1,2,3,4,5", "table.too_many_columns", 2),
        ('a\n"1",2,3,4,5', "table.too_many_columns", 2),
        ("a\nb,12345678901", "table.cell_too_long", 2),
        ('a\nb,"12345678901"', "table.cell_too_long", 2),
    ],
)
def test_a_limit_ends_the_reading(text: str, code: str, row: int) -> None:
    cutter = delimited(text, limits=SMALL)
    assert len(list(cutter.rows())) == row - 1
    assert cutter.broken is not None
    assert (cutter.broken.code, cutter.broken.row) == (code, row)


def test_a_cell_is_found_again_in_its_row() -> None:
    text = 'a,"b, c",d\n'
    cutter = delimited(text)
    assert [text[cutter.character(0, column) :] for column in range(3)] == [text, '"b, c",d\n', "d\n"]
    assert cutter.character(0, 9) == len(text) - 1


@given(
    st.lists(st.lists(st.text(st.sampled_from('ab",;\n\r \t5ä'), max_size=5), min_size=2, max_size=4), max_size=5),
    st.sampled_from(",;\t|"),
)
def test_what_another_program_wrote_is_read_as_it_was(table: list[list[str]], delimiter: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(table)
    written = [row for row in table if any(row)]
    assert [cells for _, cells in rows(out.getvalue(), delimiter)] == written


@given(st.text(st.sampled_from('a",\r\n;'), max_size=30))
def test_any_text_is_cut_without_an_error(text: str) -> None:
    cutter = delimited(text)
    for _, start, cells in cutter.rows():
        assert 0 <= start <= len(text)
        assert [cutter.character(start, column) for column in range(len(cells))] == sorted(
            cutter.character(start, column) for column in range(len(cells))
        )


def test_columns_without_a_name_have_their_letter() -> None:
    assert [column_name(["A1", " "], at) for at in (0, 1, 25, 26, 701, 702)] == ["A1", "B", "Z", "AA", "ZZ", "AAA"]


COLUMNS = [
    Column(name="No", field="number", start=1, length=4),
    Column(name="Qty", field="line.quantity", start=6, length=3),
]


def fixed(text: str, *, header: bool = False) -> Fixed:
    return Fixed(Text(characters=text, encoding="utf-8"), COLUMNS, Limits(), needed=[1], header=header)


def test_a_line_of_fixed_width_is_cut_at_its_places() -> None:
    assert list(fixed("I-1   10\nI-2    5").rows()) == [(1, 0, ["I-1 ", " 10"]), (2, 9, ["I-2 ", "  5"])]


def test_a_first_line_that_is_a_header_is_passed_over() -> None:
    assert [number for number, _, _ in fixed("No   Qty\nI-1   10\n", header=True).rows()] == [2]


@pytest.mark.parametrize(
    ("line", "code", "offset"),
    [
        ("I-1", "table.short_line", 3),
        ("I-1   1", "table.short_line", 7),
        ("I-1\t 10", "table.tab_in_line", 3),
        ("I-1   10 x", "table.beyond_last_field", 9),
    ],
)
def test_a_line_that_is_not_as_agreed_is_told(line: str, code: str, offset: int) -> None:
    cutter = fixed(line)
    assert len(list(cutter.rows())) == 1
    assert (cutter.odd[1].code, cutter.odd[1].offset) == (code, offset)


def test_a_line_may_leave_out_the_blanks_at_its_end() -> None:
    cutter = fixed("I-1  10\n")
    assert [cells for _, _, cells in cutter.rows()] == [["I-1 ", "10"]]
    assert cutter.odd == {}
