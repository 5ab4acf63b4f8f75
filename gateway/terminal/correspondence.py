"""The answer files a dry run would send: the daemon's own words, with a placeholder number and a fixed date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from gateway.flow.answer_file import DocumentOutcome, FileOutcome
from gateway.flow.answer_text import Quoted
from gateway.flow.course import Course
from gateway.flow.decide import Fate, said_of, state_of
from gateway.flow.file import File
from gateway.flow.interpret import GroupFound, InterchangeFound
from gateway.flow.letters import MOST_TOLD, Letter, Telling, letters, manner_of, manner_of_unread
from gateway.flow.quoting import Stretch, stretch_of
from gateway.flow.unread import nothing_to_read
from gateway.ledger.states import Processing
from gateway.model.finding import Finding
from gateway.profiles.agreement import Agreement, AnswerText, Profiles
from gateway.terminal.answer import DATE, PLACEHOLDER
from gateway.terminal.shelf import SetSeen
from gateway.x12.reading import Unreadable

_NOON: Final = DATE.replace(hour=12)  # the same day in nearly every time zone

Mask = Callable[[Finding], Finding]
"""Makes a finding fit to be shown."""


class Correspondence:
    """What would be told of one file, gathered while it is read and decided; `stretches` are its interchanges so far."""

    def __init__(self, profiles: Profiles) -> None:
        self._profiles = profiles
        self._told = Telling()
        self._lost: list[Finding] = []
        self._agreed: list[Agreement] = []
        self._states: set[Processing] = set()
        self._new = False  # whether anything in it did not come before, byte for byte
        self._delimiter = ""
        self._channel: str | None = None
        self.stretches: list[Stretch] = []

    def interchange(self, found: InterchangeFound, course: Course, groups: Sequence[GroupFound]) -> None:
        """An interchange is decided; what became of its sets follows."""
        self.stretches.append(stretch_of(found.read))
        self._told.say((*found.read.findings, *course.notes, *(each for group in groups for each in group.findings)))
        for agreed in (*(group.agreement for group in groups), found.agreement):
            if agreed.answer_text is not AnswerText.NEVER and agreed not in self._agreed:
                self._agreed.append(agreed)
        self._new |= course.earlier is None
        partner = found.parties.partner
        self._channel = self._channel or (partner.channel if partner else None)
        self._delimiter = found.read.interchange.delimiters.element

    def document(self, one: SetSeen, fate: Fate, course: Course) -> None:
        """One set of it, and what becomes of it."""
        said = said_of(fate, one, course)
        verdict = one.verdict
        self._told.add(
            DocumentOutcome(
                kind=verdict.set_id,
                number=one.number,
                state=fate.state,
                findings=verdict.findings if said is None else (*verdict.findings, said),
                control=verdict.control or None,
            )
        )

    def ends(self, state: Processing) -> None:
        """What became of the interchange as a whole."""
        self._states.add(state)

    def lost(self, part: Unreadable) -> None:
        """Bytes that are no interchange."""
        if len(self._lost) < MOST_TOLD:
            self._lost += part.findings

    def channel(self, file: File) -> str | None:
        """The channel that they would go through; None where nobody is known to have sent the file."""
        return file.channel or self._channel or (file.partner.channel if file.partner else None)

    def letters(self, file: File, quoted: Quoted, mask: Mask = lambda found: found) -> tuple[Letter, ...]:
        """The answer files, after the pass.

        None while it waits; what came before gets again what the first got; of rubbish nobody knows whom to tell.
        """
        nothing = None if self._states else nothing_to_read(file, self._lost)
        state = state_of(self._states) if nothing is None else nothing.state
        untold = file.partner is None if nothing is not None else not self._new
        if untold or state is Processing.HELD:
            return ()
        if nothing is None:
            manner = manner_of(self._agreed, self._profiles, self._delimiter if file.tables else "")
        else:
            manner = manner_of_unread(file.partner, file.tables, self._profiles, file.delimiter)
        told = self._lost if nothing is None or nothing.finding in self._lost else (nothing.finding,)
        outcome = self._told.outcome(file.name, _NOON, PLACEHOLDER, manner)
        return letters(_masked(outcome, told, mask), manner, quoted)


def _masked(outcome: FileOutcome, more: Sequence[Finding], mask: Mask) -> FileOutcome:
    """The same with more findings at its end, all of them as they may be shown."""
    documents = [
        msgspec.structs.replace(document, findings=tuple(map(mask, document.findings)))
        if document.findings
        else document
        for document in outcome.documents
    ]
    return msgspec.structs.replace(outcome, documents=documents, findings=tuple(map(mask, (*outcome.findings, *more))))
