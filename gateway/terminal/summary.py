"""A dry run told in counts: the whole work, in constant memory, whatever the size of the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from gateway.flow.decide import said_of
from gateway.flow.interpret import GroupFound, SetFound
from gateway.ledger.states import Processing
from gateway.model.finding import Finding
from gateway.model.outcomes import Refused
from gateway.terminal.dryrun import DryRun, Settled
from gateway.terminal.report import Status
from gateway.terminal.tally import Result, Tally
from gateway.terminal.tell import STATUS, posting, unanswerable

_SHOWN = 20  # codes of problems that get a line


class Counts(msgspec.Struct, kw_only=True):
    """How many of what; the same numbers as the lengths of the lists in `--json`."""

    interchanges: int = 0
    groups: int = 0
    segments: int = 0
    sets: Counter[str] = msgspec.field(default_factory=Counter)
    statuses: Counter[Status] = msgspec.field(default_factory=Counter)
    documents: Counter[str] = msgspec.field(default_factory=Counter)
    states: Counter[Processing] = msgspec.field(default_factory=Counter)
    postings: Counter[str] = msgspec.field(default_factory=Counter)
    acknowledgments: Counter[str] = msgspec.field(default_factory=Counter)
    acknowledgment_bytes: int = 0
    findings: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)

    def say(self, found: tuple[Finding, ...]) -> None:
        """Count problems, by severity and code."""
        for each in found:
            self.findings[str(each.severity), each.code] += 1


def count(run: DryRun) -> tuple[Counts, Result]:
    """Go through the file once and keep nothing of it but numbers."""
    counts, tally = Counts(), Tally()
    for step in run.steps():
        if isinstance(step, SetFound):
            _set(counts, step)
        elif isinstance(step, GroupFound):
            counts.groups += 1
        elif isinstance(step, Settled):
            _settled(counts, step, tally)
        else:
            tally.unreadable(step)
            counts.say(step.findings)
    for letter in run.letters()[1]:
        counts.acknowledgments[letter.kind] += 1
        counts.acknowledgment_bytes += len(letter.content)
    result = tally.result(run)
    counts.states = tally.states
    counts.say(() if result.said is None else (result.said,))
    return counts, result


def _set(counts: Counts, found: SetFound) -> None:
    kind = found.read.set_id
    counts.sets[kind] += 1
    counts.segments += found.read.segments
    counts.statuses[STATUS[found.verdict.code]] += 1
    if found.document is not None:
        counts.documents[kind] += 1
    if found.findings:
        counts.say(found.findings)


def _settled(counts: Counts, settled: Settled, tally: Tally) -> None:
    counts.interchanges += 1
    counts.say(settled.findings)
    for group, _ in settled.groups:
        counts.say(settled.findings_of(group))
    for one, fate in tally.settle(settled):
        owed, said = posting(one, fate), said_of(fate, one, settled.course)
        if owed is not None:
            counts.postings[owed.kind] += 1
        if said is not None:
            counts.say((said,))
    try:
        for answer in settled.answers:
            counts.acknowledgment_bytes += sum(map(len, answer.content))
            counts.acknowledgments[answer.kind] += 1
    except Refused as refused:
        counts.say((unanswerable(refused),))


def lines(run: DryRun, counts: Counts, result: Result) -> Iterator[str]:
    """The numbers, for people."""
    because = "" if result.reason is None else f" ({result.in_words})"
    yield f"{run.asked.file.name}: {result.outcome}{because}"
    yield _line("bytes", f"{run.size:,}, {run.consumed:,} of them accounted for")
    if run.file.tables:
        yield _line("rows", f"{counts.segments:,}")
    else:
        yield _line("interchanges", f"{counts.interchanges:,} with {counts.groups:,} groups")
        yield _line("sets", _listed(counts.sets, counts.segments and f", {counts.segments:,} segments"))
    if counts.statuses:
        yield _line("", ", ".join(f"{counts.statuses[name]:,} {words}" for name, words in _STATUSES.items()))
    yield _line("documents", _listed(counts.documents))
    if counts.states:
        yield _line(
            "what happens", ", ".join(f"{number:,} {_STATES[state]}" for state, number in counts.states.items())
        )
    yield _line("ERP posts", _listed(counts.postings))
    size = counts.acknowledgment_bytes
    yield _line("acknowledgments", _listed(counts.acknowledgments, size and f", {size:,} bytes"))
    yield _line("problems", f"{counts.findings.total():,}")
    for (severity, code), number in counts.findings.most_common(_SHOWN):
        yield _line("", f"{number:,} {severity} {code}")


_STATUSES: dict[Status, str] = {
    "accepted": "accepted",
    "accepted_with_errors": "accepted with errors",
    "rejected": "rejected",
}
_STATES = {
    Processing.TRANSLATED: "go on",
    Processing.TAKEN: "taken as acknowledgments",
    Processing.REJECTED: "rejected",
    Processing.HELD: "held",
    Processing.DUPLICATE: "duplicates",
}


def _line(name: str, value: str) -> str:
    return f"  {name:<16}{value}"


def _listed(counted: Counter[str], more: str | int = "") -> str:
    by_kind = ", ".join(f"{number:,} x {kind}" for kind, number in sorted(counted.items()))
    return f"{by_kind}{more or ''}" or "none"
