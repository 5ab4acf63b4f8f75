"""The acknowledgments of one interchange: at most one TA1 and one FA interchange, bytes and numbers fixed in this commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from gateway.flow.sets import Place, Sets
from gateway.ledger import tables
from gateway.ledger.states import Delivering
from gateway.ledger.write import Tx
from gateway.profiles.agreement import Agreement
from gateway.x12.acknowledge import answer_for, fa_groups, write_ack, write_ta1
from gateway.x12.reading import InterchangeHeader
from gateway.x12.verdict import GroupVerdict, InterchangeVerdict, SetVerdict
from gateway.x12.write import Envelope

_SET_CONTROLS = 1  # ST02 counts within its group, from 0001


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """An acknowledgment of ours, ready to send; `control` is its ISA13."""

    kind: str
    control: int
    content: bytes
    agreement: Agreement


class Numbers(msgspec.Struct, frozen=True):
    """Control numbers for one interchange of ours."""

    control: int
    groups: tuple[int, ...] = ()


def answer_groups(
    tx: Tx, header: InterchangeHeader, judged: Sequence[tuple[GroupVerdict, Agreement]], sets: Sets
) -> Owed:
    """The one FA interchange for these groups."""
    answers = [answer_for(verdict, _verdicts(tx, sets, verdict), agreement) for verdict, agreement in judged]
    agreement = judged[0][1]
    numbers = _reserve(tx, header, fa_groups(answers))
    content = write_ack(envelope(header, agreement, numbers, tx), answers)
    return Owed(kind=agreement.acknowledgment.value, control=numbers.control, content=content, agreement=agreement)


def answer_interchange(tx: Tx, header: InterchangeHeader, verdict: InterchangeVerdict, agreement: Agreement) -> Owed:
    """The TA1 for this interchange."""
    numbers = _reserve(tx, header, 0)
    content = write_ta1(envelope(header, agreement, numbers, tx), verdict)
    return Owed(kind="TA1", control=numbers.control, content=content, agreement=agreement)


def envelope(header: InterchangeHeader, agreement: Agreement, numbers: Numbers, tx: Tx) -> Envelope:
    """Back to whom it came from, from whom it was for, with the usage it had."""
    return Envelope(
        our_id=header.receiver,
        partner_id=header.sender,
        now=tx.now,
        control=numbers.control,
        group_controls=numbers.groups,
        set_control=_SET_CONTROLS,
        usage=header.usage,
        separators=agreement.separators,
    )


def owe(tx: Tx, place: Place, channel: str, owed: Owed) -> None:
    """Write the debt down, with its bytes: whatever happens now, these and no others are sent."""
    partner, control = place.partner or "", f"{owed.control:09}"
    name = owed.agreement.acknowledgment_name.format(
        partner=partner, kind=owed.kind, control=control, number=place.transmission_id, usage=place.usage
    )
    number = tx.insert(
        tables.delivery,
        kind="acknowledgment",
        target=f"channel:{channel}",
        partner=partner,
        transmission_id=place.transmission_id,
        interchange_id=place.interchange_id,
        acknowledgment_kind=owed.kind,
        name=name,
        content=owed.content,
        state=str(Delivering.READY),
        created_at=tx.now,
        due_at=tx.now,
    )
    tx.event("gateway", "delivery.owed", f"delivery {number}", kind=owed.kind, control=control, name=name)


def _verdicts(tx: Tx, sets: Sets, verdict: GroupVerdict) -> Iterator[SetVerdict]:
    return sets.verdicts(tx, verdict.group.ordinal)


def _reserve(tx: Tx, header: InterchangeHeader, groups: int) -> Numbers:
    """ISA13 and GS06 count per pair of interchange ids and usage, as they stand on the wire."""
    own, theirs = str(header.receiver), str(header.sender)
    control = tx.next_control(own, theirs, "ISA", header.usage)
    first = tx.next_control(own, theirs, "GS", header.usage, groups) if groups else 0
    return Numbers(control, tuple(range(first, first + groups)))
