"""Reading X12: sets, groups, interchanges, and every byte accounted for."""

import hashlib
import io

import pytest

from gateway.model.identifiers import PartyId
from gateway.x12.read import Reader, read
from gateway.x12.reading import GroupRead, InterchangeRead, SetRead, Unreadable
from tests.x12.interchanges import (
    GOLDEN,
    GS,
    ISA,
    ORDER,
    codes,
    interchange,
    interchange_read,
    maps,
    only_set,
    read_all,
    sets,
    transaction,
    unreadable,
    wire,
)

ONE = interchange(transaction(*ORDER))


def test_a_set_comes_before_its_group_and_a_group_before_its_interchange() -> None:
    assert [type(part) for part in read_all(ONE)] == [SetRead, GroupRead, InterchangeRead]


def test_a_sound_file_has_no_findings() -> None:
    assert [codes(part.findings) for part in read_all(ONE)] == [[], [], []]


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.edi")), ids=lambda path: path.name)
def test_every_golden_file_is_read_without_a_finding(path: object) -> None:
    content = (GOLDEN / str(path)).read_bytes()
    assert [codes(part.findings) for part in read_all(content) if part.findings] == []


def test_headers_are_told_without_their_padding_and_numbers_verbatim() -> None:
    header = interchange_read(ONE).interchange
    assert (header.sender, header.receiver) == (PartyId("ZZ", "NORTHCLINIC"), PartyId("ZZ", "HEALTHSYS"))
    assert (header.control, header.version, header.usage, header.ack_requested) == ("000000007", "00401", "P", False)


def test_segments_of_a_set_are_counted_with_st_and_se() -> None:
    (order,) = sets(ONE)
    assert (order.set_id, order.control, order.segments, order.complete) == ("850", "0001", 5, True)


def test_a_segment_knows_where_in_set_and_file_it_stands() -> None:
    (order,) = sets(b"\xef\xbb\xbf" + ONE)
    (begin,) = order.tree["BEG"]
    assert begin.position == 2  # type: ignore[union-attr]
    assert (b"\xef\xbb\xbf" + ONE)[begin.offset :].startswith(b"BEG*00*SA")  # type: ignore[union-attr]


def test_the_hash_of_an_interchange_is_over_its_bytes_from_isa_to_the_terminator_of_iea() -> None:
    content = interchange(transaction(*ORDER), suffix="~\r\n")
    bytes_of_it = content.removesuffix(b"\r\n")
    found = interchange_read(b"\n\n" + content)
    assert (found.size, found.sha256) == (len(bytes_of_it), hashlib.sha256(bytes_of_it).hexdigest())


def test_several_interchanges_each_have_their_own_separators() -> None:
    other = ONE.decode().replace("*", "|").replace("~\n", "\n").replace(">", ":").encode()
    marks = [part.interchange.delimiters for part in read_all(ONE + other) if isinstance(part, InterchangeRead)]
    assert [(mark.element, mark.component, mark.segment, mark.suffix) for mark in marks] == [
        ("*", ">", "~", "\n"),
        ("|", ":", "\n", ""),
    ]
    assert [order.segments for order in sets(ONE + other)] == [5, 5]


def test_several_groups_and_sets_are_numbered_from_one() -> None:
    twice = [ISA, GS, *transaction(*ORDER), "GE*1*7", GS.replace("*7*X", "*8*X"), *transaction(*ORDER)]
    content = wire([*twice, *transaction(*ORDER, control="0002"), "GE*2*8", "IEA*2*000000007"])
    assert [(order.group.ordinal, order.ordinal) for order in sets(content)] == [(1, 1), (2, 1), (2, 2)]


@pytest.mark.parametrize(
    "suffix", ["~", "~\n", "~\r\n", "\n", "\r", "\r\n", "'", "\x85", "\x1c", "\xc3\x96", "\xe2\x80\xa6"]
)
def test_any_terminator_with_or_without_line_breaks_gives_the_same_set(suffix: str) -> None:
    (order,) = sets(interchange(transaction(*ORDER), suffix=suffix))
    assert (order.segments, codes(order.findings)) == (5, [])
    assert [segment.elements[3] for segment in order.tree["BEG"]] == ["PO1"]  # type: ignore[union-attr]


def test_line_breaks_that_only_some_segments_have_do_not_matter() -> None:
    (order,) = sets(ONE.replace(b"~\nPO1", b"~PO1").replace(b"~\nCTT", b"~\r\n\r\nCTT"))
    assert (order.segments, codes(order.findings)) == (5, [])


def test_a_byte_order_mark_and_blanks_around_interchanges_are_counted_and_nothing_else() -> None:
    content = b"\xef\xbb\xbf\r\n" + ONE + b"\n\n" + ONE + b"\n\x1a\x00"
    assert [type(part) for part in read_all(content)].count(Unreadable) == 0


def test_bytes_between_interchanges_are_told_with_their_place() -> None:
    (junk,) = unreadable(ONE + b"Kind regards\n" + ONE)
    assert (junk.offset, junk.size, codes(junk.findings)) == (len(ONE), 13, ["envelope.not_x12"])


def test_a_file_that_is_no_x12_is_one_unreadable_part() -> None:
    (junk,) = read_all(b"Order No,Item\n1,2\n")
    assert isinstance(junk, Unreadable)
    assert (junk.offset, junk.size) == (0, 18)


@pytest.mark.parametrize("content", [b"", b"\r\n \n", b"\xef\xbb\xbf"])
def test_a_file_with_nothing_in_it_is_told_as_well(content: bytes) -> None:
    (nothing,) = unreadable(content)
    assert (nothing.size, codes(nothing.findings)) == (len(content), ["envelope.empty"])


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"\xfe\xff", b"\xff\xfe \x00", "\ufeff".encode("utf-16-le") + ONE.decode().encode("utf-16-le")],
)
def test_utf_16_text_is_called_that_with_what_to_do(content: bytes) -> None:
    (told,) = read_all(content)
    assert isinstance(told, Unreadable)
    assert codes(told.findings) == ["envelope.utf_16"]
    assert told.findings[0].fix == "Save the file as plain text (ASCII or UTF-8) and send it again."


def test_a_wrong_mark_before_plain_x12_does_no_harm() -> None:
    (junk,) = unreadable(b"\xff\xfeHello\n" + ONE)
    assert codes(junk.findings) == ["envelope.not_x12"]
    assert len(sets(b"\xff\xfe" + ONE)) == 1


def test_an_isa_that_was_not_padded_is_read_by_its_separators() -> None:
    isa = "ISA*00**00**ZZ*NORTHCLINIC*ZZ*HEALTHSYS*261116*0812*U*00401*000000007*0*P*>"
    found = interchange_read(interchange(transaction(*ORDER), isa=isa))
    assert (found.interchange.sender.id, codes(found.findings)) == ("NORTHCLINIC", ["envelope.isa_width"])
    assert "ISA02, ISA04, ISA06, ISA08" in found.findings[0].message


def test_an_isa_without_its_last_element_is_read_where_every_line_ends_with_the_terminator() -> None:
    isa = ISA.replace("NORTHCLINIC    ", "NORTHCLINIC")[:-1]
    (order,) = sets(interchange(transaction(*ORDER), isa=isa))
    assert (order.interchange.delimiters.segment, order.segments, codes(order.findings)) == ("~", 5, [])


@pytest.mark.parametrize(
    "broken",
    [
        ISA[:60],  # cut off
        ISA[:-2],  # no separators declared
        ISA.replace("*", "A"),
        ISA.replace("*U*", "*U\n"),
        ISA[:-1] + "*",  # the component separator is the element separator
        ISA.encode().replace(b"*", "Ö".encode()).decode("latin-1"),  # a separator of two bytes
    ],
)
def test_an_isa_that_declares_no_separators_is_unreadable_up_to_the_next_one(broken: str) -> None:
    first = interchange(transaction(*ORDER)).replace(ISA.encode(), broken.encode("latin-1"))
    (junk,) = unreadable(first + ONE)
    assert junk.size == len(first)
    assert len(sets(first + ONE)) == 1


def test_a_last_segment_without_terminator_is_read_with_a_warning() -> None:
    found = interchange_read(ONE.removesuffix(b"~\n"))
    assert (found.complete, codes(found.findings)) == (True, ["envelope.terminator_missing"])


def test_interchanges_joined_without_terminator_but_a_line_break_are_told_apart() -> None:
    parts = read_all(ONE.removesuffix(b"~\n") + b"\n" + ONE)
    assert [part.complete for part in parts if isinstance(part, InterchangeRead)] == [True, True]


def test_a_repetition_separator_is_known_from_version_00402_on() -> None:
    newer = ISA.replace("*U*00401*", "*^*00501*")
    (order,) = sets(interchange(transaction(*ORDER), isa=newer, gs=GS.replace("004010", "005010")))
    assert (order.interchange.delimiters.repetition, order.group.release) == ("^", "005010")
    assert only_set(*ORDER).interchange.delimiters.repetition is None


def test_a_set_that_no_map_reads_is_counted_and_its_tree_is_empty() -> None:
    (unknown,) = sets(interchange(transaction("BIA*1", "LIN*1", set_id="846"), gs=GS.replace("GS*PO", "GS*IB")))
    assert (unknown.segments, unknown.tree, unknown.complete) == (4, {}, True)
    assert codes(unknown.findings) == ["envelope.set_unsupported"]


def test_ta1_segments_are_collected() -> None:
    content = wire([ISA, "TA1*000000041*261115*1200*A*000", "IEA*0*000000007"])
    (ta1,) = interchange_read(content).ta1
    assert (ta1.control, ta1.date, ta1.time, ta1.code, ta1.note) == ("000000041", "261115", "1200", "A", "000")


def test_acknowledgments_are_read_and_validated_like_any_set() -> None:
    told = ("AK1*PO*7", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1")
    read = only_set(*told, set_id="997", gs=GS.replace("GS*PO", "GS*FA"))
    assert (read.segments, codes(read.findings)) == (6, [])


def test_parts_come_while_the_stream_is_still_being_read() -> None:
    class Trickle(io.RawIOBase):
        """Gives seven bytes at a time, as a slow sender does."""

        def __init__(self) -> None:
            self.rest = ONE * 3

        def read(self, size: int = -1) -> bytes:
            given, self.rest = self.rest[: min(7, size)], self.rest[min(7, size) :]
            return given

    stream = Trickle()
    parts = read(stream, maps())  # type: ignore[arg-type]
    first = next(parts)
    assert isinstance(first, SetRead)
    assert len(stream.rest) > len(ONE)
    assert [part for part in [first, *parts] if part.findings] == []


def test_consumed_grows_to_the_size_of_the_file() -> None:
    reader = Reader(io.BytesIO(ONE), maps())
    list(reader)
    assert reader.consumed == len(ONE)
