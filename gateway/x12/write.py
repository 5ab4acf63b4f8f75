"""Writing X12: one segment, or a whole interchange with its envelopes, numbers and counts, in constant memory.

The same values always give the same bytes. Nothing is bent to fit: a value that a reader would split or could not
decode is refused (Refused), so that a person corrects it or agrees on other separators.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from gateway.model.identifiers import PartyId
from gateway.model.outcomes import Refused
from gateway.profiles.agreement import Separators

# An element: text, a composite (tuple of components), or its repetitions (list of either).
Composite = tuple[str, ...]
Element = str | Composite | list[str | Composite]
SegmentToWrite = Sequence[Element]

ENCODING: Final = "latin-1"
_DEFAULT_VERSION: Final = "00401"
_LARGEST_CONTROL: Final = 999_999_999
# From 00402 on, ISA11 is the repetition separator; before, it names the standard ("U").
_REPETITION_SINCE: Final = "00402"
# From 004010 on, GS04 has the century.
_CENTURY_SINCE: Final = "004010"
_USAGES: Final = frozenset("PTI")
_QUALIFIER_WIDTH: Final = 2
_ID_WIDTH: Final = 15


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around an interchange of ours.

    `now` is aware and read as it is (ISA09/10, GS04/05). `control` is ISA13, `group_controls` GS06 of each group in
    order, `set_control` ST02 of the first set; the sets count on from there. `version` is ISA12, None the one that
    fits the highest GS08.
    """

    our_id: PartyId
    partner_id: PartyId
    now: datetime
    control: int
    group_controls: tuple[int, ...] = ()
    set_control: int = 1
    usage: str = "P"
    version: str | None = None
    separators: Separators = Separators()


class SetToWrite(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction set: `body` is what stands between ST and SE; `implementation` is ST03."""

    set_id: str
    body: Iterable[SegmentToWrite]
    implementation: str = ""


class GroupToWrite(msgspec.Struct, frozen=True, kw_only=True):
    """A functional group: GS01, GS02, GS03, GS08 and its sets, which may come one by one."""

    functional_id: str
    sender: str
    receiver: str
    version: str
    sets: Iterable[SetToWrite]


def write_interchange(
    envelope: Envelope, groups: Sequence[GroupToWrite], *, before: Sequence[SegmentToWrite] = ()
) -> Iterator[bytes]:
    """One interchange, segment by segment; `before` stands ahead of the first group (TA1).

    Raises Refused where an identity or a value cannot be written; ValueError where there is not one number a group.
    """
    if len(groups) != len(envelope.group_controls):
        raise ValueError(f"{len(groups)} groups to write, but {len(envelope.group_controls)} group control numbers")
    version = isa_version(envelope.version or "", *sorted((group.version for group in groups), reverse=True))
    for text in _Pen(envelope, version).interchange(groups, before):
        yield text.encode(ENCODING)


def isa_version(*wishes: str) -> str:
    """ISA12 from the first wish that begins like a version (004010 -> 00401); it must never be of another width."""
    width = len(_DEFAULT_VERSION)
    fives = (wish[:width] for wish in wishes)
    return next((five for five in fives if len(five) == width and five.isascii() and five.isdigit()), _DEFAULT_VERSION)


class _Pen:
    """Writes one interchange; what it knows meanwhile is the number of the next set."""

    def __init__(self, envelope: Envelope, version: str) -> None:
        self._envelope = envelope
        self._version = version
        self._repeats = version >= _REPETITION_SINCE
        self._next_set = envelope.set_control

    def interchange(self, groups: Sequence[GroupToWrite], before: Sequence[SegmentToWrite]) -> Iterator[str]:
        yield self._isa()
        for segment in before:
            yield self._segment(segment)
        for group, control in zip(groups, self._envelope.group_controls, strict=True):
            yield from self._group(group, str(_within(control)))
        yield self._segment(("IEA", str(len(groups)), f"{self._envelope.control:09}"))

    def _group(self, group: GroupToWrite, control: str) -> Iterator[str]:
        day = self._envelope.now.strftime("%Y%m%d" if group.version >= _CENTURY_SINCE else "%y%m%d")
        time = self._envelope.now.strftime("%H%M")
        head = ("GS", group.functional_id, group.sender, group.receiver, day, time, control, "X", group.version)
        yield self._segment(head)
        sets = 0
        for sets, each in enumerate(group.sets, start=1):  # noqa: B007 - the count is what GE01 tells
            yield from self._set(each, f"{_within(self._next_set):04}")
            self._next_set += 1
        yield self._segment(("GE", str(sets), control))

    def _set(self, each: SetToWrite, control: str) -> Iterator[str]:
        yield self._segment(("ST", each.set_id, control, each.implementation))
        segments = 2  # ST and SE count too
        for segments, segment in enumerate(each.body, start=3):  # noqa: B007 - the count is what SE01 tells
            yield self._segment(segment)
        yield self._segment(("SE", str(segments), control))

    def _segment(self, elements: SegmentToWrite) -> str:
        return write_segment(elements, self._envelope.separators, repeats=self._repeats)

    def _isa(self) -> str:
        """The one segment of fixed width; two of its elements are separators, so it is joined without the check."""
        envelope, separators = self._envelope, self._envelope.separators
        elements = (
            *("ISA", "00", " " * 10, "00", " " * 10),
            *_identity("sender", envelope.our_id, separators),
            *_identity("receiver", envelope.partner_id, separators),
            *(envelope.now.strftime("%y%m%d"), envelope.now.strftime("%H%M")),
            *(separators.repetition if self._repeats else "U", self._version, f"{_within(envelope.control):09}"),
            # ISA14 = 0: what answers an answer would be answered for ever.
            *("0", envelope.usage if envelope.usage in _USAGES else "P", separators.component),
        )
        return separators.element.join(elements) + separators.segment + separators.suffix


def write_segment(elements: SegmentToWrite, separators: Separators, *, repeats: bool = True) -> str:
    """One segment with its terminator and suffix, empty ends left off; `elements[0]` is its id.

    `repeats` False: the release knows no repetition separator, so that its character is text like any other.
    Raises Refused (acknowledgment.separator_in_value, acknowledgment.unwritable_character).
    """
    marks = separators.element + separators.component + separators.segment + (separators.repetition if repeats else "")
    plain = _plain(elements, marks)
    if plain is not None:
        return plain + separators.segment + separators.suffix
    texts = [_text(element, separators) for element in elements]
    for ordinal, element in enumerate(elements):
        for value in _values(element):
            _check(value, marks, str(elements[0]), ordinal)
    return _join(texts, separators.element) + separators.segment + separators.suffix


def _plain(elements: SegmentToWrite, marks: str) -> str | None:
    """The segment joined, where one look at it tells that nothing in it is of a kind to be checked value by value."""
    mark = marks[0]
    try:
        text = mark.join(elements)  # type: ignore[arg-type]  # a composite is no text, and raises
    except TypeError:
        return None
    whole = text.isascii() and text.isprintable() and text.count(mark) == len(elements) - 1
    return text.rstrip(mark) if whole and not any(map(text.__contains__, marks[1:])) else None


def _text(element: Element | Composite, separators: Separators) -> str:
    if isinstance(element, str):
        return element
    if isinstance(element, tuple):
        return _join(element, separators.component)
    return _join([_text(repetition, separators) for repetition in element], separators.repetition)


def _values(element: Element | Composite) -> Iterator[str]:
    if isinstance(element, str):
        yield element
    else:
        for part in element:
            yield from _values(part)


def _join(texts: Sequence[str], separator: str) -> str:
    """Joined, without the separators of empty ends."""
    last = next((ordinal for ordinal in range(len(texts), 0, -1) if texts[ordinal - 1]), 0)
    return separator.join(texts[:last])


def _check(value: str, marks: str, segment: str, ordinal: int) -> None:
    for code, fault in (
        ("acknowledgment.separator_in_value", next((mark for mark in marks if mark in value), None)),
        ("acknowledgment.unwritable_character", _unwritable(value)),
    ):
        if fault is not None:
            shown = fault if fault.isprintable() else f"U+{ord(fault):04X}"
            raise Refused(code, segment=segment, element=ordinal, value=value, separator=shown)


def _unwritable(value: str) -> str | None:
    """The first character that is a control or beyond Latin-1."""
    if value.isascii() and value.isprintable():
        return None
    return next((each for each in value if each < " " or "\x7f" <= each < "\xa0" or each > "\xff"), None)


def _identity(role: str, identity: PartyId, separators: Separators) -> tuple[str, str]:
    """Qualifier and id in their fixed widths."""
    text = identity.qualifier + identity.id
    marks = separators.element + separators.component + separators.segment + separators.repetition
    fits = len(identity.qualifier) == _QUALIFIER_WIDTH and 0 < len(identity.id) <= _ID_WIDTH
    if not fits or not (text.isascii() and text.isprintable()) or any(mark in text for mark in marks):
        raise Refused("acknowledgment.identity_unwritable", role=role, identity=identity)
    return identity.qualifier, identity.id.ljust(_ID_WIDTH)


def _within(control: int) -> int:
    if not 0 < control <= _LARGEST_CONTROL:
        raise ValueError(f"control number {control} is not between 1 and {_LARGEST_CONTROL}")
    return control
