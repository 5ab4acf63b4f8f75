"""One line per file, as soon as everything about it is settled: partner, kind, number, outcome, acknowledgment, ERP id."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from gateway.ledger import following, views
from gateway.ledger.views import CaseRow
from gateway.ledger.write import Ledger
from gateway.terminal.late import Late
from gateway.terminal.story import Story, lines_of, stories_of
from gateway.wiring import Gateway, sftp_keys
from gateway.x12.charset import opening

_AT_ONCE = 500  # files asked about in one look


class Narrator:
    """Follows the ledger from where it stands now. `told` files are finished, `waiting` ones are not.

    A file whose documents wait for an ERP that is down is told at once, and again when they went through.
    """

    def __init__(self, ledger: Ledger, say: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._say = say
        self._pending: set[int] = set()
        self._changes = -1
        self.told = 0
        self.outcomes: Counter[str] = Counter()
        with ledger.read() as snapshot:
            self._after, self._event = following.last_file(snapshot), views.last_event(snapshot)
            self._late = Late(say, following.all_owing_files(snapshot))

    @property
    def waiting(self) -> int:
        """How many files are seen and not finished."""
        return len(self._pending)

    def tell(self) -> None:
        """Say what has become of files since the last look: a few queries, however many files there are."""
        changes = self._ledger.changes
        if changes == self._changes:
            return
        self._changes = changes
        with self._ledger.read() as snapshot:
            self._hear(snapshot)
            arrived = views.files(snapshot, after=self._after)
            self._after = arrived[-1].id if arrived else self._after
            self._pending.update(row.id for row in arrived if row.direction == "in")
            finished = following.finished_files(snapshot, sorted(self._pending)[:_AT_ONCE]) if self._pending else []
            stories = stories_of(snapshot, finished)
            through = self._late.through(snapshot)
        for story in stories:
            self._pending.discard(story.file.id)
            self._finish(story)
        self._late.tell_waiting()
        self._late.tell_through(through)

    def _hear(self, snapshot: Connection) -> None:
        """What people let go on is followed once more; a target that does not answer is said at once."""
        for event in following.news_after(snapshot, self._event):
            detail = msgspec.json.decode(event.detail)
            if event.what in _TARGETS:
                target = event.about.removeprefix("target ")
                self._say(_TARGETS[event.what].format(target=target, why=opening(str(detail.get("why", "")), 200)))
                continue
            self._say(f"> {event.who}: {event.about} {event.what.rpartition('.')[2]}")
            case = views.case(snapshot, detail["case"])
            if case is not None and case.transmission_id is not None:
                self._pending.add(case.transmission_id)
        self._event = views.last_event(snapshot)

    def cases_waiting(self) -> int:
        """How many cases are open."""
        with self._ledger.read() as snapshot:
            return sum(1 for _ in views.every_open_case(snapshot))

    def _finish(self, story: Story) -> None:
        self.told += 1
        self.outcomes[story.outcome] += 1
        if self._late.takes(story):
            return
        for line in lines_of(story):
            self._say(line)

    def sum_up(self) -> str:
        """The one line that ends a pass."""
        shown = ["accepted", *(name for name in ("partial",) if self.outcomes[name]), "rejected", "held"]
        shown += ["duplicate"] if self.outcomes["duplicate"] else []
        return ", ".join(f"{self.outcomes[name]} {name}" for name in shown)


_TARGETS = {
    "target.down": "! {target} does not answer: {why} What is for it waits, and goes by itself when it answers.",
    "target.up": "> {target} answers again: what waited for it goes now.",
}


def _program() -> str:
    """How this program was called, so that the commands can be pasted."""
    called = Path(sys.argv[0])
    return called.name if shutil.which(called.name) == str(called) else _near(called)


def _near(path: Path) -> str:
    """Relative to where we stand, where that is shorter."""
    return str(path.absolute().relative_to(Path.cwd())) if path.absolute().is_relative_to(Path.cwd()) else str(path)


def opening_words(gateway: Gateway) -> Iterator[str]:
    """What runs, and where."""
    yield f"The gateway of {gateway.home.root} is running. Stop it with Ctrl-C."
    if gateway.lab is not None:
        if gateway.lab.busy:
            yield f"Port {gateway.lab.busy} is busy, so the ERP simulator took the next free one."
        yield f"ERP simulator: {gateway.lab.url} (what it booked: {gateway.lab.url}/effects)"
    for channel in gateway.current.get().channels:
        yield f"Drop files in {gateway.home.inbox / channel.name}; answers appear in {gateway.home.outbox / channel.name}"
    if server := gateway.current.loaded().sftp:
        yield f"SFTP server: port {server.port} of {server.address}; host keys, for partners to compare:"
        yield from (f"  {key.kind:<8} {key.fingerprint}" for key in sftp_keys(gateway.home).current)
    yield ""


def closing_words(gateway: Gateway, narrator: Narrator) -> Iterator[str]:
    """The sum of the first pass (of a later start: what stands from before), and what to try next."""
    with gateway.ledger.read() as snapshot:
        cases = views.open_cases(snapshot)
    if narrator.told:
        yield from ("", narrator.sum_up())
    else:
        yield f"Going on from what is there: {len(cases)} cases wait for a person (`gateway queue`)."
    commands = list(_next_commands(gateway, cases))
    if commands:
        yield ""
        yield "Try these in another terminal:"
        yield from (f"  {command}" for command in commands)
    yield ""
    yield "The gateway stays up: drop a file of your own and watch this window."


def _next_commands(gateway: Gateway, cases: list[CaseRow]) -> Iterator[str]:
    program, home = _program(), "" if gateway.home.root == Path.cwd() else f" --home {gateway.home.root}"
    rejected = next((case for case in cases if case.reason.startswith("syntax.")), None)
    held = next((case for case in cases if case.reason == "duplicate.conflict"), None)
    if rejected is not None:
        with gateway.ledger.read() as snapshot:
            row = views.file(snapshot, rejected.transmission_id or 0)
        sample = next(gateway.home.samples.glob(f"*/{row.name}"), None) if row else None
        yield f"{program} explain{home} {_near(sample) if sample else 'FILE'}"
        yield f"{program} show{home} {rejected.id}"
    if held is not None:
        yield f'{program} release{home} {held.id} --earlier-undone --reason "the first was cancelled in the ERP"'
