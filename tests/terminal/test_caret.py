from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.files import Marks, order, x12
from tests.terminal.told import told, underlined


@pytest.mark.parametrize(
    "marks",
    [
        Marks(),
        Marks(suffix=""),
        Marks(suffix="\r\n"),
        Marks(segment="\n", suffix=""),
        Marks(segment="\r", suffix="\n"),
        Marks(before=b"\xef\xbb\xbf"),
        Marks(before=b"\r\n  "),
        Marks(element="|", component="^", segment="'", suffix=""),
        Marks(element="\x1d", component="\x1f", segment="\x1c", suffix=""),
        Marks(element="+", component=":", segment="\x85", suffix="\n"),
    ],
    ids=repr,
)
def test_the_caret_stands_under_the_faulty_bytes_whatever_the_separators(tmp_path: Path, marks: Marks) -> None:
    lines = told(tmp_path, x12(order(quantity="1O"), marks=marks))
    quoted = next(segment for segment, faulty in underlined(lines) if faulty == "1O")
    mark = marks.element if marks.element.isprintable() else "·"
    assert quoted == mark.join(("PO1", "1", "1O", "EA", "2.50", "PE", "VP", "TRY-01"))


def test_where_a_fault_is_and_what_to_do_stand_beside_it(tmp_path: Path) -> None:
    content = x12(order(quantity="1O"))
    lines = told(tmp_path, content)
    place = lines.index(f'    error: segment 4, PO102 "ordered quantity", byte {content.index(b"1O")}')
    assert lines[place + 1 : place + 3] == ["        PO1*1*1O*EA*2.50*PE*VP*TRY-01", "              ^^"]
    assert lines[place + 3].strip().startswith('ordered quantity (PO102) in segment 4 is "1O"')
    assert lines[place + 4].strip().startswith("Expected: a number")
    assert lines[place + 5].strip().startswith("What to do (the partner): Write the number with digits")


def test_an_element_that_was_never_sent_has_its_caret_at_the_end(tmp_path: Path) -> None:
    content = x12([("BEG", "00", "SA", "PO-1"), *order()[1:]])
    lines = told(tmp_path, content)
    place = next(ordinal for ordinal, line in enumerate(lines) if line.strip() == "BEG*00*SA*PO-1")
    assert lines[place + 1].rstrip() == " " * len(lines[place]) + "^"


def test_a_missing_segment_is_shown_before_the_one_that_came_instead(tmp_path: Path) -> None:
    assert ("N1*ST*•••*92*NC-1", "N1") in list(underlined(told(tmp_path, x12(order()[1:]))))


def test_a_fault_in_the_envelope_is_underlined_too(tmp_path: Path) -> None:
    content = x12(order()).replace(b"SE*8*", b"SE*9*").replace(b"IEA*1*", b"IEA*7*")
    found = dict(underlined(told(tmp_path, content)))
    assert found["SE*9*0001"] == "9"
    assert found["IEA*7*000000101"] == "7"


def test_a_long_segment_is_cut_around_its_caret(tmp_path: Path) -> None:
    many = [part for place in range(1, 11) for part in ("VP", f"ITEM-{place:030}")]
    body = [*order()[:2], ("PO1", "1", "12", "EA", "2.50", "PE", *many[:-2], "QQQQ", "X"), ("CTT", "1")]
    quotes = [each for each in underlined(told(tmp_path, x12(body))) if each[1] == "QQQQ"]
    (line, _) = quotes[0]
    assert len(line) <= 100
    assert line.startswith("…")
    assert line.endswith("*QQQQ*X")


def test_text_beyond_ascii_does_not_move_the_caret(tmp_path: Path) -> None:
    body = [*order()[:2], ("PO1", "1", "1O", "EA", "2.50", "PE", "VP", "H\xc3\xb6he-\xe6\xa2\xb0"), ("CTT", "1")]
    assert ("PO1*1*1O*EA*2.50*PE*VP*Höhe-械", "1O") in list(underlined(told(tmp_path, x12(body))))


def test_a_repeated_or_composite_element_is_underlined_in_its_part(tmp_path: Path) -> None:
    body = [*order()[:3], ("MEA", "PD", "WT", "5", "LB>X>TOOLONGEXPONENT"), *order()[3:]]
    found = [each for _, each in underlined(told(tmp_path, x12(body)))]
    assert "TOOLONGEXPONENT" in found
