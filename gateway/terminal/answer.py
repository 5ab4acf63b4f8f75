"""The acknowledgments that would be due for one interchange: the daemon's own bytes, with placeholder numbers and a fixed date."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from gateway.ledger.states import Processing
from gateway.profiles.agreement import Agreement, Separators
from gateway.terminal.decide import Course
from gateway.x12.acknowledge import answer_for, fa_groups, stream_ack, write_ta1
from gateway.x12.reading import InterchangeHeader
from gateway.x12.verdict import GroupVerdict, SetVerdict, ta1_due, unacknowledged
from gateway.x12.write import Envelope

# Nothing is numbered by a dry run: control numbers count up only in the commit that fixes the bytes.
PLACEHOLDER = 1
DATE = datetime(2000, 1, 1, tzinfo=UTC)

Verdicts = Callable[[int], Iterator[SetVerdict]]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One interchange that would answer; `content` yields it once, segment by segment, and may raise Refused."""

    kind: str
    separators: Separators
    content: Iterator[bytes]


def answers(
    course: Course, groups: Sequence[tuple[GroupVerdict, Agreement]], agreement: Agreement, verdicts: Verdicts
) -> Iterator[Answer]:
    """The TA1, then the 997 or 999; none while the interchange is held, and for a copy only what the first one got."""
    if course.stop in (Processing.HELD, Processing.DUPLICATE):
        return
    verdict = course.verdict
    if ta1_due(agreement.ta1, verdict):
        ta1 = write_ta1(_envelope(verdict.interchange, agreement, 0), verdict)
        yield Answer(kind="TA1", separators=agreement.separators, content=iter((ta1,)))
    due = [
        (group, agreed)
        for group, agreed in groups
        if unacknowledged(agreed.acknowledgment, group.group.functional_id, verdict) is None
    ]
    if due:
        written = [answer_for(group, verdicts(group.group.ordinal), agreed) for group, agreed in due]
        agreed = due[0][1]
        envelope = _envelope(verdict.interchange, agreed, fa_groups(written))
        content = stream_ack(envelope, written)
        yield Answer(kind=agreed.acknowledgment.value, separators=agreed.separators, content=content)


def _envelope(header: InterchangeHeader, agreement: Agreement, groups: int) -> Envelope:
    return Envelope(
        our_id=header.receiver,
        partner_id=header.sender,
        now=DATE,
        control=PLACEHOLDER,
        group_controls=tuple(range(PLACEHOLDER, PLACEHOLDER + groups)),
        usage=header.usage,
        separators=agreement.separators,
    )
