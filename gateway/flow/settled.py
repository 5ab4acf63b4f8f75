"""What came of deliveries, written down: state, lanes, the answer's fate, the target's health, the case where one is needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Table, delete, select, update

from gateway.flow import targets
from gateway.flow.cases import close_cases, open_case, open_case_once
from gateway.ledger import tables
from gateway.ledger.claim import DeliveryWork
from gateway.ledger.states import Delivering, Owed, Processing
from gateway.ledger.write import Tx
from gateway.ports import Blob

_D = tables.delivery


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one try. `down`: the target as a whole did not answer; `case`: the reason a person must act."""

    work: DeliveryWork
    state: Delivering
    reference: str | None = None
    error: str | None = None
    due_at: datetime | None = None
    give_up_at: datetime | None = None
    down: bool = False
    unknown: bool = False
    after: float | None = None
    case: str | None = None
    facts: dict[str, Any] = msgspec.field(default_factory=dict)


def settle_results(tx: Tx, results: Sequence[Result], blobs: dict[int, Blob]) -> None:
    """Commit 3: each result in its row, with what follows from it."""
    _move(tx, results)
    done = [result for result in results if result.state is Delivering.DONE]
    _leave_lanes(tx, done)
    _sent(tx, [result for result in done if result.work.kind != "erp"], blobs)
    for result in results:
        _tell(tx, result, blobs.get(result.work.id))
    _judge_targets(tx, results)
    _judge_outboxes(tx, [result for result in results if result.work.kind != "erp"])


def _move(tx: Tx, results: Sequence[Result]) -> None:
    by_state: dict[Delivering, list[dict[str, Any]]] = defaultdict(list)
    for result in results:
        work = result.work
        by_state[result.state].append(
            {
                "key": work.id,
                "token": work.token,
                "owner": None,
                "lease_until": None,
                "reference": result.reference,
                "last_error": result.error,
                "due_at": result.due_at or tx.now,
                # What was not tried, or waits for its target, has not used up an attempt.
                "attempts": work.attempts - (result.state is Delivering.READY or result.down),
                "give_up_at": result.give_up_at or work.give_up_at,
                "done_at": tx.now if result.state is Delivering.DONE else None,
            }
        )
    for state, rows in by_state.items():
        tx.move_all(_D, rows, state)


def _leave_lanes(tx: Tx, done: Sequence[Result]) -> None:
    numbers = [result.work.id for result in done if result.work.kind == "erp"]
    if numbers:
        tx.execute(delete(tables.lane).where(tables.lane.c.delivery_id.in_(numbers)))


def _sent(tx: Tx, done: Sequence[Result], blobs: dict[int, Blob]) -> None:
    """A parcel that is out is a transmission of its own, and the answer it carried is sent."""
    if not done:
        return
    shas = [blobs[result.work.id].sha256 for result in done]
    known = set(tx.execute(select(tables.blob.c.sha256).where(tables.blob.c.sha256.in_(shas))).scalars())
    for result in done:
        work, blob = result.work, blobs[result.work.id]
        if blob.sha256 not in known:
            known.add(blob.sha256)
            tx.insert(tables.blob, sha256=blob.sha256, size=blob.size, kept_at=tx.now)
        tx.insert(
            tables.transmission,
            direction="out",
            channel=work.target.removeprefix("channel:"),
            source_key=f"delivery {work.id}",
            name=result.reference or work.name or "",
            sha256=blob.sha256,
            size=blob.size,
            partner=work.partner,
            received_at=tx.now,
            finished_at=tx.now,
            state=str(Processing.TRANSLATED),
            due_at=tx.now,
        )
    _answered(tx, tables.interchange, tables.interchange.c.id, [r.work for r in done if _is_ta1(r.work)])
    groups = tables.functional_group
    _answered(tx, groups, groups.c.interchange_id, [r.work for r in done if not _is_ta1(r.work)])


def _is_ta1(work: DeliveryWork) -> bool:
    return work.acknowledgment_kind == "TA1"


def _answered(tx: Tx, table: Table, column: ColumnElement[int], works: Sequence[DeliveryWork]) -> None:
    """What was generated for these is sent."""
    numbers = [work.interchange_id for work in works if work.interchange_id is not None]
    if numbers:
        generated = table.c.acknowledgment == Owed.GENERATED
        tx.execute(update(table).where(column.in_(numbers), generated).values(acknowledgment=str(Owed.SENT)))


def _tell(tx: Tx, result: Result, sent: Blob | None) -> None:
    work, about = result.work, f"delivery {result.work.id}"
    if result.state is Delivering.DONE:
        known = {"target": work.target, "reference": result.reference} | ({"sha256": sent.sha256} if sent else {})
        tx.event("gateway", f"{work.kind}.delivered", about, **known)
        if work.attempts > 1:
            close_cases(tx, about, f"delivered as {result.reference}")
    elif result.state is Delivering.DEAD:
        tx.event("gateway", "delivery.dead", about, target=work.target, why=result.error)
        _open_for_a_person(tx, result)
    elif result.error:
        tx.event("gateway", f"delivery.{result.state}", about, target=work.target, why=result.error)


def _open_for_a_person(tx: Tx, result: Result) -> None:
    work, d = result.work, tables.document
    document = tx.execute(select(d.c.kind, d.c.number, d.c.value).where(d.c.id == work.document_id)).one_or_none()
    open_case(
        tx,
        result.case or "delivery.gave_up",
        f"delivery {work.id}",
        facts={"target": work.target, "number": document.number if document else work.name} | result.facts,
        sentence=_sentence(result, document),
        partner=work.partner,
        kind=document.kind if document else work.document_kind,
        number=document.number if document else None,
        value=document.value if document else None,
        transmission_id=work.transmission_id,
    )


def _sentence(result: Result, document: Any) -> str:  # noqa: ANN401 - a row of document
    what = f"{document.kind} {document.number}" if document else f"{result.work.name}"
    return f"{what}: {result.error}"


def _judge_targets(tx: Tx, results: Sequence[Result]) -> None:
    """One success says the target is up; else its failures count, or say at once that it is down."""
    by_target: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        if result.work.kind == "erp":
            by_target[result.work.target].append(result)
    for name, of_target in by_target.items():
        # A refusal is an answer too: the target is up.
        answered = any(r.state is Delivering.DONE or (r.case and r.case != "delivery.gave_up") for r in of_target)
        down = next((r for r in of_target if r.down), None)
        unknown = next((r for r in of_target if r.unknown), None)
        if answered and down is None:
            targets.succeeded(tx, name)
        elif down is not None:
            targets.failed(tx, name, down.error or "", down=True, after=down.after)
        elif unknown is not None:
            targets.failed(tx, name, unknown.error or "", down=False)


def _judge_outboxes(tx: Tx, results: Sequence[Result]) -> None:
    """While an outbox cannot be written, one case in all says so, until what waited for it is out."""
    stuck = {result.work.target: result.error for result in results if result.state is Delivering.RETRY}
    for target, why in stuck.items():
        open_case_once(tx, "channel.outbox_waits", _outbox(target), {"folder": _outbox(target), "why": why})
    out = {result.work.target for result in results if result.state is Delivering.DONE and result.work.attempts > 1}
    for target in out - stuck.keys():
        close_cases(tx, _outbox(target), "it can be written again")


def _outbox(target: str) -> str:
    return f"outbox/{target.removeprefix('channel:')}"
