"""The acknowledgments that would be due for one interchange: the daemon's own bytes, with placeholder numbers and a fixed date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import msgspec

from gateway.flow.decide import Due
from gateway.profiles.agreement import Agreement, Separators
from gateway.x12.acknowledge import answer_for, envelope_back, fa_groups, stream_ack, write_ta1
from gateway.x12.maps import Maps
from gateway.x12.verdict import SetVerdict

# Nothing is numbered by a dry run: control numbers count up only in the commit that fixes the bytes.
PLACEHOLDER = 1
DATE = datetime(2000, 1, 1, tzinfo=UTC)

Verdicts = Callable[[int], Iterator[SetVerdict]]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One interchange that would answer; `content` yields it once, segment by segment, and may raise Refused."""

    kind: str
    separators: Separators
    content: Iterator[bytes]


def answers(due: Due, agreement: Agreement, verdicts: Verdicts, maps: Maps) -> Iterator[Answer]:
    """The TA1, then the 997 or 999, where they are due; a copy shows none: it would get again what the first one got."""
    if due.ta1:
        envelope = envelope_back(due.ta1.interchange, agreement.separators, PLACEHOLDER, (), DATE)
        yield Answer(kind="TA1", separators=agreement.separators, content=iter((write_ta1(envelope, due.ta1),)))
    if due.groups:
        written = [answer_for(group, verdicts(group.group.ordinal), agreed) for group, agreed in due.groups]
        first, agreed = due.groups[0]
        numbers = tuple(range(PLACEHOLDER, PLACEHOLDER + fa_groups(written)))
        envelope = envelope_back(first.interchange, agreed.separators, PLACEHOLDER, numbers, DATE)
        content = stream_ack(envelope, written, maps.data_element)
        yield Answer(kind=agreed.acknowledgment.value, separators=agreed.separators, content=content)
