"""BER of every shape becomes DER in one pass, and what cannot be BER is refused where it goes wrong."""

from __future__ import annotations

import itertools

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from gateway.as2.ber import open_cms
from gateway.as2.der import content_info, element, header_of
from gateway.as2.pieces import view_of
from gateway.model.outcomes import Refused
from tests.as2.parties import LIMITS

ENVELOPED = "1.2.840.113549.1.7.3"
END = b"\0\0"
INNER = b"\x02\x01\x00" + b"\x31\x00"


def _chunk(content: bytes) -> bytes:
    return header_of(b"\x04", len(content)) + content


def _indefinite(tag: int, *content: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(content) + END


def _streamed(*chunks: bytes, tag: int = 0xA0) -> bytes:
    """An EnvelopedData as a streaming peer writes it: every length indefinite, the content in octet strings."""
    algorithm = core.ObjectIdentifier("1.2.3").dump()
    encrypted = _indefinite(0x30, algorithm, _indefinite(0x30, algorithm), _indefinite(tag, *chunks))
    outer = core.ObjectIdentifier(ENVELOPED).dump()
    return _indefinite(0x30, outer, _indefinite(0xA0, _indefinite(0x30, INNER, encrypted)))


def _refused(content: bytes, **limits: int) -> Refused:
    with pytest.raises(Refused) as refusal:
        open_cms(memoryview(content), LIMITS.__class__(**limits))
    return refusal.value


@given(st.lists(st.binary(max_size=3000), max_size=20), st.binary(max_size=3))
def test_chunks_are_put_together_and_everything_else_becomes_der(chunks: list[bytes], behind: bytes) -> None:
    container = open_cms(memoryview(_streamed(*map(_chunk, chunks)) + behind), LIMITS)
    algorithm = core.ObjectIdentifier("1.2.3").dump()
    assert container.content_type == ENVELOPED
    assert container.content is not None
    assert bytes(view_of(container.content)) == b"".join(chunks)
    assert container.der == b"".join(element(0x30, INNER, *element(0x30, algorithm, *element(0x30, algorithm))))
    assert container.trailing == len(behind)


def test_der_stays_as_it_is_but_for_its_content() -> None:
    inner = b"".join(element(0x30, INNER, *element(0x30, core.ObjectIdentifier("1.2.3").dump())))
    for tag in (0xA0, 0x80):
        whole = element(0x30, INNER, *element(0x30, core.ObjectIdentifier("1.2.3").dump(), *element(tag, _chunk(b"x"))))
        container = open_cms(view_of(content_info(ENVELOPED, *whole)), LIMITS)
        assert container.der == inner
        assert bytes(view_of(container.content or ())) == (b"x" if tag == 0xA0 else _chunk(b"x"))


def test_chunks_may_be_chunked_themselves_and_other_strings_too() -> None:
    nested = _indefinite(0x24, _chunk(b"a"), _indefinite(0x24, _chunk(b"b"), _chunk(b"c")), _chunk(b"d"))
    assert bytes(view_of(open_cms(memoryview(_streamed(nested)), LIMITS).content or ())) == b"abcd"
    key = _indefinite(0x24, _chunk(b"k"), _chunk(b"ey"))
    whole = _streamed(_chunk(b"x")).replace(INNER, INNER + key)
    assert _chunk(b"key") in open_cms(memoryview(whole), LIMITS).der


def test_a_large_content_is_not_copied() -> None:
    whole = memoryview(_streamed(_chunk(bytes(5000)), _chunk(b"small"), _chunk(bytes(6000))))
    content = open_cms(whole, LIMITS).content or ()
    assert [len(piece) for piece in content] == [5000, 5, 6000]
    assert [isinstance(piece, memoryview) for piece in content] == [True, False, True]


def test_a_hundred_thousand_small_chunks_need_few_pieces_and_each_is_visited_once() -> None:
    whole = memoryview(_streamed(*itertools.repeat(_chunk(b"12345678"), 100_000)))
    content = open_cms(whole, LIMITS).content or ()
    assert sum(map(len, content)) == 800_000
    assert len(content) < 20


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "begin"),
        (b"MIME-Version: 1.0", "begin"),
        (b"\x30", "ends within"),
        (b"\x30\x80", "ends within"),
        (b"\x30\x00", "names no content type"),
        (b"\x30\x84\xff\xff\xff\xff", "longer"),
        (b"\x30\x89" + bytes(9), "length at byte"),
        (b"\x30\x80\x04\x80", "cannot be one"),
        (b"\x30\x82\x00\x04\x04\x7f\x00\x00", "longer"),
        (b"\x30\x80\x1f\xff\xff\xff\xff\xff\xff\x01", "cms|ends|longer|cannot"),
        (_streamed(b"\x02\x01\x00"), "not an octet string"),
        (_streamed(_chunk(b"x"))[:-4], "ends within"),
        (_streamed(_chunk(b"x")).replace(b"\xa0\x80\x04\x01x\0\0", b"\xa0\x80\x04\x01x\0\0" * 2), "two contents"),
    ],
)
def test_what_is_no_cms_is_refused_and_says_why(content: bytes, why: str) -> None:
    refused = _refused(content)
    assert refused.code == "as2.cms_broken"
    assert any(each in str(refused) for each in why.split("|"))


@pytest.mark.parametrize(
    ("content", "limit"),
    [
        (b"\x30\x80" * 100, "depth"),
        (_streamed(b"\x24\x80" * 100), "depth"),
        (_streamed(*itertools.repeat(_chunk(b""), 100)), "chunks"),
        (_streamed().replace(INNER, INNER + b"\x05\x00" * 100), "elements"),
        (_streamed().replace(INNER, INNER + _chunk(bytes(400))), "structure"),
    ],
)
def test_what_is_beyond_a_limit_is_refused_with_its_name(content: bytes, limit: str) -> None:
    refused = _refused(content, depth=50, chunks=50, elements=50, structure=300)
    assert (refused.code, refused.facts["limit"]) == ("as2.cms_over_limit", limit)
