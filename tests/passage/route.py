"""The real route in this process: real ledger, archive and outbox, a clock that a test sets, an ERP that a test watches."""

from __future__ import annotations

import io
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from gateway.archive.local import LocalArchive
from gateway.channels.outbox import FolderOutlet
from gateway.daemon import Daemon, Parts
from gateway.flow import review
from gateway.flow.receive import receive
from gateway.flow.route import Route
from gateway.flow.sealing import Sealing
from gateway.ledger import views
from gateway.ledger.balance import balance
from gateway.ledger.claim import release_claims
from gateway.ledger.schema import bring_up_to_date
from gateway.ledger.views import CaseRow
from gateway.ledger.write import Ledger
from gateway.model.finding import Finding
from gateway.model.outcomes import OutcomeUnknown, Refused, TryLater
from gateway.ports import Admission, Booked, Erp, Posting
from gateway.profiles.current import Change
from gateway.profiles.load import load
from gateway.settings import Home
from gateway.x12.maps import Maps
from tests.passage.x12 import Answer, answer


@cache
def maps() -> Maps:
    """The maps, read once for all tests of a process."""
    return Maps()


@cache
def blank_ledger() -> bytes:
    """A new ledger, migrated once for all tests of a process."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        bring_up_to_date(f"sqlite:///{path}")
        return path.read_bytes()


class Clock:
    """A moment that passes when a test says so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 16, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def go(self, **time: float) -> None:
        """Let time pass: `go(minutes=5)`."""
        self.now += timedelta(**time)


class Books:
    """An ERP in memory: keeps what it booked by key, and meets each call with the next trouble in line.

    Troubles: "later", "down", "booked, not said" and "lost" (both unknown to the caller), "refused"; None is none.
    A `forgetful` one does not know a key again, but can look up what it booked: once is then up to the gateway alone.
    """

    def __init__(self, *, forgetful: bool = False) -> None:
        self._forgetful = forgetful
        self.effects: dict[str, Posting] = {}
        self.order: list[Posting] = []
        self.posts: Counter[str] = Counter()
        self.looked_up: Counter[str] = Counter()
        self.troubles: list[str | None] = []
        self.down = False
        self.forgets = False  # a look-up finds nothing
        self._one = threading.Lock()

    def submit(self, posting: Posting) -> Booked:
        """As gateway.ports.Erp has it."""
        with self._one:
            if self.down:
                raise TryLater("nobody answers", down=True)
            self.posts[posting.key] += 1
            trouble = self.troubles.pop(0) if self.troubles else None
            if trouble == "later":
                raise TryLater("come back later")
            if trouble == "down":
                raise TryLater("nobody answers", down=True)
            if trouble == "refused":
                raise Refused("erp.refused", target="erp", kind=posting.kind, business_key="", detail="no", status=422)
            if trouble == "lost":
                raise OutcomeUnknown("the connection broke")
            again = self._book(posting)
            if trouble == "booked, not said":
                raise OutcomeUnknown("the connection broke")
            return Booked(reference=posting.key[:8], again=again)

    def find(self, posting: Posting) -> Booked | None:
        """As gateway.ports.Erp has it."""
        with self._one:
            if self.down:
                raise TryLater("nobody answers", down=True)
            self.looked_up[posting.key] += 1
            return (
                Booked(reference=posting.key[:8], again=True)
                if posting.key in self.effects and not self.forgets
                else None
            )

    def _book(self, posting: Posting) -> bool:
        again = posting.key in self.effects
        if not again or self._forgetful:
            self.effects[posting.key] = posting
            self.order.append(posting)
        return again


class Given:
    """A drop from a test's own hand."""

    findings: tuple[Finding, ...] = ()

    def __init__(self, channel: str, key: str, name: str, content: bytes) -> None:
        self.channel, self.source_key, self.name = channel, key, name
        self.content = content

    def open(self) -> BinaryIO:
        """Its bytes."""
        return io.BytesIO(self.content)


class Passage:
    """One home's route, turned by hand: `take` a file, `run` until nothing is due, look at what came of it."""

    def __init__(self, home: Home, erp: Erp | None = None, *, forgetful: bool = False) -> None:
        self.home = home
        self.clock = Clock()
        self.books = Books(forgetful=forgetful)
        self._keys = (f"key-{n}" for n in count(1))
        self.open(erp or self.books)

    def open(self, erp: Erp) -> None:
        """Begin, or begin anew as after a restart, over what is on disk."""
        if not self.home.ledger.exists():
            self.home.ledger.write_bytes(blank_ledger())
        self.ledger = Ledger(f"sqlite:///{self.home.ledger}", self.clock)
        self.route = Route(
            owner="test",
            ledger=self.ledger,
            archive=LocalArchive(self.home.archive),
            profiles=lambda: self._profiles,
            maps=maps(),
            limits=lambda: self._limits,
            outlet=lambda channel: FolderOutlet(self.home.outbox / channel),
            erp=lambda _name: erp,
        )
        self.reread()
        self.sealing = Sealing(self.route.ledger, self.home.keys)
        refresh = partial(Change, taken=False, sha256="")
        self.daemon = Daemon(Parts(route=self.route, intakes=(), refresh=refresh, sealing=self.sealing))

    def reread(self) -> None:
        """Take what is saved in the partners' files now."""
        loaded = load(self.home.root)
        self._profiles, self._limits = loaded.profiles, loaded.limits

    def died(self) -> None:
        """What a start does after a process that died: what it held is free, what was in flight is in doubt."""
        with self.ledger.write() as tx:
            release_claims(tx)

    def take(self, *contents: bytes, channel: str = "northclinic", name: str = "file.edi") -> list[int]:
        """Receive these files in one batch and run; their numbers."""
        numbers = self.receive(*contents, channel=channel, name=name)
        self.run()
        return numbers

    def receive(self, *contents: bytes, channel: str = "northclinic", name: str = "file.edi") -> list[int]:
        """Commit 1 for these files, and no more; their numbers."""
        drops = [Given(channel, next(self._keys), name, content) for content in contents]
        admissions: list[Admission] = receive(self.route, drops)
        return [admission.transmission or 0 for admission in admissions]

    def run(self) -> None:
        """One pass: until nothing is due."""
        self.daemon.one_pass()

    def run_for(self, **time: float) -> None:
        """Run, second by second at first and then every hour, for this long."""
        end = self.clock.now + timedelta(**time)
        step = timedelta(seconds=1)
        while self.clock.now < end:
            self.run()
            self.clock.now += min(step, end - self.clock.now)
            step = min(step * 1.5, timedelta(hours=1))
        self.run()

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What this SELECT finds."""
        with self.ledger.read() as snapshot:
            return [tuple(row) for row in snapshot.exec_driver_sql(statement)]

    def states(self, table: str) -> list[str]:
        """The state of each row of a table, in order."""
        return [state for (state,) in self.rows(f"SELECT state FROM {table} ORDER BY id")]  # noqa: S608 - a test's word

    def file(self, number: int) -> tuple[str, str | None]:
        """State of a file, and the reason of its interchange."""
        reasons = self.rows(f"SELECT reason FROM interchange WHERE transmission_id = {number}")  # noqa: S608
        (state,) = self.rows(f"SELECT state FROM transmission WHERE id = {number}")[0]  # noqa: S608
        return state, reasons[0][0] if reasons else None

    def cases(self) -> list[CaseRow]:
        """What waits for a person."""
        with self.ledger.read() as snapshot:
            return views.open_cases(snapshot)

    def the_case(self) -> CaseRow:
        """The only one."""
        (case,) = self.cases()
        return case

    def owed(self) -> list[bytes]:
        """The content of every X12 acknowledgment, as it was owed, in order."""
        query = "SELECT content FROM delivery WHERE kind = 'acknowledgment' AND acknowledgment_kind NOT IN ('text', 'csv') ORDER BY id"
        return [content for (content,) in self.rows(query)]

    def letters(self, file: int | None = None) -> dict[str, bytes]:
        """The answer files that were owed (because of one file), by name; a name that comes twice must say the same."""
        query = "SELECT transmission_id, name, content FROM delivery WHERE acknowledgment_kind IN ('text', 'csv') ORDER BY id"
        found: dict[str, bytes] = {}
        for number, name, content in self.rows(query):
            if file in (None, number):
                assert found.setdefault(name, content) == content
        return found

    def answers(self) -> list[Answer]:
        """The same, read."""
        return [answer(content) for content in self.owed()]

    def asked(self, case: int, **more: Any) -> review.Asked:  # noqa: ANN401 - the fields of Asked
        """A person's wish about this case."""
        return review.Asked(case=case, who="a person", **more)

    def holds(self) -> bool:
        """Whether the balance does."""
        with self.ledger.read() as snapshot:
            lines = balance(snapshot)
        return bool(lines) and all(line.holds for line in lines)

    def close(self) -> None:
        """Let go."""
        self.ledger.close()
