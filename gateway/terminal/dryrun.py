"""The dry run: one streaming pass over a file with the daemon's own reading, rules and answers, that writes nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from gateway import documents
from gateway.flow.interpret import GroupFound, InterchangeFound, SetFound, interpret
from gateway.ledger.states import Processing
from gateway.model.finding import Finding
from gateway.model.outcomes import Refused
from gateway.profiles.agreement import Agreement, Partner, Profiles
from gateway.terminal.accounting import Accounting
from gateway.terminal.answer import Answer, answers
from gateway.terminal.decide import Course, Fate, course_of, fates, state_of
from gateway.terminal.earlier import ThisFile, fingerprint, open_past
from gateway.terminal.quote import Quote, at_element, quote
from gateway.terminal.shelf import SetSeen, Shelf
from gateway.x12.limits import Limits
from gateway.x12.maps import Maps
from gateway.x12.reading import InterchangeHeader, Unreadable
from gateway.x12.verdict import GroupVerdict, under

_START = 2048  # bytes that tell a spreadsheet from rubbish


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A file and what it is read with: these settings, as if through this partner's channel (None: through none), now."""

    file: Path
    at: datetime
    profiles: Profiles = Profiles(entities=(), partners=(), channels=(), targets=())
    partner: Partner | None = None
    ledger: Path | None = None

    @property
    def channel(self) -> str | None:
        """The channel that must carry the sender; None asks no such question."""
        return self.partner.channel if self.partner else None


class Settled(msgspec.Struct, kw_only=True):
    """One interchange, decided. `fates`, then `answers` can be gone through once, before the next step is asked for."""

    found: InterchangeFound
    course: Course
    groups: list[tuple[GroupVerdict, Agreement]]
    holds: dict[int, Finding]
    channel: str | None
    fates: Iterator[Fate]
    answers: Iterator[Answer]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is said of the interchange itself."""
        return (*self.found.read.findings, *self.course.notes)

    def findings_of(self, group: GroupVerdict) -> tuple[Finding, ...]:
        """What is said of one of its groups."""
        hold = self.holds.get(group.group.ordinal)
        return group.findings if hold is None else (*group.findings, hold)


Step = SetFound | GroupFound | Settled | Unreadable


class DryRun:
    """One pass over a file. `size` is how many bytes it has, `consumed` how many were accounted for; both after the pass."""

    def __init__(self, asked: Asked, maps: Maps) -> None:
        self.asked = asked
        self.maps = maps
        self.size = 0
        self.consumed = 0
        self.start = b""
        self._again: BinaryIO | None = None

    def steps(self) -> Iterator[Step]:
        """Sets and groups as they are found, each interchange as it is settled, and what is none of these."""
        asked = self.asked
        with open_file(asked.file) as stream, open_file(asked.file) as again:
            self.size = os.fstat(stream.fileno()).st_size
            self.start = again.read(_START)
            self._again = again
            accounting = Accounting(again)
            with open_past(asked.file.name, asked.ledger, asked.at) as past:
                for step in self._settled(stream, past):
                    if isinstance(step, Settled):
                        accounting.add(step.found.read.interchange.offset, step.found.read.size)
                    elif isinstance(step, Unreadable):
                        accounting.add(step.offset, step.size)
                    yield step
            self.consumed = accounting.close(self.size)

    def located(self, findings: Sequence[Finding], header: InterchangeHeader) -> tuple[Finding, ...]:
        """The same, each offset that of the element; only during the pass. `header` is of the interchange they are in."""
        if self._again is None:
            return tuple(findings)
        return tuple(at_element(self._again, found, header.delimiters) for found in findings)

    def quoted(self, found: Finding, header: InterchangeHeader, *, show: bool) -> Quote | None:
        """The segment that a finding is about, where there is one; only during the pass."""
        if self._again is None:
            return None
        return quote(self._again, found, header.delimiters, since=header.offset, show=show)

    def _settled(self, stream: BinaryIO, past: ThisFile) -> Iterator[Step]:
        shelf, groups = Shelf(), list[GroupFound]()
        try:
            for item in interpret(
                stream,
                profiles=self.asked.profiles,
                maps=self.maps,
                limits=Limits(),
                at=self.asked.at,
                channel=self.asked.channel,
            ):
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

    def _settle(
        self, found: InterchangeFound, groups: list[GroupFound], shelf: Shelf, past: ThisFile
    ) -> Iterator[Settled]:
        course = course_of(found, groups, past, channel=self.asked.channel)
        judged = [(under(group.verdict, course.verdict), group.agreement) for group in groups]
        verdicts = {verdict.group.ordinal: verdict for verdict, _ in judged}
        reached = {Processing.TAKEN} if found.read.ta1 else set[Processing]()
        partner = found.parties.partner
        yield Settled(
            found=found,
            course=course,
            groups=judged,
            holds={group.read.group.ordinal: group.hold for group in groups if group.hold is not None},
            channel=self.asked.channel or (partner.channel if partner else None),
            fates=_noting(fates(shelf.parts(), verdicts, course, past), reached),
            answers=answers(course, judged, found.agreement, shelf.verdicts),
        )
        state = course.stop or state_of(reached)
        past.settled(found.read.interchange, found.read.sha256, state)


def _noting(decided: Iterator[Fate], reached: set[Processing]) -> Iterator[Fate]:
    for fate in decided:
        reached.add(fate.state)
        yield fate


def _seen(found: SetFound) -> SetSeen:
    """What the end of the interchange needs to know of it."""
    agreement, document = found.agreement, found.document
    group = found.read.group.ordinal
    if document is None:
        return SetSeen(group=group, verdict=found.verdict)
    test = found.read.interchange.usage == "T"
    return SetSeen(
        group=group,
        verdict=found.verdict,
        number=document.number,
        key=documents.business_key(document, agreement.partner),
        content=fingerprint(documents.content_sha(document)),
        target=agreement.test_erp if test else agreement.erp,
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
