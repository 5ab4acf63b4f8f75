"""The acknowledgments of one interchange: at most one TA1 and one FA interchange, bytes and numbers fixed in this commit."""

from __future__ import annotations

import hashlib

import msgspec

from gateway.flow.course import Judged
from gateway.flow.sets import Place, Sets
from gateway.ledger import tables
from gateway.ledger.states import Delivering
from gateway.ledger.write import Tx
from gateway.profiles.agreement import Agreement
from gateway.x12.acknowledge import DataElement, answer_for, envelope_back, fa_groups, write_ack, write_ta1
from gateway.x12.reading import InterchangeHeader
from gateway.x12.verdict import InterchangeVerdict


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


def answer_groups(tx: Tx, judged: Judged, sets: Sets, data_element: DataElement) -> Owed:
    """The one FA interchange for these groups; `data_element` gives AK402."""
    answers = [answer_for(verdict, sets.verdicts(tx, verdict.group.ordinal), agreed) for verdict, agreed in judged]
    verdict, agreement = judged[0]
    numbers = _reserve(tx, verdict.interchange, fa_groups(answers))
    envelope = envelope_back(verdict.interchange, agreement.separators, numbers.control, numbers.groups, tx.now)
    content = write_ack(envelope, answers, data_element)
    return Owed(kind=agreement.acknowledgment.value, control=numbers.control, content=content, agreement=agreement)


def answer_interchange(tx: Tx, verdict: InterchangeVerdict, agreement: Agreement) -> Owed:
    """The TA1 for this interchange."""
    numbers = _reserve(tx, verdict.interchange, 0)
    envelope = envelope_back(verdict.interchange, agreement.separators, numbers.control, numbers.groups, tx.now)
    return Owed(kind="TA1", control=numbers.control, content=write_ta1(envelope, verdict), agreement=agreement)


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
        sha256=(sha256 := hashlib.sha256(owed.content).hexdigest()),
        state=str(Delivering.READY),
        created_at=tx.now,
        due_at=tx.now,
    )
    known = {"kind": owed.kind, "target": f"channel:{channel}", "control": control, "name": name, "sha256": sha256}
    tx.event("gateway", "delivery.owed", f"delivery {number}", **known)


def _reserve(tx: Tx, header: InterchangeHeader, groups: int) -> Numbers:
    """ISA13 and GS06 count per pair of interchange ids and usage, as they stand on the wire."""
    own, theirs = str(header.receiver), str(header.sender)
    control = tx.next_control(own, theirs, "ISA", header.usage)
    first = tx.next_control(own, theirs, "GS", header.usage, groups) if groups else 0
    return Numbers(control, tuple(range(first, first + groups)))
