"""Bounds: what is too long or too much is counted and told, and memory stays small."""

import io
import tracemalloc

import pytest

from gateway.x12.limits import Limits
from gateway.x12.read import Reader
from gateway.x12.reading import GroupRead, InterchangeRead, SetRead
from tests.x12.interchanges import GS, ISA, ORDER, acks, codes, interchange, maps, read_all, sets, transaction, wire

BEG, PO1, CTT = ORDER


def test_a_segment_too_long_is_passed_over_and_the_set_goes_on() -> None:
    content = interchange(transaction(BEG, "MSG*" + "X" * 5000, PO1, CTT))
    (read,) = (part for part in read_all(content, Limits(segment=1000, chunk=512)) if isinstance(part, SetRead))
    (found,) = read.findings
    assert (found.code, found.segment, found.position, acks([found])) == (
        "syntax.segment_too_long",
        "MSG",
        3,
        ["AK3 8"],
    )
    assert (read.segments, read.complete) == (6, True)


@pytest.mark.parametrize("chunk", [512, 1 << 20])
def test_a_segment_too_long_is_told_however_the_bytes_come(chunk: int) -> None:
    content = interchange(transaction(BEG, "REF*DP*" + "X" * 5000, PO1, CTT))
    (read,) = (part for part in read_all(content, Limits(segment=1000, chunk=chunk)) if isinstance(part, SetRead))
    assert (codes(read.findings), read.segments) == (["syntax.segment_too_long"], 6)


def test_a_file_that_never_uses_its_terminator_is_refused() -> None:
    content = wire([ISA, GS, *transaction(*ORDER)]).replace(b"~\n", b"!\n").replace(b">!", b">~", 1) + b"PO1*1!\n" * 500
    (read,) = read_all(content, Limits(segment=1000, chunk=512))
    assert isinstance(read, InterchangeRead)
    assert (codes(read.findings), acks(read.findings)) == (
        ["envelope.segment_too_long", "envelope.iea_missing"],
        ["TA1 022", "TA1 023"],
    )


def test_a_set_with_too_many_segments_is_counted_to_its_end() -> None:
    content = interchange(transaction(BEG, *[PO1] * 300, CTT))
    (read,) = (part for part in read_all(content, Limits(segments=50, chunk=1024)) if isinstance(part, SetRead))
    assert (read.segments, read.complete) == (304, True)
    assert codes(read.findings) == ["syntax.set_too_long"]
    assert acks(read.findings) == ["AK5 5"]
    assert len(read.tree["PO1_loop"]) < 100


def test_findings_are_bounded_and_the_rest_is_counted() -> None:
    content = interchange(transaction(BEG, *[PO1.replace("5*EA", "five*EA")] * 30, CTT))
    (read,) = (part for part in read_all(content, Limits(findings=10)) if isinstance(part, SetRead))
    assert codes(read.findings) == ["syntax.invalid_character"] * 10 + ["syntax.more_findings"]
    assert read.findings[-1].message.startswith("20 further findings")


def test_a_flood_of_warnings_hides_no_error() -> None:
    content = interchange(transaction(BEG, *[PO1 + "*"] * 30, "ZZZ*1", CTT))
    (read,) = (part for part in read_all(content, Limits(findings=10)) if isinstance(part, SetRead))
    assert acks(read.findings) == ["AK3 1"]


def test_stray_segments_in_masses_are_told_in_few_words() -> None:
    content = wire([ISA, GS, *["PO1*1"] * 1000, *transaction(*ORDER), "GE*1*7", "IEA*1*000000007"])
    (read,) = (part for part in read_all(content) if isinstance(part, GroupRead))
    assert len(read.findings) == 1


def test_repetitions_and_components_without_number_are_one_finding() -> None:
    isa, gs = ISA.replace("*U*00401*", "*^*00501*"), GS.replace("004010", "005010")
    many = [BEG.replace("*PO1*", f"*{'^'.join('X' * 1000)}*"), f"REF*DP*1**{'>'.join('X' * 1000)}", PO1, CTT]
    (read,) = sets(interchange(transaction(*many), isa=isa, gs=gs))
    assert codes(read.findings) == ["syntax.too_many_repetitions", "syntax.too_many_components"]


class Endless(io.RawIOBase):
    """So many bytes of one piece, made as they are read."""

    def __init__(self, head: bytes, piece: bytes, size: int) -> None:
        self._head = head
        self._piece = piece
        self._left = size

    def read(self, size: int = -1) -> bytes:
        given = self._head or (self._piece * (size // len(self._piece) + 1))[: min(size, self._left)]
        self._left -= 0 if self._head else len(given)
        self._head = b""
        return given


HEAD = wire([ISA, GS])


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"", b"junk "),
        (b"", b"ISA*Isabel*"),
        (HEAD, b"no end in sight"),
        (HEAD, b"N1*ST~\n"),
        (HEAD, wire(transaction(*ORDER))),
        (HEAD, wire(transaction(BEG.replace("PO1", "P" * 30), PO1, CTT))),
        (b"", interchange(transaction(*ORDER))),
        (HEAD + b"ST*850*0001~\n", b"PO1*1~\nZZZ*1~\n"),
    ],
    ids=["junk", "isa", "no terminator", "strays", "sound sets", "faulty sets", "interchanges", "one set"],
)
def test_memory_does_not_grow_with_the_file(head: bytes, piece: bytes) -> None:
    limits = Limits(chunk=1 << 13, segment=1 << 13, segments=500)

    def peak(size: int) -> int:
        tracemalloc.start()
        reader = Reader(Endless(head, piece, size), maps(), limits)  # type: ignore[arg-type]
        for _ in reader:
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert reader.consumed == size + len(head)
        return peak

    peak(1 << 15)  # whatever is loaded once
    assert peak(1 << 18) < 1.2 * peak(1 << 16) + 20_000
