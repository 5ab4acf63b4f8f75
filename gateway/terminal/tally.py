"""What becomes of a file as a whole, counted as its sets are decided: the outcome, and in one finding why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from gateway.flow.decide import Fate
from gateway.flow.file import Format
from gateway.flow.stopped import stopped_by
from gateway.ledger.states import Processing
from gateway.model.finding import Finding
from gateway.terminal.dryrun import DryRun, Settled
from gateway.terminal.report import Outcome
from gateway.terminal.shelf import SetSeen
from gateway.x12.reading import Unreadable

_GOES_ON = (Processing.TRANSLATED, Processing.TAKEN)
# Where nothing goes on, the first of these that anything reached names the outcome.
_STOPPED: tuple[tuple[Processing, Outcome], ...] = (
    (Processing.HELD, "held"),
    (Processing.DUPLICATE, "duplicate"),
    (Processing.REJECTED, "rejected"),
)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the file; `said` is a finding about the file itself that stands in no part of it."""

    format: Format
    partner: str | None
    outcome: Outcome
    reason: Finding | None
    said: Finding | None = None

    @property
    def in_words(self) -> str | None:
        """The reason as its code and its sentence."""
        return None if self.reason is None else f"{self.reason.code}: {self.reason.message}"


class Tally:
    """Counts sets by what becomes of them; an interchange or group that holds none counts as one where it is stopped."""

    def __init__(self) -> None:
        self.states: Counter[Processing] = Counter()
        self._reasons: dict[Processing, Finding] = {}
        self._partner: str | None = None
        self._interchanges = 0
        self._unreadable: list[Finding] = []

    def settle(self, settled: Settled) -> Iterator[tuple[SetSeen, Fate]]:
        """Its sets with their fates, counted on the way."""
        self._interchanges += 1
        partner, course = settled.found.parties.partner, settled.course
        self._partner = self._partner or (partner.name if partner else None)
        counted = self.states.total()
        for one, fate in settled.fates:
            self._count(fate.state, fate.reason)
            yield one, fate
        if settled.found.read.ta1:
            self._count(Processing.TAKEN, None)
        for found in stopped_by(course, settled.groups):
            self._because(course.stop or Processing.REJECTED, found)
        for group, _ in settled.groups if course.stop is None else ():
            if group.code == "R" and not group.counted:
                self._count(Processing.REJECTED, None)
        if self.states.total() == counted:
            self._count(course.stop or Processing.REJECTED, course.reason)

    def unreadable(self, part: Unreadable) -> None:
        """Bytes that are no interchange."""
        self._unreadable += part.findings[: max(0, 1 - len(self._unreadable))]

    def _count(self, state: Processing, reason: Finding | None) -> None:
        self.states[state] += 1
        self._because(state, reason)

    def _because(self, state: Processing, reason: Finding | None) -> None:
        if reason is not None:
            self._reasons.setdefault(state, reason)

    def result(self, run: DryRun) -> Result:
        """What became of the file, once the pass is through."""
        if not self._interchanges:
            return self._nothing(run)
        lost = next(iter(self._unreadable), None)
        stopped = [(state, outcome) for state, outcome in _STOPPED if self.states[state]]
        reason = next((self._reasons[state] for state, _ in stopped if state in self._reasons), lost)
        if any(self.states[state] for state in _GOES_ON):
            outcome: Outcome = "partial" if stopped or lost else "accepted"
        else:
            outcome = stopped[0][1] if stopped else "rejected"
        return Result(format=run.file.format, partner=self._partner, outcome=outcome, reason=reason)

    def _nothing(self, run: DryRun) -> Result:
        """A file with no interchange in it."""
        partner, nothing = run.file.partner, run.nothing(self._unreadable)
        outcome: Outcome = "held" if nothing.state is Processing.HELD else "rejected"
        told = nothing.finding in self._unreadable
        return Result(
            format=nothing.format,
            partner=partner.name if partner else None,
            outcome=outcome,
            reason=nothing.finding,
            said=None if told else nothing.finding,
        )
