"""Decide: what becomes of each set of an interchange once its course is known, and which answers are due.

Pure rules that the daemon and `explain` share. What came before is asked of a `Past`: the ledger, or the file itself.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from gateway.flow.course import Course, Judged
from gateway.flow.past import Here, Past, Reserved
from gateway.ledger.states import Processing
from gateway.model.catalogue import finding
from gateway.model.finding import Finding, Severity
from gateway.profiles.agreement import Agreement, OnDuplicate
from gateway.x12.charset import opening
from gateway.x12.verdict import GroupVerdict, InterchangeVerdict, SetVerdict, acknowledges, ta1_due, unacknowledged

# What is wrong with every set of a group because something is wrong with the group: told once, with the group.
_FOLLOWS_FROM = {
    "envelope.set_unsupported": "envelope.version_unsupported",
    "envelope.set_misplaced": "envelope.group_unsupported",
}

LONGEST_NUMBER: Final = 40
"""Characters of a document's number that a message shows."""


class SetToDecide(Protocol):
    """What the rules look at of a set; `duplicate_key` is its usage and business key, None where it has no document."""

    @property
    def group_ordinal(self) -> int:
        """Its group in the interchange."""

    @property
    def verdict(self) -> SetVerdict:
        """What its own syntax deserves, with everything that was found in it."""

    @property
    def number(self) -> str | None:
        """The document's number."""

    @property
    def duplicate_key(self) -> str | None:
        """What makes a document the same one again."""

    @property
    def content_sha(self) -> str | None:
        """What it says."""

    @property
    def on_duplicate(self) -> OnDuplicate:
        """What was agreed for other content under the same number."""


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a set, and the reason where it does not go on; `with_group`: it is that of its group, which is told there."""

    state: Processing
    reason: Finding | None = None
    with_group: bool = False


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """The answers to one interchange: what a TA1 tells, the groups that one 997 or 999 answers, and why the others get none."""

    ta1: InterchangeVerdict | None
    groups: Judged
    none: dict[int, str]


# Its sets


def fates(
    part: Sequence[SetToDecide], groups: Mapping[int, GroupVerdict], course: Course, past: Past, here: Here
) -> list[Fate]:
    """What becomes of each of these sets; a business key that one of them takes is taken for those after it."""
    past.recall((), (one.duplicate_key for one in part))
    decided = []
    for one in part:
        fate = _fate(one, groups.get(one.group_ordinal), course, past, here)
        if fate.state is Processing.TRANSLATED and one.duplicate_key is not None:
            past.reserve(here, one.duplicate_key, one.content_sha or "")
        decided.append(fate)
    return decided


def _fate(one: SetToDecide, group: GroupVerdict | None, course: Course, past: Past, here: Here) -> Fate:
    if course.stop is not None:
        return Fate(state=course.stop, reason=course.reason)
    if group is not None and group.code == "R" and _falls_with(group, one):
        return Fate(state=Processing.REJECTED, reason=first_error(group.findings), with_group=True)
    if group is None or not group.processes(one.verdict):
        return Fate(state=Processing.REJECTED, reason=_why_refused(one, group))
    if not acknowledges(group.group.functional_id):
        return Fate(state=Processing.TAKEN)
    if one.duplicate_key is None:
        return Fate(state=Processing.REJECTED, reason=finding("document.none", kind=one.verdict.set_id))
    earlier = past.reserved(here, one.duplicate_key, one.content_sha or "")
    return Fate(state=Processing.TRANSLATED) if earlier is None else _fate_of_repeated(one, earlier)


def _falls_with(group: GroupVerdict, one: SetToDecide) -> bool:
    """Whether nothing is wrong with the set but what is wrong with its refused group."""
    first = first_error(one.verdict.findings)
    follows = first is not None and _FOLLOWS_FROM.get(first.code) in {found.code for found in group.findings}
    return one.verdict.code != "R" or follows


def _why_refused(one: SetToDecide, group: GroupVerdict | None) -> Finding | None:
    """Its first error. Of an acknowledgment the case alone tells: nothing answers it."""
    first = first_error(one.verdict.findings)
    if first is None or group is None or acknowledges(group.group.functional_id):
        return first
    place: dict[str, Any] = {
        "segment": first.segment,
        "position": first.position,
        "element": first.element,
        "offset": first.offset,
    }
    kind, control = one.verdict.set_id, one.verdict.control
    return finding("acknowledgment.broken", kind=kind, control=control, why=first.message, **place)


def _fate_of_repeated(one: SetToDecide, earlier: Reserved) -> Fate:
    """The same content is a duplicate; other content under the same key never goes on without a person."""
    number = opening(one.number or "", LONGEST_NUMBER)
    facts: dict[str, Any] = {"kind": one.verdict.set_id, "number": number, "earlier": earlier.file}
    if earlier.same_content:
        return Fate(state=Processing.DUPLICATE, reason=finding("duplicate.document", **facts))
    states = {OnDuplicate.REJECT: Processing.REJECTED, OnDuplicate.DUPLICATE: Processing.DUPLICATE}
    return Fate(state=states.get(one.on_duplicate, Processing.HELD), reason=finding("duplicate.conflict", **facts))


def said_of(fate: Fate, one: SetToDecide, course: Course) -> Finding | None:
    """What the end of the interchange has to say of one set that reading it did not."""
    told = course.stop is not None or fate.with_group or fate.reason in one.verdict.findings
    return None if told else fate.reason


def first_error(findings: Iterable[Finding]) -> Finding | None:
    """The first that is more than a warning."""
    return next((found for found in findings if found.severity is Severity.ERROR), None)


# What follows


def state_of(reached: Container[Processing]) -> Processing:
    """What became of a whole whose parts reached these states; without any it is of no use to anybody."""
    if Processing.TAKEN in reached:
        return Processing.TRANSLATED
    order = (Processing.TRANSLATED, Processing.HELD, Processing.DUPLICATE)
    return next((state for state in order if state in reached), Processing.REJECTED)


def answers_due(course: Course, groups: Judged, agreement: Agreement) -> Due:
    """Which answers are due: at most one TA1, and one answer to all groups that get one."""
    if not course.answers:
        why = "held" if course.stop is Processing.HELD else "duplicate"
        return Due(ta1=None, groups=(), none={verdict.group.ordinal: why for verdict, _ in groups})
    none = {
        verdict.group.ordinal: reason
        for verdict, agreed in groups
        if (reason := unacknowledged(agreed.acknowledgment, verdict.group.functional_id, course.verdict))
    }
    due = [(verdict, agreed) for verdict, agreed in groups if verdict.group.ordinal not in none]
    ta1 = course.verdict if ta1_due(agreement.ta1, course.verdict) else None
    return Due(ta1=ta1, groups=due, none=none)
