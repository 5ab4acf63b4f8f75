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


# A person's verbs (release, replay, reject) are why held and rejected have ways back.
PROCESSING = {
    Processing.RECEIVED: {
        Processing.TRANSLATED,
        Processing.TAKEN,
        Processing.REJECTED,
        Processing.DUPLICATE,
        Processing.HELD,
    },
    Processing.HELD: {Processing.RECEIVED, Processing.TRANSLATED, Processing.REJECTED},
    Processing.REJECTED: {Processing.RECEIVED},
    Processing.TRANSLATED: {Processing.RECEIVED},  # a file, read again for an interchange of it that a person released
    Processing.TAKEN: set[Processing](),
    Processing.DUPLICATE: {Processing.RECEIVED},  # a file, likewise
}
DELIVERING = {
    Delivering.PROVISIONAL: {Delivering.READY, Delivering.CANCELLED},
    Delivering.READY: {Delivering.IN_FLIGHT, Delivering.CANCELLED},
    Delivering.IN_FLIGHT: {Delivering.DONE, Delivering.RETRY, Delivering.READY, Delivering.IN_DOUBT, Delivering.DEAD},
    Delivering.RETRY: {Delivering.IN_FLIGHT, Delivering.CANCELLED},
    Delivering.IN_DOUBT: {Delivering.IN_FLIGHT, Delivering.CANCELLED},
    Delivering.DEAD: {Delivering.IN_DOUBT, Delivering.CANCELLED, Delivering.DONE},
    Delivering.DONE: set[Delivering](),
    Delivering.CANCELLED: set[Delivering](),
}
OWED = {
    Owed.NONE: {Owed.GENERATED},
    Owed.GENERATED: {Owed.SENT},
    Owed.SENT: {Owed.CONFIRMED},
    Owed.CONFIRMED: set[Owed](),
}
EXPECTED = {
    Expected.NONE: {Expected.WAITING},
    Expected.WAITING: {Expected.ACCEPTED, Expected.WITH_ERRORS, Expected.PARTIAL, Expected.REJECTED, Expected.OVERDUE},
    Expected.OVERDUE: {Expected.ACCEPTED, Expected.WITH_ERRORS, Expected.PARTIAL, Expected.REJECTED},
    Expected.ACCEPTED: set[Expected](),
    Expected.WITH_ERRORS: set[Expected](),
    Expected.PARTIAL: set[Expected](),
    Expected.REJECTED: set[Expected](),
}
CASES = {
    CaseState.OPEN: {CaseState.WAITING, CaseState.SNOOZED, CaseState.RESOLVED, CaseState.IGNORED},
    CaseState.WAITING: {CaseState.OPEN, CaseState.SNOOZED, CaseState.RESOLVED, CaseState.IGNORED},
    CaseState.SNOOZED: {CaseState.OPEN, CaseState.RESOLVED, CaseState.IGNORED},
    CaseState.RESOLVED: {CaseState.OPEN},
    CaseState.IGNORED: {CaseState.OPEN},
}

State = TypeVar("State", Processing, Delivering, Owed, Expected, CaseState)


def sources(table: dict[State, set[State]], target: State) -> tuple[State, ...]:
    """The states from which `target` may be reached: what an UPDATE names in its WHERE."""
    return tuple(state for state, targets in table.items() if target in targets)


# What the claim may take, and what is still unfinished, for each table that carries work.
CLAIMABLE = (Delivering.READY, Delivering.RETRY, Delivering.IN_DOUBT)
OPEN_DELIVERIES = (
    Delivering.PROVISIONAL,
    Delivering.READY,
    Delivering.IN_FLIGHT,
    Delivering.RETRY,
    Delivering.IN_DOUBT,
)
OPEN_CASES = (CaseState.OPEN, CaseState.WAITING, CaseState.SNOOZED)
