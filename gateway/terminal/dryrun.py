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
from gateway.flow.decide import Course, Fate, Judged, answers_due, course_of, fates, state_of
from gateway.flow.interpret import GroupFound, InterchangeFound, SetFound, interpret
from gateway.flow.past import Here, Past, control_key, duplicate_key
from gateway.flow.unread import START, File, Nothing, nothing_to_read, told_once
from gateway.ledger.states import Processing
from gateway.model.finding import Finding
from gateway.model.outcomes import Refused
from gateway.profiles.agreement import Partner, Profiles
from gateway.terminal.accounting import Accounting
from gateway.terminal.answer import Answer, answers
from gateway.terminal.earlier import open_past
from gateway.terminal.quote import Quote, quote
from gateway.terminal.shelf import SetSeen, Shelf
from gateway.x12.limits import Limits
from gateway.x12.maps import Maps
from gateway.x12.reading import InterchangeHeader, Unreadable
from gateway.x12.verdict import GroupVerdict

# A sender nobody knows is read with the defaults, unless the dry run names the channel the file came through.
_WITHOUT_CHANNEL = frozenset({"partner.unknown"})


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
            self.start = again.read(START)
            self._again = again
            accounting = Accounting(again)
            with open_past(asked.ledger, asked.at) as past:
                for step in self._told_once(self._settled(stream, past)):
                    if isinstance(step, Settled):
                        accounting.add(step.found.read.interchange.offset, step.found.read.size)
                    elif isinstance(step, Unreadable):
                        accounting.add(step.offset, step.size)
                    yield step
            self.consumed = accounting.close(self.size)

    def nothing(self, said: Sequence[Finding]) -> Nothing:
        """What becomes of the file where there is no interchange in it; `said` is what reading it found."""
        file = File(name=self.asked.file.name, size=self.size, start=self.start, partner=self.asked.partner)
        return nothing_to_read(file, said)

    def _told_once(self, steps: Iterator[Step]) -> Iterator[Step]:
        """The same steps; where all there is is one stretch that cannot be read, it says why the file as a whole cannot."""
        first = next(steps, None)
        second = next(steps, None) if isinstance(first, Unreadable) else None
        if isinstance(first, Unreadable) and second is None:
            first = told_once(first, self.nothing(first.findings))
        yield from (step for step in (first, second) if step is not None)
        yield from steps

    def quoted(self, found: Finding, header: InterchangeHeader, *, show: bool) -> Quote | None:
        """The segment that a finding is about, where there is one; only during the pass. `header` is of its interchange."""
        if self._again is None:
            return None
        return quote(self._again, found, header.delimiters, since=header.offset, show=show)

    def _settled(self, stream: BinaryIO, past: Past) -> Iterator[Step]:
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

    def _settle(self, found: InterchangeFound, groups: list[GroupFound], shelf: Shelf, past: Past) -> Iterator[Settled]:
        here = Here(interchange=0, file=self.asked.file.name)
        waived = _WITHOUT_CHANNEL if self.asked.channel is None else frozenset[str]()
        course = course_of(found, groups, past, here, waived=waived)
        judged = course.judged(groups)
        due = answers_due(course, judged, found.agreement)
        reached = {Processing.TAKEN} if found.read.ta1 else set[Processing]()
        partner = found.parties.partner
        yield Settled(
            found=found,
            course=course,
            groups=judged,
            said={group.read.group.ordinal: group.findings for group in groups},
            channel=self.asked.channel or (partner.channel if partner else None),
            fates=_decided(shelf, course, judged, past, here, reached),
            answers=answers(due, found.agreement, shelf.verdicts, self.maps),
        )
        past.add(here, control_key(found.read.interchange), found.read.sha256, course.stop or state_of(reached))


def _decided(  # noqa: PLR0913 - what the rules ask for, and what they reached
    shelf: Shelf, course: Course, groups: Judged, past: Past, here: Here, reached: set[Processing]
) -> Iterator[tuple[SetSeen, Fate]]:
    """Each set with its fate, and the states they reached noted on the way."""
    verdicts = {verdict.group.ordinal: verdict for verdict, _ in groups}
    for part in shelf.parts():
        for one, fate in zip(part, fates(part, verdicts, course, past, here), strict=True):
            reached.add(fate.state)
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
