import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.flatfile.text import Text, text_of
from gateway.model.finding import Finding, Severity


def read(content: bytes, encoding: str = "auto") -> Text:
    text = text_of(content, encoding)
    assert isinstance(text, Text)
    return text


def refusal(content: bytes, encoding: str = "auto") -> Finding:
    found = text_of(content, encoding)
    assert isinstance(found, Finding)
    return found


def test_utf8_is_read_as_such_with_or_without_its_mark() -> None:
    assert read("Größe".encode()).characters == "Größe"
    assert read(codecs.BOM_UTF8 + "Größe".encode()).characters == "Größe"


def test_a_byte_order_mark_counts_where_bytes_are_counted() -> None:
    assert read(codecs.BOM_UTF8 + b"abc").offset(2) == 5


def test_what_is_no_utf8_is_read_as_windows_1252_and_told() -> None:
    text = read(b"a\nna\xefve \x80")
    assert (text.characters, text.encoding) == ("a\nnaïve €", "windows-1252")
    (odd,) = text.odd
    assert (odd.code, odd.severity, odd.row, odd.offset) == ("table.encoding_guessed", Severity.WARNING, 2, 4)


def test_an_agreed_encoding_is_not_guessed_about() -> None:
    assert read(b"\xe9", "latin-1").characters == "é"
    assert read(b"\xe9", "latin-1").odd == ()
    found = refusal(b"a\r\n\xe9", "utf-8")
    assert (found.code, found.row, found.offset) == ("table.undecodable", 2, 3)


def test_a_byte_that_is_a_character_nowhere_is_told() -> None:
    found = refusal(b"\xff\x81")
    assert (found.code, found.offset) == ("table.undecodable", 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (codecs.BOM_UTF16_LE, "table.utf16"),
        ("a,b".encode("utf-16"), "table.utf16"),
        ("a,b".encode("utf-16-be"), "table.utf16"),
        (b"a,b\n1,\x002", "table.not_text"),
        (bytes(5), "table.not_text"),
    ],
)
def test_what_is_no_table_is_named(content: bytes, code: str) -> None:
    assert refusal(content).code == code


@given(st.text(max_size=300).filter(lambda text: "\0" not in text), st.booleans())
def test_every_character_knows_its_byte(text: str, marked: bool) -> None:  # noqa: FBT001 - drawn
    content = (codecs.BOM_UTF8 if marked else b"") + text.encode("utf-8", "replace")
    found = text_of(content, "utf-8")
    if isinstance(found, Text):
        for at in range(len(found.characters)):
            assert content[found.offset(at) :].decode().startswith(found.characters[at])


def test_a_long_text_knows_its_bytes_as_well() -> None:
    text = read(("ä" * 70_000 + "b").encode())
    assert [text.offset(at) for at in (0, 1, 65_536, 70_000)] == [0, 2, 131_072, 140_000]
