"""One line per file, as soon as everything about it is settled: partner, kind, number, outcome, acknowledgment, ERP id."""

from __future__ import annotations

import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
from sqlalchemy import Connection

from gateway.flow.letters import FOR_PEOPLE
from gateway.ledger import views
from gateway.ledger.views import CaseRow, DeliveryRow, FileRow, SetLine
from gateway.ledger.write import Ledger
from gateway.wiring import Gateway

_OUTCOMES = {"translated": "accepted", "rejected": "rejected", "duplicate": "duplicate", "held": "held"}
_SHOWN = 5  # documents of one file that get a line of their own
_AT_ONCE = 500  # files asked about in one look

Row = TypeVar("Row", SetLine, DeliveryRow, CaseRow)


class Narrator:
    """Follows the ledger from where it stands now. `told` files are finished, `waiting` ones are not."""

    def __init__(self, ledger: Ledger, say: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._say = say
        self._pending: set[int] = set()
        self._changes = -1
        self.told = 0
        self.outcomes: Counter[str] = Counter()
        with ledger.read() as snapshot:
            self._after, self._event = views.last_file(snapshot), views.last_event(snapshot)

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
            finished = views.finished_files(snapshot, sorted(self._pending)[:_AT_ONCE]) if self._pending else []
            numbers = [row.id for row in finished]
            sets = _by_file(views.sets_of_files(snapshot, numbers))
            debts = _by_file(views.deliveries_of_files(snapshot, numbers))
            cases = _by_file(views.cases_of_files(snapshot, numbers))
        for row in finished:
            self._pending.discard(row.id)
            self._finish(row, sets[row.id], debts[row.id], cases[row.id])

    def _hear(self, snapshot: Connection) -> None:
        """What people let go on is followed once more."""
        for event in views.verbs_after(snapshot, self._event):
            self._say(f"> {event.who}: {event.about} {event.what.rpartition('.')[2]}")
            case = views.case(snapshot, msgspec.json.decode(event.detail)["case"])
            if case is not None and case.transmission_id is not None:
                self._pending.add(case.transmission_id)
        self._event = views.last_event(snapshot)

    def cases_waiting(self) -> int:
        """How many cases are open."""
        with self._ledger.read() as snapshot:
            return sum(1 for _ in views.every_open_case(snapshot))

    def _finish(self, row: FileRow, sets: list[SetLine], debts: list[DeliveryRow], cases: list[CaseRow]) -> None:
        self.told += 1
        outcome = file_outcome(row, sets)
        self.outcomes[outcome] += 1
        for line in _lines(row, outcome, sets, debts, cases):
            self._say(line)

    def sum_up(self) -> str:
        """The one line that ends a pass."""
        shown = ["accepted", "rejected", "held"] + (["duplicate"] if self.outcomes["duplicate"] else [])
        return ", ".join(f"{self.outcomes[name]} {name}" for name in shown)


def file_outcome(row: FileRow, sets: list[SetLine]) -> str:
    """What a person calls it: a file of which some sets were refused is partial."""
    if row.state == "translated" and any(one.state == "rejected" for one in sets):
        return "partial"
    return _OUTCOMES.get(row.state, row.state)


def _by_file(rows: list[Row]) -> dict[int, list[Row]]:
    """Rows by the file they belong to."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.transmission_id or 0].append(row)
    return found


def _lines(
    row: FileRow, outcome: str, sets: list[SetLine], debts: list[DeliveryRow], cases: list[CaseRow]
) -> Iterator[str]:
    acknowledgments = ", ".join(
        f"{debt.name if debt.acknowledgment_kind in FOR_PEOPLE else debt.acknowledgment_kind} "
        f"{debt.state if debt.done_at is None else 'sent'}"
        for debt in debts
        if debt.acknowledgment_kind
    )
    booked = {debt.document_id: debt for debt in debts if debt.kind == "erp"}
    yield f"{_MARK.get(outcome, '?')} {outcome:<9} {row.partner or row.channel:<12} {row.name}"
    for one in sets[:_SHOWN]:
        debt = booked.get(one.id)
        erp = "" if debt is None else f" -> {debt.target} {debt.reference or debt.state}"
        yield f"    {one.kind} {one.number or one.control or ''}{erp}"
    if len(sets) > _SHOWN:
        yield "    ... and more"
    if acknowledgments:
        yield f"    answered: {acknowledgments}"
    for case in cases:
        yield f"    case {case.id}: {case.told}"


def _program() -> str:
    """How this program was called, so that the commands can be pasted."""
    called = Path(sys.argv[0])
    return called.name if shutil.which(called.name) == str(called) else _near(called)


def _near(path: Path) -> str:
    """Relative to where we stand, where that is shorter."""
    return str(path.absolute().relative_to(Path.cwd())) if path.absolute().is_relative_to(Path.cwd()) else str(path)


_MARK = {"accepted": "+", "partial": "~", "rejected": "x", "held": "!", "duplicate": "="}


def opening_words(gateway: Gateway) -> Iterator[str]:
    """What runs, and where."""
    yield f"The gateway of {gateway.home.root} is running. Stop it with Ctrl-C."
    if gateway.lab is not None:
        if gateway.lab.busy:
            yield f"Port {gateway.lab.busy} is busy, so the ERP simulator took the next free one."
        yield f"ERP simulator: {gateway.lab.url} (what it booked: {gateway.lab.url}/effects)"
    for channel in gateway.current.get().channels:
        yield f"Drop files in {gateway.home.inbox / channel.name}; answers appear in {gateway.home.outbox / channel.name}"
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
