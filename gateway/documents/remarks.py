"""References, dates, words and amounts that stand beside a document or a line."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 - `date` is what documents call their field

from gateway.documents import elements as e
from gateway.documents.node import Node, ReadContext
from gateway.documents.segments import Raw, day, exact, segments, text
from gateway.model.dates import Instant, instant
from gateway.model.quantities import ExactDecimal
from gateway.x12.reading import Loop, Segment


class Reference(Node, frozen=True, kw_only=True):
    """A number something goes by (REF)."""

    qualifier: str | None
    value: str | None
    description: str | None = None


class Moment(Node, frozen=True, kw_only=True):
    """A date with its meaning (DTM, element 374); `at` where a time came with it, in `zone` or else the partner's."""

    qualifier: str | None
    date: Date | None
    time: str | None = None
    zone: str | None = None
    at: Instant | None = None


class Note(Node, frozen=True, kw_only=True):
    """Words for people, or a coded description (PID, N9/MSG, NTE)."""

    text: str | None
    code: str | None = None
    qualifier: str | None = None


class Amount(Node, frozen=True, kw_only=True):
    """An amount the sender states beside the totals (AMT)."""

    qualifier: str | None
    value: ExactDecimal | None


def reference(segment: Segment, _loop: Loop, _context: ReadContext) -> Reference:
    """A number, from REF."""
    return Reference(
        src=segment.position,
        qualifier=text(segment, e.REF.qualifier),
        value=text(segment, e.REF.value),
        description=text(segment, e.REF.description),
    )


def moment(segment: Segment, _loop: Loop, context: ReadContext) -> Moment:
    """A date, from DTM; a time without a zone is in the partner's."""
    raw: Raw = {}
    when = day(segment, e.DTM.date, "date", raw)
    clock, zone = segment.get(e.DTM.time), segment.get(e.DTM.zone)
    return Moment(
        src=segment.position,
        qualifier=text(segment, e.DTM.qualifier),
        date=when,
        time=clock or None,
        zone=zone or None,
        at=instant(when, clock, zone, context.timezone) if clock else None,
        raw=raw or None,
    )


def description(segment: Segment, _loop: Loop, _context: ReadContext) -> Note:
    """What an item is, from PID."""
    return Note(
        src=segment.position,
        text=text(segment, e.PID.text),
        code=text(segment, e.PID.code),
        qualifier=text(segment, e.PID.characteristic),
    )


def note(segment: Segment, _loop: Loop, _context: ReadContext) -> Note:
    """Words, from NTE or MTX, which are alike."""
    return Note(src=segment.position, text=text(segment, e.NTE.text), code=text(segment, e.NTE.code))


def message(segment: Segment, _loop: Loop, _context: ReadContext) -> Note:
    """Words, from MSG."""
    return Note(src=segment.position, text=text(segment, e.MSG.text))


def headed_note(segment: Segment, loop: Loop, _context: ReadContext) -> Note:
    """Words under a heading, from N9 and the MSG or MTX after it; without any, its own description is the text."""
    said = [line.get(e.MSG.text) for line in segments(loop, "MSG")]
    said += [line.get(e.MTX.text) for line in segments(loop, "MTX")]
    return Note(
        src=segment.position,
        text="\n".join(said) or text(segment, e.N9.description),
        code=text(segment, e.N9.value),
        qualifier=text(segment, e.N9.qualifier),
    )


def amount(segment: Segment, _loop: Loop, _context: ReadContext) -> Amount:
    """A stated amount, from AMT."""
    raw: Raw = {}
    value = exact(segment, e.AMT.value, "value", raw)
    return Amount(src=segment.position, qualifier=text(segment, e.AMT.qualifier), value=value, raw=raw or None)
