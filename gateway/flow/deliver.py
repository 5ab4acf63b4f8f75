"""Deliver: pay what is owed. Claim (the intent is durable), do it, write down what came of it (commit 3)."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import chain
from threading import Event

import msgspec
import structlog

from gateway.failpoints import failpoint
from gateway.flow.parcels import parcels_of
from gateway.flow.route import Route
from gateway.flow.settled import Result, settle_results
from gateway.flow.targets import is_open
from gateway.ledger.claim import DeliveryWork, canonical_of, claim_deliveries
from gateway.ledger.states import Delivering
from gateway.model.outcomes import OutcomeUnknown, Refused, TryLater
from gateway.ports import Blob, Booked, Erp, Posting, Sent

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
    failpoint("outbox.claimed")
    blobs, outcomes = _send(route, channel, works)
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
    failpoint("erp.claimed")
    # While the target is known to be down, a try spends nobody's time.
    one_try = _Try(route=route, down=Event(), budget=None if may == "probe" else budget, canonical=canonical)
    results = _at_once(one_try.post, works, threads=min(concurrency, len(works)), name=f"erp-{target}")
    failpoint("erp.answered")
    with route.ledger.write() as tx:
        settle_results(tx, results, {})
    return len(works)


def _at_once(
    post: Callable[[DeliveryWork], Result], works: list[DeliveryWork], *, threads: int, name: str
) -> list[Result]:
    """Post all of these, some at a time: each thread takes the next that is left, so that a slow one holds up no other."""
    left = iter(works)  # shared by the threads: an iterator gives each of its items to one of them

    def take_turns(_thread: int) -> list[Result]:
        return [post(work) for work in left]

    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name) as pool:
        return list(chain.from_iterable(pool.map(take_turns, range(threads))))


def _send(
    route: Route, channel: str, works: list[DeliveryWork]
) -> tuple[dict[int, Blob], Sequence[Sent | Refused | TryLater]]:
    """What we send is kept before it is sent."""
    parcels = parcels_of(route, channel, works)
    try:
        with route.archive.keeping() as keep:
            blobs = {parcel.delivery: keep(io.BytesIO(parcel.content)) for parcel in parcels}
        failpoint("outbox.kept")
        return blobs, route.outlet(channel).send(parcels)
    except TryLater as later:
        return {}, [later] * len(works)
    except Exception as error:  # the one place: a fault of ours must not leave debts in flight
        log.exception("channel.failed", channel=channel)
        return {}, [TryLater(f"{type(error).__name__}: {error}")] * len(works)


class _Try(msgspec.Struct, frozen=True, kw_only=True):
    """One batch of postings to one ERP; `down` is set by the first that finds the target down, and spares the rest."""

    route: Route
    down: Event
    budget: timedelta | None
    canonical: dict[int | None, bytes]

    def post(self, work: DeliveryWork) -> Result:
        """One document: looked up first where an earlier try may have succeeded."""
        now = self.route.ledger.now()
        in_doubt = Delivering.IN_DOUBT if work.doubtful else Delivering.RETRY
        if self.down.is_set():
            return Result(work=work, state=Delivering.IN_DOUBT if work.doubtful else Delivering.READY, due_at=now)
        try:
            booked = self._ask(work)
            failpoint("erp.booked")
        except Refused as refused:
            return Result(work=work, state=Delivering.DEAD, error=str(refused), case=refused.code, facts=refused.facts)
        except TryLater as later:
            unknown = isinstance(later, OutcomeUnknown)
            if later.down and not unknown:
                self.down.set()
            return _again(work, later, now, self.budget, Delivering.IN_DOUBT if unknown else in_doubt)
        except Exception as error:  # the one place: a fault of ours is an unknown outcome
            log.exception("erp.failed", delivery=work.id)
            unknown_outcome = OutcomeUnknown(f"{type(error).__name__}: {error}")
            return _again(work, unknown_outcome, now, self.budget, Delivering.IN_DOUBT)
        return Result(work=work, state=Delivering.DONE, reference=booked.reference)

    def _ask(self, work: DeliveryWork) -> Booked:
        erp = self._erp(work.target)
        posting = _posting(work, self.canonical)
        return (erp.find(posting) if work.doubtful else None) or erp.submit(posting)

    def _erp(self, target: str) -> Erp:
        """A target that cannot be opened is down as a whole: it refuses nobody's document."""
        try:
            return self.route.erp(target)
        except Refused as refused:
            raise TryLater(str(refused), down=True) from refused


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
