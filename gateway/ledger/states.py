"""The five independent fields of state and the only ways they may change. Everything that changes a state asks here."""

from enum import StrEnum
from typing import TypeVar


class Processing(StrEnum):
    """Where a file, an interchange or a document stands."""

    RECEIVED = "received"  # ours, not read to the end yet
    TRANSLATED = "translated"  # read, at least one set accepted (a document: accepted)
    TAKEN = "taken"  # an acknowledgment of our own files, taken and never answered
    REJECTED = "rejected"  # not usable; the sender or a person must act
    DUPLICATE = "duplicate"  # came before; answered as the first time, processed once
    HELD = "held"  # stopped by intention, waits for a person


class Delivering(StrEnum):
    """Where a debt stands."""

    PROVISIONAL = "provisional"  # its interchange is not read to the end yet
    READY = "ready"
    IN_FLIGHT = "in_flight"  # handed to a thread; after a crash this means: in doubt
    RETRY = "retry"  # failed in a way that time may heal
    IN_DOUBT = "in_doubt"  # the other side may have done it: look up first
    DONE = "done"
    DEAD = "dead"  # gave up; its case says why
    CANCELLED = "cancelled"  # a person said it shall not happen


class Owed(StrEnum):
    """The acknowledgment we owe for a group or an interchange."""

    NONE = "n/a"  # `no_ack_reason` says why
    GENERATED = "generated"
    SENT = "sent"
    CONFIRMED = "confirmed"


class Expected(StrEnum):
    """The acknowledgment owed to us for what we sent."""

    NONE = "n/a"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    WITH_ERRORS = "accepted with errors"
    PARTIAL = "partial"
    REJECTED = "rejected"
    OVERDUE = "overdue"


class CaseState(StrEnum):
    """Where a case stands; "none" is the absence of a case."""

    OPEN = "open"
    WAITING = "waiting on partner"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    IGNORED = "ignored"


P, D, O, X, C = Processing, Delivering, Owed, Expected, CaseState

# A person's verbs (release, replay, reject) are why held and rejected have ways back.
PROCESSING = {
    P.RECEIVED: {P.TRANSLATED, P.TAKEN, P.REJECTED, P.DUPLICATE, P.HELD},
    P.HELD: {P.RECEIVED, P.TRANSLATED, P.REJECTED},
    P.REJECTED: {P.RECEIVED},
    P.TRANSLATED: {P.RECEIVED},  # a file, read again for an interchange of it that a person released
    P.TAKEN: set[Processing](),
    P.DUPLICATE: {P.RECEIVED},  # a file, likewise
}
DELIVERING = {
    D.PROVISIONAL: {D.READY, D.CANCELLED},
    D.READY: {D.IN_FLIGHT, D.CANCELLED},
    D.IN_FLIGHT: {D.DONE, D.RETRY, D.READY, D.IN_DOUBT, D.DEAD},
    D.RETRY: {D.IN_FLIGHT, D.CANCELLED},
    D.IN_DOUBT: {D.IN_FLIGHT, D.CANCELLED},
    D.DEAD: {D.IN_DOUBT, D.CANCELLED, D.DONE},
    D.DONE: set[Delivering](),
    D.CANCELLED: set[Delivering](),
}
OWED = {
    O.NONE: {O.GENERATED},
    O.GENERATED: {O.SENT},
    O.SENT: {O.CONFIRMED},
    O.CONFIRMED: set[Owed](),
}
EXPECTED = {
    X.NONE: {X.WAITING},
    X.WAITING: {X.ACCEPTED, X.WITH_ERRORS, X.PARTIAL, X.REJECTED, X.OVERDUE},
    X.OVERDUE: {X.ACCEPTED, X.WITH_ERRORS, X.PARTIAL, X.REJECTED},
    X.ACCEPTED: set[Expected](),
    X.WITH_ERRORS: set[Expected](),
    X.PARTIAL: set[Expected](),
    X.REJECTED: set[Expected](),
}
CASES = {
    C.OPEN: {C.WAITING, C.SNOOZED, C.RESOLVED, C.IGNORED},
    C.WAITING: {C.OPEN, C.SNOOZED, C.RESOLVED, C.IGNORED},
    C.SNOOZED: {C.OPEN, C.RESOLVED, C.IGNORED},
    C.RESOLVED: {C.OPEN},
    C.IGNORED: {C.OPEN},
}

State = TypeVar("State", Processing, Delivering, Owed, Expected, CaseState)


def sources(table: dict[State, set[State]], target: State) -> tuple[State, ...]:
    """The states from which `target` may be reached: what an UPDATE names in its WHERE."""
    return tuple(state for state, targets in table.items() if target in targets)


# What the claim may take, and what is still unfinished, for each table that carries work.
CLAIMABLE = (D.READY, D.RETRY, D.IN_DOUBT)
OPEN_DELIVERIES = (D.PROVISIONAL, D.READY, D.IN_FLIGHT, D.RETRY, D.IN_DOUBT)
OPEN_CASES = (C.OPEN, C.WAITING, C.SNOOZED)
