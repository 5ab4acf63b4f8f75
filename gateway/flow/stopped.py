"""What of an interchange as a whole is for a person to see, once, however many sets are in it."""

from __future__ import annotations

from gateway.flow.course import Course, Judged
from gateway.flow.decide import first_error
from gateway.ledger.states import Processing
from gateway.model.finding import Finding

_STRAY = frozenset({"envelope.stray_segments", "envelope.stray_group_segments"})


def stopped_by(course: Course, groups: Judged) -> list[Finding]:
    """What stopped the interchange as a whole, or whole groups of it: each for a person to see once, however many sets there are."""
    if course.stop is not None:
        return [] if course.stop is Processing.DUPLICATE or course.reason is None else [course.reason]
    return list(refused_groups(course, groups).values())


def refused_groups(course: Course, groups: Judged) -> dict[int, Finding]:
    """Why groups are refused as a whole, by their ordinal; none where it is the interchange that stops."""
    judged = (verdict for verdict, _ in groups if verdict.code == "R" and course.stop is None)
    why = {verdict.group.ordinal: first_error(verdict.findings) for verdict in judged}
    return {ordinal: found for ordinal, found in why.items() if found is not None}


def passed_over(course: Course, groups: Judged) -> list[Finding]:
    """Segments that stood where nothing is read, in what goes on all the same: a whole document may be among them."""
    if course.stop is not None:
        return []
    told = [*course.verdict.findings, *(found for one, _ in groups if one.code != "R" for found in one.findings)]
    return [found for found in told if found.code in _STRAY and not _is_lone_trailer(found)]


def _is_lone_trailer(found: Finding) -> bool:
    """A trailer that stands twice closes nothing, and nothing is lost with it."""
    return found.segment in ("SE", "GE") and (found.facts or {}).get("count") == 1
