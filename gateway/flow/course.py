"""The course of an interchange: whether it goes on as a whole, by who sent it, what came before and whether it is whole.

Pure rules, as those of `decide` are. `waived` are reasons that are let pass: a person released them, or a dry run asks
no such question.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

import msgspec

from gateway.flow.interpret import GroupFound, InterchangeFound
from gateway.flow.past import Earlier, Here, Past, control_key
from gateway.ledger.states import Processing
from gateway.model.catalogue import finding
from gateway.model.finding import Finding, Severity, has_errors
from gateway.profiles.agreement import Agreement, OnDuplicate
from gateway.x12.reading import InterchangeHeader
from gateway.x12.verdict import GroupVerdict, InterchangeVerdict, judge_interchange, under

Judged = Sequence[tuple[GroupVerdict, Agreement]]


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """How the interchange as a whole is taken: `stop` is the state that all of its sets get, None where each has its own.

    `reason` is why it stops, or what it goes on in spite of; `notes` are what this adds to the findings of the
    interchange; `earlier` is the one whose answer a duplicate gets again.
    """

    verdict: InterchangeVerdict
    stop: Processing | None = None
    reason: Finding | None = None
    notes: tuple[Finding, ...] = ()
    earlier: Earlier | None = None

    @property
    def answers(self) -> bool:
        """Whether answers of its own are due: what waits has none yet, and a duplicate gets those of the first time."""
        return self.stop not in (Processing.HELD, Processing.DUPLICATE)

    def judged(self, groups: Sequence[GroupFound]) -> Judged:
        """The verdicts on its groups once it is judged itself, each with its agreement."""
        return [(under(group.verdict, self.verdict), group.agreement) for group in groups]


def course_of(
    found: InterchangeFound, groups: Sequence[GroupFound], past: Past, here: Here, *, waived: Container[str] = ()
) -> Course:
    """Whether its sets go on at all: who sent it, what came before, whether it is whole and there is anything in it."""
    read, verdict, of_sender = found.read, found.verdict, found.parties.hold
    notes = () if of_sender is None else (_as_warning(of_sender) if of_sender.code in waived else of_sender,)
    # Whatever is agreed, of an interchange that is refused nothing could go on: its sender learns that, and nobody waits.
    holds = (of_sender, *(group.hold for group in groups if verdict.code != "R"))
    hold = next((hold for hold in holds if hold is not None and hold.code not in waived), None)
    if hold is not None:
        return Course(verdict=verdict, stop=Processing.HELD, reason=hold, notes=notes)
    earlier = _earlier(read.interchange, read.sha256, past, here, found.agreement)
    if earlier is not None and "duplicate.control_number" not in waived:
        return _came_before(found, groups, earlier, notes, waived)
    return _by_itself(verdict, found, groups, notes)


def _earlier(header: InterchangeHeader, sha256: str, past: Past, here: Here, agreement: Agreement) -> Earlier | None:
    """The one that counts: the same bytes first; another one only where this partner counts up."""
    key, days = control_key(header, sha256), agreement.duplicate_window_days
    same = past.same_bytes(here, key, sha256, days)
    return same if same or agreement.reuses_control_numbers else past.same_number(here, key, days)


def _came_before(
    found: InterchangeFound,
    groups: Sequence[GroupFound],
    earlier: Earlier,
    notes: tuple[Finding, ...],
    waived: Container[str],
) -> Course:
    """What was agreed for one that came before."""
    verdict, said = found.verdict, _said_of_earlier(found.read.interchange, earlier)
    agreed = _on_duplicate(found.agreement, earlier, found.read.interchange.usage)
    if agreed is not OnDuplicate.REJECT:
        said = msgspec.structs.replace(said, ack=None)  # no TA1 tells of it
    # Where a person let the same bytes pass, they are answered as the first time and done once.
    match OnDuplicate.DUPLICATE if said.code in waived else agreed:
        case OnDuplicate.DUPLICATE:
            stop = Processing.DUPLICATE
            return Course(verdict=verdict, stop=stop, reason=said, notes=(*notes, said), earlier=earlier)
        case OnDuplicate.HOLD:
            return Course(verdict=verdict, stop=Processing.HELD, reason=said, notes=(*notes, said))
        case OnDuplicate.WARN:
            odd = _as_warning(said)
            course = _by_itself(verdict, found, groups, (*notes, odd))
            return msgspec.structs.replace(course, reason=course.reason or odd)
        case OnDuplicate.REJECT:
            refused = judge_interchange(found.read, (said,))
            return _by_itself(refused, found, groups, (*notes, said))


def _on_duplicate(agreement: Agreement, earlier: Earlier, usage: str) -> OnDuplicate:
    if earlier.same_bytes:
        return agreement.on_duplicate_file
    return agreement.on_duplicate_interchange_test if usage == "T" else agreement.on_duplicate_interchange


def _said_of_earlier(header: InterchangeHeader, earlier: Earlier) -> Finding:
    if not header.control:
        return finding("file.duplicate", earlier=earlier.file)
    return finding(
        "duplicate.interchange" if earlier.same_bytes else "duplicate.control_number",
        control=header.control,
        sender=header.sender,
        earlier=earlier.file,
        segment="ISA",
        element=13,
        offset=header.offset_of(13),
        value=header.control,
    )


def _by_itself(
    verdict: InterchangeVerdict, found: InterchangeFound, groups: Sequence[GroupFound], notes: tuple[Finding, ...]
) -> Course:
    """Refused by its own syntax, or because nothing is in it; else each set has its own fate."""
    if verdict.code == "R":
        return Course(verdict=verdict, stop=Processing.REJECTED, reason=verdict.reason, notes=notes)
    if not found.read.ta1 and not any(group.read.counted or has_errors(group.verdict.findings) for group in groups):
        header = found.read.interchange
        nothing = finding("file.no_sets", control=header.control, segment="ISA", offset=header.offset)
        refused = judge_interchange(found.read, (nothing,))
        return Course(verdict=refused, stop=Processing.REJECTED, reason=nothing, notes=(*notes, nothing))
    return Course(verdict=verdict, notes=notes)


def _as_warning(said: Finding) -> Finding:
    return msgspec.structs.replace(said, severity=Severity.WARNING, ack=None)
