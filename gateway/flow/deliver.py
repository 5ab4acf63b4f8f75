"""Deliver: pay what is owed. Claim (the intent is durable), do it, write down what came of it (commit 3)."""

from __future__ import annotations

import io
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event

import structlog

from gateway.failpoints import failpoint
from gateway.flow.route import Route
from gateway.flow.settled import Result, settle_results
from gateway.flow.targets import is_open
from gateway.ledger.claim import DeliveryWork, canonical_of, claim_deliveries
from gateway.ledger.states import Delivering
from gateway.model.outcomes import OutcomeUnknown, Refused, TryLater
from gateway.ports import Blob, Erp, Parcel, Posting, Sent

log = structlog.get_logger()
BATCH = 64
_CEILING = timedelta(minutes=5)


def deliver_bytes(route: Route, channel: str, n: int = BATCH) -> int:
    """Send up to `n` parcels that are due on this channel; how many were tried."""
    target = f"channel:{channel}"
    with route.ledger.write() as tx:
        works = claim_deliveries(tx, route.owner, target, n)
    if not works:
        return 0
    blobs = _keep(route, works)
    parcels = [Parcel(delivery=work.id, name=work.name or f"{work.id}", content=work.content or b"") for work in works]
    outcomes = route.outlet(channel).send(parcels)
    failpoint("outbox.renamed")
    results = [_sent(work, outcome, route.ledger.now()) for work, outcome in zip(works, outcomes, strict=True)]
    with route.ledger.write() as tx:
        settle_results(tx, results, blobs)
    return len(works)


def deliver_documents(route: Route, target: str, *, concurrency: int, budget: timedelta, n: int = BATCH) -> int:
    """Post up to `n` documents that are due for this ERP (one as a probe while it is down); how many were tried."""
    with route.ledger.write() as tx:
        may = is_open(tx, target)
        works = claim_deliveries(tx, route.owner, target, 0 if may == "closed" else 1 if may == "probe" else n)
        canonical = canonical_of(tx, [work.document_id for work in works])
    if not works:
        return 0
    erp, down = route.erp(target), Event()
    with ThreadPoolExecutor(max_workers=min(concurrency, len(works)), thread_name_prefix=f"erp-{target}") as pool:
        patience = None if may == "probe" else budget
        results = list(pool.map(lambda work: _post(route, erp, _posting(work, canonical), work, down, patience), works))
    failpoint("erp.answered")
    with route.ledger.write() as tx:
        settle_results(tx, results, {})
    return len(works)


def _post(  # noqa: PLR0913 - one try of one debt
    route: Route, erp: Erp, posting: Posting, work: DeliveryWork, down: Event, budget: timedelta | None
) -> Result:
    """One document to one ERP: looked up first where an earlier try may have succeeded."""
    now = route.ledger.now()
    if down.is_set():
        return Result(work=work, state=Delivering.IN_DOUBT if work.doubtful else Delivering.READY, due_at=now)
    try:
        booked = (erp.find(posting) if work.doubtful else None) or erp.submit(posting)
    except Refused as refused:
        return Result(work=work, state=Delivering.DEAD, error=str(refused), case=refused.code, facts=refused.facts)
    except OutcomeUnknown as unknown:
        return _again(work, unknown, now, budget, Delivering.IN_DOUBT)
    except TryLater as later:
        if later.down:
            down.set()
        return _again(work, later, now, budget, Delivering.IN_DOUBT if work.doubtful else Delivering.RETRY)
    return Result(work=work, state=Delivering.DONE, reference=booked.reference)


def _posting(work: DeliveryWork, canonical: dict[int | None, bytes]) -> Posting:
    return Posting(
        key=work.idempotency_key or "",
        kind=work.document_kind or "",
        business_key=work.business_key or "",
        revision=work.revision,
        partner=work.partner or "",
        canonical=canonical[work.document_id],
    )


def _sent(work: DeliveryWork, outcome: Sent | Refused | TryLater, now: datetime) -> Result:
    if isinstance(outcome, Sent):
        return Result(work=work, state=Delivering.DONE, reference=outcome.name)
    if isinstance(outcome, Refused):
        return Result(work=work, state=Delivering.DEAD, error=str(outcome), case=outcome.code, facts=outcome.facts)
    return _again(work, outcome, now, timedelta(days=7), Delivering.RETRY)


def _again(work: DeliveryWork, why: TryLater, now: datetime, budget: timedelta | None, state: Delivering) -> Result:
    """Back into the queue, later; or given up where its time is spent.

    `budget` None: the target is known to be down, which spends nobody's time. Neither does an answer that says so.
    """
    unknown = isinstance(why, OutcomeUnknown)
    give_up_at = work.give_up_at or (now + budget if budget else None)
    if budget and give_up_at and now >= give_up_at and (unknown or not why.down):
        return Result(
            work=work, state=Delivering.DEAD, error=str(why), case="delivery.gave_up", facts={"why": str(why)}
        )
    return Result(
        work=work,
        state=state,
        due_at=now + backoff(work.attempts, why.after),
        give_up_at=give_up_at,
        error=str(why),
        down=why.down and not unknown,
        unknown=unknown,
        after=why.after,
    )


def backoff(tries: int, after: float | None = None) -> timedelta:
    """Half to one and a half times 1 s, 2 s, 4 s ... up to five minutes; never sooner than the other side asked."""
    wait = min(_CEILING, timedelta(seconds=2 ** min(tries - 1, 12))) * random.uniform(0.5, 1.5)  # noqa: S311 - spread
    return max(wait, timedelta(seconds=after or 0))


def _keep(route: Route, works: list[DeliveryWork]) -> dict[int, Blob]:
    """What we send is kept before it is sent."""
    with route.archive.keeping() as keep:
        return {work.id: keep(io.BytesIO(work.content or b"")) for work in works}
