"""Files that wait while the daemon is killed, as X12 and as tables; and what must hold of them whenever it is dead."""

from __future__ import annotations

from collections import Counter

from gateway.lab.process import Simulator
from gateway.ledger.schema import version
from gateway.settings import Home
from gateway.terminal.verify import verify
from tests.passage.home import assert_balanced, assert_promises_kept, command, drop, out, rows
from tests.passage.table import bill, table
from tests.passage.x12 import answer, invoice, invoices, orders

SENTINEL = ".done"


class Waiting:
    """What the three partners of a home dropped so far: one document a file, group control numbers from 1."""

    def __init__(self, home: Home, lab: Simulator, *, vouched: bool = False) -> None:
        """`vouched`: each file comes with its sentinel."""
        self.home = home
        self.lab = lab
        self.dropped: Counter[str] = Counter()
        self._vouched = vouched
        self._names: dict[str, set[str]] = {}

    def drop(self, *, northclinic: int = 1, acme: int = 1, bolt: int = 1) -> None:
        """So many more: orders from North Clinic, invoices from Acme, tables of one invoice each from Bolt."""
        for _ in range(northclinic):
            n = self._next("northclinic")
            self._put("northclinic", f"order-{n}.edi", orders(f"PO-{n}", control=n))
        for _ in range(acme):
            n = self._next("acme")
            self._put("acme", f"invoice-{n}.edi", invoices(invoice(f"INV-{n}", of=f"45{n:08}"), control=n))
        for _ in range(bolt):
            n = self._next("bolt")
            self._put("bolt", f"bill-{n}.csv", table(bill(f"B-{n}", "5", of=f"46{n:08}")))

    def assert_nothing_broken(self) -> None:
        """At any instant: every file is in its folder or ours, no effect and no answer came twice, all of it adds up."""
        taken = Counter(self._taken())
        assert set(taken.values()) <= {1}
        for channel, names in self._names.items():
            there = {path.name for path in (self.home.inbox / channel).rglob("*")}
            assert {name for name in names if name not in there and (channel, name) not in taken} == set()
        if not taken:
            return
        assert set(Counter(effect["business_key"] for effect in self.lab.effects()).values()) <= {1}
        self._assert_answered_at_most_once()
        assert_balanced(self.home)
        assert verify(self.home, as_json=True) == 0

    def release_the_blamed(self) -> int:
        """A file that was in hand at three kills is put aside as if it had caused them: a person lets it go on. How many."""
        cases = rows(self.home, "SELECT id, reason FROM \"case\" WHERE state = 'open'")
        assert {reason for _, reason in cases} <= {"file.poison"}
        for number, _ in cases:
            assert command(self.home, "release", str(number))[0] == 0
        return len(cases)

    def assert_all_arrived(self) -> None:
        """At the end: every file has its outcome, its one effect and its one answer."""
        assert_promises_kept(self.home, dict(self.dropped), self.lab.effects())

    def events(self) -> int:
        """How many events there are: the measure of what was done."""
        return int(rows(self.home, "SELECT count(*) FROM event")[0][0])

    def in_hand(self) -> bool:
        """Whether something is half done: claimed and not taken, taken and not read, owed and not paid."""
        claimed = any(path.is_file() for path in self.home.inbox.glob("*/.processing/*/*"))
        begun = "SELECT 1 FROM transmission WHERE state = 'received' UNION SELECT 1 FROM delivery WHERE state <> 'done'"
        return claimed or (self._begun() and bool(rows(self.home, begun)))

    def _begun(self) -> bool:
        """Whether there is a ledger: the first start may have been killed before it."""
        return self.home.ledger.exists() and version(f"sqlite:///{self.home.ledger}") is not None

    def _taken(self) -> list[tuple[str, str]]:
        """Channel and name of every file that is ours."""
        if not self._begun():
            return []
        found = rows(self.home, "SELECT channel, name FROM transmission WHERE direction = 'in'")
        return [(channel, name) for channel, name in found]

    def _assert_answered_at_most_once(self) -> None:
        for channel in ("northclinic", "acme"):
            answers = [answer(content) for content in out(self.home, channel).values()]
            groups = Counter(control for one in answers for _, control in one.answers)
            assert set(groups.values()) <= {1}
            assert len({one.control for one in answers}) == len(answers)
        assert out(self.home, "bolt").keys() <= {f"{name}.accepted.txt" for name in self._names.get("bolt", ())}

    def _next(self, channel: str) -> int:
        self.dropped[channel] += 1
        return self.dropped[channel]

    def _put(self, channel: str, name: str, content: bytes) -> None:
        self._names.setdefault(channel, set()).add(name)
        drop(self.home, name, content, channel=channel)
        if self._vouched:
            drop(self.home, name + SENTINEL, b"", channel=channel)
