"""Separators beyond ASCII: never read in silence, and never misread."""

import pytest

from tests.x12.interchanges import ORDER, interchange, interchange_read, sets, transaction, unreadable

SOUND = interchange(transaction(*ORDER))


def _codes(content: bytes) -> list[str]:
    return [found.code for found in interchange_read(content).findings]


@pytest.mark.parametrize("mark", ["§", "¶", "€", "😀"])
@pytest.mark.parametrize("suffix", ["", "\r\n"])
def test_a_terminator_of_several_bytes_is_told_and_every_byte_of_it_read_as_one(mark: str, suffix: str) -> None:
    content = SOUND.replace(b"~\n", (mark + suffix).encode())
    (found,) = interchange_read(content).findings
    assert found.code == "envelope.separator_not_ascii"
    assert (found.severity, found.segment, found.element, found.ack) == ("warning", "ISA", 16, None)
    assert f"{len(mark.encode())} bytes outside of ASCII ({mark.encode().hex(' ').upper()})" in found.message
    assert [read.segments for read in sets(content)] == [read.segments for read in sets(SOUND)]
    assert not any(read.findings for read in sets(content))


def test_each_separator_beyond_ascii_is_told_by_its_name() -> None:
    content = SOUND.replace(b"*", b"\xa6").replace(b">", b"\xb8")
    told = [found.message.partition(" that ISA")[0] for found in interchange_read(content).findings]
    assert told == ["The element separator", "The component separator"]


def test_control_characters_are_usual_separators_and_not_told() -> None:
    assert _codes(SOUND.replace(b"*", b"\x1d").replace(b">", b"\x1f").replace(b"~\n", b"\x1c")) == []


def test_a_component_separator_of_several_bytes_is_refused_with_its_reason() -> None:
    (part,) = unreadable(SOUND.replace(b">", "§".encode()))
    (found,) = part.findings
    assert found.code == "envelope.isa_unreadable"
    assert "its component separator takes more than one byte" in found.message


def test_a_letter_that_shares_a_byte_with_the_terminator_is_not_cut_in_two() -> None:
    content = interchange(transaction("BEG*00*SA*PO\N{DEGREE SIGN}1**20261116", *ORDER[1:])).decode("latin-1")
    content = content.replace("~\n", "§")
    (read,) = sets(content.encode("utf-8"))
    assert read.segments == len(ORDER) + 2
