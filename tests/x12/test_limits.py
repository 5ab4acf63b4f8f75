"""Bounds: exactly so much is read; what is more is counted and told, and memory stays small."""

import io
import tracemalloc
from collections.abc import Callable

import msgspec
import pytest

from gateway.model.finding import Finding
from gateway.model.limits import Limits
from gateway.x12.read import Reader
from gateway.x12.reading import GroupRead, InterchangeRead, SetRead
from tests.x12.interchanges import GS, ISA, ORDER, acks, codes, interchange, maps, read_all, sets, transaction, wire

BEG, PO1, CTT = ORDER
NOTICE_GS = GS.replace("GS*PO", "GS*SH")


def order_of(size: int, room: int = 1000) -> list[str]:
    """An 850 of so many bytes from ST to SE, that terminator left off, in segments of at most about `room` bytes."""
    segments = transaction(BEG, PO1, *[f"MSG*{'X' * (room - 6)}"] * ((size - 500) // room), "MSG*", CTT)
    segments[-3] += "X" * (size - len(wire(segments)) + len("~\n"))
    return segments


def lines(segments: int) -> list[str]:
    """An 850 of so many segments, ST and SE counted, with no fault in it."""
    described = [PO1, *["PID*F****Gloves"] * 999]
    return transaction(BEG, *(described * (segments // 1000 + 1))[: segments - 4], CTT)


def deep(levels: int) -> list[str]:
    """An 856 whose levels all stand one under another."""
    nested = [f"HL*{n}*{n - 1}*{'I' if n > 2 else 'O'}" for n in range(2, levels + 1)]
    return transaction("BSN*00*S1*20261116*0812*0004", "HL*1**S", *nested, set_id="856")


def interchange_of(size: int) -> bytes:
    """An interchange of so many bytes, from ISA to the terminator of IEA."""
    around = len(interchange([])) + len("~")
    return interchange(order_of(size - around))


# A limit: what is said beyond it, and a file that measures so much.
BOUNDS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "interchange": ("envelope.interchange_too_long", interchange_of),
    "set": ("syntax.set_too_large", lambda n: interchange(order_of(n, room=min(n, 50_000)))),
    "segments": ("syntax.set_too_long", lambda n: interchange(lines(n))),
    "segment": ("syntax.segment_too_long", lambda n: interchange(transaction(BEG, f"MSG*{'X' * (n - 4)}", CTT))),
    "elements": ("syntax.segment_too_wide", lambda n: interchange(transaction(BEG, "PO1" + "*1" * n, CTT))),
    "depth": ("syntax.level_too_deep", lambda n: interchange(deep(n), gs=NOTICE_GS)),
    "findings": ("syntax.more_findings", lambda n: interchange(transaction(BEG, PO1, *["ZZZ*1"] * n, CTT))),
    "ta1": (
        "envelope.too_many_ta1",
        lambda n: wire([ISA, *["TA1*000000012*261116*0812*A*000"] * n, "IEA*0*000000007"]),
    ),
}
SMALL = {
    "interchange": 5_000,
    "set": 3_000,
    "segments": 40,
    "segment": 400,
    "elements": 50,
    "depth": 7,
    "findings": 9,
    "ta1": 3,
}
TRIED = [
    *((name, most, chunk) for name, most in SMALL.items() for chunk in (64, 1 << 20)),
    *((name, getattr(Limits(), name), 1 << 20) for name in ("segment", "elements", "depth", "findings", "ta1")),
    *(pytest.param(name, getattr(Limits(), name), 1 << 20, marks=pytest.mark.all) for name in ("set", "segments")),
]


def told(content: bytes, limits: Limits) -> list[Finding]:
    return [found for part in read_all(content, limits) for found in part.findings]


@pytest.mark.parametrize(("name", "most", "chunk"), TRIED)
def test_so_much_is_read_and_one_more_is_told_with_the_limit_and_its_setting(name: str, most: int, chunk: int) -> None:
    code, make = BOUNDS[name]
    limits = msgspec.structs.replace(Limits(chunk=chunk, findings=2000), **{name: most})
    assert code not in codes(told(make(most), limits))
    beyond = next(found for found in told(make(most + 1), limits) if found.code == code)
    assert str(most) in f"{beyond.message} {beyond.expected}"
    assert f"`{name}` in [limits] of config/gateway.toml" in (beyond.fix or "")


def test_the_defaults_are_these() -> None:
    assert Limits() == Limits(
        chunk=1 << 20,
        interchange=1 << 30,
        set=16 << 20,
        segments=500_000,
        segment=65_536,
        elements=200,
        depth=20,
        findings=500,
        ta1=1_000,
        table=64 << 20,
        rows=100_000,
        columns=500,
        cell=32_000,
    )


def test_of_an_interchange_that_is_too_long_what_comes_after_it_is_read_again() -> None:
    one = transaction(*ORDER)
    content = interchange(*[one] * 100) + interchange(one)
    parts = read_all(content, Limits(interchange=2000, chunk=128))
    first, second = (part for part in parts if isinstance(part, InterchangeRead))
    assert (codes(first.findings), acks(first.findings)) == (["envelope.interchange_too_long"], ["TA1 024"])
    assert (first.complete, first.size, second.findings) == (True, len(interchange(*[one] * 100)) - 1, ())
    groups = [part for part in parts if isinstance(part, GroupRead)]
    assert [(len(group.findings), group.complete) for group in groups] == [(0, False), (0, True)]
    assert len(sets(content)) == 101
    assert sum(isinstance(part, SetRead) for part in parts) < 30


def test_levels_without_number_are_looked_at_once_each() -> None:
    flat = [f"HL*{n}**S" for n in range(1, 20_000)] + [f"HL*{n}*19999*O" for n in range(20_000, 40_000)]
    (read,) = sets(interchange(transaction("BSN*00*S1*20261116*0812*0004", *flat, set_id="856"), gs=NOTICE_GS))
    assert {found.code for found in read.findings} <= {"syntax.loop_too_many", "syntax.more_findings"}


def test_an_unknown_segment_is_kept_by_its_name_alone_where_it_is_too_long() -> None:
    content = interchange(transaction(BEG, PO1, "ZZZ*" + "X" * 5000, CTT))
    (read,) = (part for part in read_all(content, Limits(segment=1000)) if isinstance(part, SetRead))
    assert codes(read.findings) == ["syntax.segment_unknown", "syntax.segment_too_long"]
    assert "XXXX" not in repr(read.tree)


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


@pytest.mark.all
@pytest.mark.parametrize(("more", "told"), [(-(1 << 20), []), (1 << 20, ["envelope.interchange_too_long"])])
def test_an_interchange_of_a_gigabyte_is_read_and_a_longer_one_is_not(more: int, told: list[str]) -> None:
    piece = wire(transaction(*ORDER)) + b"N1*" + b"X" * 60_000 + b"~\n"
    reader = Reader(Endless(HEAD, piece, Limits().interchange + more), maps())  # type: ignore[arg-type]
    (end,) = (part for part in reader if isinstance(part, InterchangeRead))
    assert [code for code in codes(end.findings) if code == "envelope.interchange_too_long"] == told
