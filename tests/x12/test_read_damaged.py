"""Files damaged in any way: parts that account for every byte, never another error; any separators, the same set."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.finding import Finding
from gateway.model.limits import Limits
from gateway.x12.read import Reader
from gateway.x12.reading import InterchangeRead, Loop, Segment, Unreadable
from tests.x12.interchanges import GOLDEN, maps, read_all, sets

FILES = [path.read_bytes() for path in sorted(GOLDEN.glob("*.edi"))]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound file with a few places cut out, doubled, overwritten or cut off."""
    content = draw(st.sampled_from(FILES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 200)))
        put = draw(
            st.one_of(
                st.just(b""),
                st.just(content[start:end] * 2),
                st.binary(max_size=8),
                st.sampled_from([b"~", b"*", b"ISA*", b"\n"]),
            )
        )
        content = content[:start] + put + content[end:]
    return content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content


@given(damaged(), st.sampled_from([Limits(), Limits(chunk=7), Limits(chunk=64, segment=40, findings=2)]))
@settings(max_examples=300, deadline=None)
def test_a_damaged_file_is_read_to_its_last_byte(content: bytes, limits: Limits) -> None:
    parts = read_all(content, limits)
    told = [part for part in parts if isinstance(part, InterchangeRead | Unreadable)]
    blanks = len(content) - sum(part.size for part in told)
    assert parts
    assert 0 <= blanks <= sum(content.count(blank) for blank in b" \t\r\n\v\f\x00\x1a\xef\xbb\xbf\xfe\xff")


@given(st.binary(max_size=400))
def test_any_bytes_are_read_to_the_last(content: bytes) -> None:
    assert read_all(b"ISA*" + content)


@given(damaged())
@settings(max_examples=100, deadline=None)
def test_how_the_bytes_come_in_chunks_does_not_matter(content: bytes) -> None:
    whole = list(Reader(io.BytesIO(content), maps()))
    assert list(Reader(io.BytesIO(content), maps(), Limits(chunk=61))) == whole


def _plain(loop: Loop) -> object:
    """The tree without offsets."""
    return {key: [_plain_child(child) for child in children] for key, children in loop.items()}


def _plain_child(child: Segment | Loop) -> object:
    return (child.position, child.elements) if isinstance(child, Segment) else _plain(child)


def _placeless(finding: Finding) -> object:
    return (finding.code, finding.position, finding.element, finding.component, finding.value, finding.ack)


# Marks that no golden file uses in its data.
MARKS = [
    mark
    for mark in "|!{}[]$%&;<=@\\_`\x01\x07\x1c\x1d\x1e\x1f\x80\xa7\xff\t"
    if mark.encode("latin-1") not in b"".join(FILES)
]


@given(
    content=st.sampled_from(FILES),
    marks=st.permutations(MARKS),
    suffix=st.sampled_from(["", "\n", "\r\n"]),
    fault=st.booleans(),
)
@settings(max_examples=120, deadline=None)
def test_any_separators_give_the_same_set_and_the_same_findings(
    *, content: bytes, marks: list[str], suffix: str, fault: bool
) -> None:
    text = content.decode("latin-1").replace("~\n", "~")
    if fault:
        text = text.replace("*2026", "*2O26").replace("DTM*", "XTM*", 1)
    element, component, repetition, segment = marks[:4]
    table = {"*": element, ">": component, "^": repetition, "~": segment + suffix}
    other = "".join(table.get(character, character) for character in text).encode("latin-1")
    (plain,), (marked,) = sets(text.encode("latin-1")), sets(other)
    assert _plain(marked.tree) == _plain(plain.tree)
    assert [_placeless(finding) for finding in marked.findings] == [_placeless(finding) for finding in plain.findings]
    assert bool(plain.findings) is fault


@pytest.mark.parametrize("cut", range(0, len(FILES[0]) - 2, 41))
def test_a_file_cut_off_anywhere_tells_what_is_missing(cut: int) -> None:
    content = FILES[0][:cut]
    findings = [finding for part in read_all(content) for finding in part.findings]
    assert findings
