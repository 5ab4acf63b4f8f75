"""The dry run: one streaming pass over a file with the daemon's own reading, rules and answers, that writes nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import BinaryIO

import msgspec

from gateway import documents
from gateway.flow.course import Course, Judged, course_of
from gateway.flow.decide import Fate, answers_due, fates, state_of
from gateway.flow.file import START, File, file_of, may_be_table, read_file
from gateway.flow.interpret import GroupFound, InterchangeFound, SetFound
from gateway.flow.letters import Letter
from gateway.flow.past import Here, Past, control_key, duplicate_key
from gateway.flow.quoting import quoting
from gateway.flow.unread import Nothing, nothing_to_read, told_once
from gateway.ledger.states import Processing
from gateway.model.finding import Finding
from gateway.model.limits import Limits
from gateway.model.outcomes import Refused
from gateway.profiles.agreement import Partner, Profiles
from gateway.terminal.accounting import Accounting
from gateway.terminal.answer import Answer, answers
from gateway.terminal.correspondence import Correspondence
from gateway.terminal.earlier import open_past
from gateway.terminal.grid import Grid
from gateway.terminal.mask import masked
from gateway.terminal.shelf import SetSeen, Shelf
from gateway.x12.maps import Maps
from gateway.x12.quote import quote
from gateway.x12.reading import InterchangeHeader, Unreadable
from gateway.x12.verdict import GroupVerdict

# A sender nobody knows is read with the defaults, unless the dry run names the channel the file came through.
_WITHOUT_CHANNEL = frozenset({"partner.unknown"})


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A file and what it is read with: these settings, as if through this partner's channel (None: through none), now.

    `folder` is the partner in whose folder it lies: a table, which does not say whose it is, is taken to be this one's.
    """

    file: Path
    at: datetime
    profiles: Profiles = Profiles(entities=(), partners=(), channels=(), targets=())
    limits: Limits = Limits()
    partner: Partner | None = None
    folder: Partner | None = None
    ledger: Path | None = None

    @property
    def channel(self) -> str | None:
        """The channel that must carry the sender; None asks no such question."""
        return self.partner.channel if self.partner else None


class Settled(msgspec.Struct, kw_only=True):
    """One interchange, decided. `fates`, then `answers` can be gone through once, before the next step is asked for."""

    found: InterchangeFound
    course: Course
    groups: Judged
    said: dict[int, tuple[Finding, ...]]
    channel: str | None
    fates: Iterator[tuple[SetSeen, Fate]]
    answers: Iterator[Answer]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is said of the interchange itself."""
        return (*self.found.read.findings, *self.course.notes)

    def findings_of(self, group: GroupVerdict) -> tuple[Finding, ...]:
        """What is said of one of its groups."""
        return self.said[group.group.ordinal]


Step = SetFound | GroupFound | Settled | Unreadable


class DryRun:
    """One pass over a file. `consumed` is how many of its bytes were accounted for, after the pass."""

    def __init__(self, asked: Asked, maps: Maps) -> None:
        self.asked = asked
        self.maps = maps
        self.consumed = 0
        self.file = self._looked_at(0, b"")
        self._correspondence = Correspondence(asked.profiles)
        self._again: BinaryIO | None = None

    def steps(self) -> Iterator[Step]:
        """Sets and groups as they are found, each interchange as it is settled, and what is none of these."""
        asked = self.asked
        with open_file(asked.file) as stream, open_file(asked.file) as again:
            self.file = self._looked_at(os.fstat(stream.fileno()).st_size, again.read(START))
            self._again = again
            accounting = Accounting(again)
            with open_past(asked.ledger, asked.at) as past:
                for step in self._told_once(self._settled(stream, past)):
                    if isinstance(step, Settled):
                        accounting.add(step.found.read.interchange.offset, step.found.read.size)
                    elif isinstance(step, Unreadable):
                        accounting.add(step.offset, step.size)
                        self._correspondence.lost(step)
                    yield step
            self.consumed = accounting.close(self.size)

    @property
    def size(self) -> int:
        """How many bytes the file has."""
        return self.file.size

    def nothing(self, said: Sequence[Finding]) -> Nothing:
        """What becomes of the file where there is no interchange in it; `said` is what reading it found."""
        return nothing_to_read(self.file, said)

    def _looked_at(self, size: int, start: bytes) -> File:
        asked = self.asked
        of = partial(file_of, name=asked.file.name, size=size, start=start, at=asked.at, profiles=asked.profiles)
        file = of(channel=asked.channel, partner=asked.partner)
        return of(partner=asked.folder) if file.partner is None and asked.folder and may_be_table(file) else file

    def _told_once(self, steps: Iterator[Step]) -> Iterator[Step]:
        """The same steps; where all there is is one stretch that cannot be read, it says why the file as a whole cannot."""
        first = next(steps, None)
        second = next(steps, None) if isinstance(first, Unreadable) else None
        if isinstance(first, Unreadable) and second is None:
            first = told_once(first, self.nothing(first.findings))
        yield from (step for step in (first, second) if step is not None)
        yield from steps

    def quoted(self, found: Finding, header: InterchangeHeader, *, show: bool) -> Sequence[str]:
        """The lines that show what a finding is about, if any; only during the pass. `header` is of its interchange."""
        if self._again is None:
            return ()
        if self.file.tables:
            return self._grid.lines(found, show=show)
        quoted = quote(self._again, found, header.delimiters, since=header.offset, shown=None if show else masked)
        return () if quoted is None else (quoted.line, quoted.carets)

    def shown(self, found: Finding) -> Finding:
        """The same as a terminal may show it: without the free text of a cell that its words repeat."""
        return self._grid.masked(found) if self.file.tables and found.row is not None else found

    def letters(self, *, show: bool = True) -> tuple[str | None, tuple[Letter, ...]]:
        """The channel and the answer files that would go there, after the pass; fit for a terminal unless `show`."""
        opened, stretches = partial(open_file, self.asked.file), self._correspondence.stretches
        quoted = quoting(opened, stretches, None if show else masked)
        letters = self._correspondence.letters(self.file, quoted, *(() if show else (self.shown,)))
        return self._correspondence.channel(self.file), letters

    @cached_property
    def _grid(self) -> Grid:
        """The table, read once more: the first problem in it asks for this."""
        with open_file(self.asked.file) as stream:
            return Grid(stream, self.file.tables, self.asked.limits)

    def _settled(self, stream: BinaryIO, past: Past) -> Iterator[Step]:
        shelf, groups = Shelf(), list[GroupFound]()
        try:
            asked = self.asked
            found = read_file(self.file, stream, profiles=asked.profiles, maps=self.maps, limits=asked.limits)
            for item in found:
                if isinstance(item, InterchangeFound):
                    yield from self._settle(item, groups, shelf, past)
                    shelf.close()
                    shelf, groups = Shelf(), []
                    continue
                yield item
                if isinstance(item, SetFound):
                    shelf.add(_seen(item))
                elif isinstance(item, GroupFound):
                    groups.append(item)
        finally:
            shelf.close()

    def _settle(self, found: InterchangeFound, groups: list[GroupFound], shelf: Shelf, past: Past) -> Iterator[Settled]:
        here = Here(interchange=0, file=self.asked.file.name)
        waived = _WITHOUT_CHANNEL if self.asked.channel is None else frozenset[str]()
        course = course_of(found, groups, past, here, waived=waived)
        judged = course.judged(groups)
        due = answers_due(course, judged, found.agreement)
        self._correspondence.interchange(found, course, groups)
        reached = {Processing.TAKEN} if found.read.ta1 else set[Processing]()
        partner = found.parties.partner
        yield Settled(
            found=found,
            course=course,
            groups=judged,
            said={group.read.group.ordinal: group.findings for group in groups},
            channel=self.asked.channel or (partner.channel if partner else None),
            fates=self._decided(shelf, course, judged, past, here, reached),
            answers=answers(due, found.agreement, shelf.verdicts, self.maps),
        )
        state = course.stop or state_of(reached)
        past.add(here, control_key(found.read.interchange, found.read.sha256), found.read.sha256, state)
        self._correspondence.ends(state)

    def _decided(  # noqa: PLR0913 - what the rules ask for, and what they reached
        self, shelf: Shelf, course: Course, groups: Judged, past: Past, here: Here, reached: set[Processing]
    ) -> Iterator[tuple[SetSeen, Fate]]:
        """Each set with its fate, and the states they reached noted on the way."""
        verdicts = {verdict.group.ordinal: verdict for verdict, _ in groups}
        for part in shelf.parts():
            for one, fate in zip(part, fates(part, verdicts, course, past, here), strict=True):
                reached.add(fate.state)
                self._correspondence.document(one, fate, course)
                yield one, fate


def _seen(found: SetFound) -> SetSeen:
    """What the end of the interchange needs to know of it."""
    agreement, document = found.agreement, found.document
    group = found.read.group.ordinal
    if document is None:
        return SetSeen(group_ordinal=group, verdict=found.verdict)
    usage, key = found.read.interchange.usage, documents.business_key(document, agreement.partner)
    return SetSeen(
        group_ordinal=group,
        verdict=found.verdict,
        number=document.number,
        business_key=key,
        duplicate_key=duplicate_key(usage, key),
        content_sha=documents.content_sha(document),
        target=agreement.test_erp if usage == "T" else agreement.erp,
        on_duplicate=agreement.on_duplicate_document,
    )


def open_file(file: Path) -> BinaryIO:
    """Open it for reading; raises Refused where it is not there, no file, or not ours to read."""
    try:
        stream = open(file, "rb", opener=_without_waiting)  # noqa: SIM115 - Path.open has no opener; callers close
    except FileNotFoundError as error:
        raise Refused("explain.no_file", file=file) from error
    except IsADirectoryError as error:
        raise Refused("explain.not_a_file", file=file, what="a folder") from error
    except OSError as error:
        raise Refused("explain.unreadable", file=file, why=error.strerror or error) from error
    if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        return stream
    stream.close()
    raise Refused("explain.not_a_file", file=file, what="a pipe or a device")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe nobody writes to would keep us for ever
