"""A dry run told to people: every verdict in a line of words, every problem under the segment it is in, then what would happen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from gateway.flow.decide import said_of
from gateway.flow.interpret import GroupFound, InterchangeFound, SetFound
from gateway.ledger.states import Processing
from gateway.model.finding import Finding, Who
from gateway.model.outcomes import Refused
from gateway.terminal.dryrun import DryRun, Settled
from gateway.terminal.mask import masked_acknowledgment
from gateway.terminal.most import MOST, Most
from gateway.terminal.tally import Result, Tally
from gateway.terminal.tell import answering, posting, unanswerable
from gateway.terminal.wording import WORDINGS, Wording
from gateway.x12.charset import printable
from gateway.x12.reading import InterchangeHeader, Unreadable

_SETS: Final = {"A": "accepted", "E": "accepted with errors", "R": "rejected"}
_GROUPS: Final = {
    "A": "accepted",
    "E": "accepted with errors",
    "P": "partly accepted",
    "R": "rejected, nothing of it goes on",
}
_ACTS: Final = {Who.PARTNER: "the partner", Who.US: "us", Who.ERP: "the ERP's people"}
_STOPPED: Final = {
    Processing.HELD: "held, until a person decides",
    Processing.DUPLICATE: "a duplicate, not processed again",
    Processing.REJECTED: "rejected",
}
_OUTCOMES: Final = {"partial": "accepted in part", "duplicate": "a duplicate"}
_COLOURS: Final = {"rejected": "31", "error": "31", "held": "33", "warning": "33", "accepted": "32"}


class Page:
    """Prints as the file is read, and of what there is much only the first, so that the file's size does not matter.

    `show` shows free text, `colour` says a word twice.
    """

    def __init__(self, say: Callable[[str], None], *, show: bool, colour: bool) -> None:
        self._say = say
        self._show = show
        self._colour = colour
        self._interchange = 0
        self._wording: Wording = WORDINGS["x12"]
        self._following: list[str] = []
        self._most = Most()

    def tell(self, run: DryRun) -> Result:
        """Everything about one file; what became of it."""
        tally = Tally()
        for step in run.steps():
            if isinstance(step, Unreadable):
                tally.unreadable(step)
                for found in self._told(step.findings):
                    self._finding(found, "")
                continue
            self._begin(step.found if isinstance(step, Settled) else step, WORDINGS[run.file.format])
            if isinstance(step, SetFound):
                self._set(run, step)
            elif isinstance(step, GroupFound):
                self._group(run, step)
            else:
                self._settled(run, step, tally)
        result = tally.result(run)
        self._sum_up(run, result)
        return result

    def _begin(self, found: SetFound | GroupFound | InterchangeFound, wording: Wording) -> None:
        """The interchange that the next lines are about."""
        header = found.read.interchange
        if header.ordinal != self._interchange:
            self._interchange = header.ordinal
            self._wording = wording
            self._line(wording.head(header, found.agreement))

    def _set(self, run: DryRun, found: SetFound) -> None:
        findings = self._told(found.findings)
        if not self._most.has_room("documents", anyway=bool(findings)):
            return
        verdict = _SETS[found.verdict.code]
        self._line(f"  {self._wording.of_set(found)}: {verdict}", verdict)
        header = found.read.interchange
        self._findings(run, findings, header, "    ", lambda each: _named(run, found, each))

    def _group(self, run: DryRun, found: GroupFound) -> None:
        findings = self._told(found.findings)
        if not self._most.has_room("groups", anyway=bool(findings)):
            return
        said = _GROUPS[found.verdict.code]
        self._line(f"  {self._wording.of_group(found)}: {said}", said)
        self._findings(run, findings, found.read.interchange, "    ")

    def _settled(self, run: DryRun, settled: Settled, tally: Tally) -> None:
        course, read = settled.course, settled.found.read
        self._findings(run, self._told(settled.findings), read.interchange, "  ")
        if course.stop is not None:
            self._line(f"  The {self._wording.whole} is {_STOPPED[course.stop]}.", _STOPPED[course.stop])
        for ta1 in read.ta1:
            self._line(f"  A TA1 about our interchange {ta1.control}: {ta1.code} {ta1.note}, taken.")
        for one, fate in tally.settle(settled):
            name = f"{one.verdict.set_id} {one.verdict.control}"
            owed = posting(one, fate)
            if owed is not None:
                self._follows(f"{owed.kind} {one.number or ''} is posted to {owed.target} (key {owed.key})", "postings")
            elif (said := said_of(fate, one, course)) is not None:
                if findings := self._told((said,)):
                    self._line(f"  {name} goes no further")
                    self._findings(run, findings, read.interchange, "    ")
            elif fate.state is Processing.TAKEN:
                self._follows(f"{name} is taken, not answered", "acknowledgments taken")
        try:
            self._answers(settled)
        except Refused as refused:
            self._findings(run, (unanswerable(refused),), read.interchange, "  ")

    def _answers(self, settled: Settled) -> None:
        for answer in settled.answers:
            shown = [segment for segment in answer.content if self._most.has_room("segments of acknowledgments")]
            text = b"".join(shown).decode("latin-1")
            if not self._show:
                text = masked_acknowledgment(text, answer.separators)
            target = answering(answer, settled).target
            where = f"to outbox/{target.removeprefix('channel:')}" if target else "to the sender"
            self._following.append(f"a {answer.kind} goes {where}, here with placeholder numbers and date:")
            broken = text.replace(answer.separators.segment, answer.separators.segment + "\n")
            self._following += [f"    {line.strip()}" for line in broken.splitlines() if line.strip()]

    def _follows(self, line: str, kind: str) -> None:
        """One line of what would happen, where there is room for it."""
        if self._most.has_room(kind):
            self._following.append(line)

    def _told(self, findings: Iterable[Finding]) -> list[Finding]:
        """Those that there is room for, by severity: so no error goes under in warnings."""
        return [found for found in findings if self._most.has_room(f"{found.severity}s")]

    def _findings(
        self,
        run: DryRun,
        findings: Iterable[Finding],
        header: InterchangeHeader,
        indent: str,
        name: Callable[[Finding], str | None] = lambda _: None,
    ) -> None:
        """Each problem: where it is, the segment with a caret under it, what is wrong, what to do."""
        for found in findings:
            shown = found if self._show else run.shown(found)
            self._finding(shown, indent, name(found), run.quoted(found, header, show=self._show))

    def _finding(self, found: Finding, indent: str, name: str | None = None, quoted: Sequence[str] = ()) -> None:
        where = ", ".join(_where(found, name))
        self._line(f"{indent}{found.severity}{': ' if where else ''}{where}", str(found.severity))
        for line in quoted:
            self._line(f"{indent}    {line}")
        for line in _words(found):
            self._line(f"{indent}  {line}")

    def _letters(self, run: DryRun) -> None:
        """The answer files: the text in full; of the table beside it, that there is one."""
        channel, letters = run.letters(show=self._show)
        where = f"to outbox/{channel}" if channel else "to the sender"
        for letter in letters:
            if letter.kind != "text":
                self._following.append(f"{letter.name} goes {where}: every problem by row")
                continue
            self._following.append(f"{letter.name} goes {where}, here with a placeholder number and date:")
            self._following += [f"    {line}".rstrip() for line in letter.content.decode("utf-8-sig").splitlines()]

    def _sum_up(self, run: DryRun, result: Result) -> None:
        self._letters(run)
        if self._following:
            self._line("")
            self._line("What would happen:")
            for line in self._following:
                self._line(f"  {line}")
        self._line("")
        if left_out := self._most.left_out():
            self._line(
                f"Not shown, after the first {MOST} of each: {left_out}. --json tells all of it, --summary counts it."
            )
        reason = result.reason if result.reason is None or self._show else run.shown(result.reason)
        because = "" if reason is None else f": {reason.message}"
        outcome = _OUTCOMES.get(result.outcome, result.outcome)
        self._line(f"{run.asked.file.name} would be {outcome}{because}", outcome)
        partner = result.partner or "unknown"
        self._line(f"  partner {partner}, {result.format}, {run.size} bytes, {run.consumed} of them accounted for")

    def _line(self, text: str, word: str = "") -> None:
        """One line, of which only our own colour of `word`, where it stands last, may steer the terminal."""
        text = printable(text)
        colour = next((colour for start, colour in _COLOURS.items() if word.startswith(start)), None)
        if self._colour and colour:
            before, found, after = text.rpartition(word)
            text = f"{before}\x1b[{colour}m{found}\x1b[0m{after}"
        self._say(text)


def _where(found: Finding, name: str | None) -> Iterator[str]:
    """Where a person sees it: segment 9, IT102 "quantity invoiced", byte 812; row 3, column Qty."""
    if found.row is not None:
        yield f"row {found.row}"
        if found.column:
            yield f"column {found.column}"
        return
    if found.position is not None:
        yield f"segment {found.position}"
    if found.segment:
        place = found.segment + (f"{found.element:02}" if found.element else "")
        yield place + (f' "{name}"' if name else "")
    if found.component is not None:
        yield f"component {found.component}"
    if found.repetition is not None:
        yield f"repetition {found.repetition}"
    if found.offset is not None:
        yield f"byte {found.offset}"


def _words(found: Finding) -> Iterator[str]:
    yield found.message
    if found.expected:
        yield f"Expected: {found.expected}"
    if found.fix:
        yield f"What to do ({_ACTS[found.who]}): {found.fix}"


def _named(run: DryRun, found: SetFound, said: Finding) -> str | None:
    """What the element, or the segment, is called."""
    set_map = run.maps.get(found.read.set_id, found.read.group.release)
    rule = set_map.ids.get(said.segment or "") if set_map else None
    if rule is None:
        return None
    place = said.element or 0
    return rule.elements[place - 1].name if 0 < place <= len(rule.elements) else rule.name if not place else None
