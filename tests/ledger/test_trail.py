"""The trail is a tree with signed checkpoints, and whoever changes anything of it is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from gateway.flow import translate
from gateway.flow.reply import reply
from gateway.flow.review import reject, release, reopen
from gateway.flow.sealing import Sealing
from gateway.ledger.audit import Audit
from gateway.ledger.schema import bring_up_to_date, migrate
from gateway.ledger.seal import AT_MOST, EVERY
from gateway.ledger.witness import contradictions
from gateway.ledger.write import Ledger
from gateway.model.finding import Finding
from gateway.model.outcomes import TryLater
from gateway.trail.keys import PRIVATE, PUBLIC, public_in
from gateway.trail.leaf import leaf_of, moment
from gateway.trail.note import Checkpoint, read_checkpoint
from gateway.trail.tree import root_of
from tests.passage.home import found_home
from tests.passage.route import Clock, Passage
from tests.passage.x12 import group, interchange, invoice, invoices, order, orders, shipment


class Trail:
    """A ledger with nothing but events, and what seals them."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'ledger.db'}"
        self.keys = folder / "keys"
        bring_up_to_date(self.url)
        self.clock = Clock()
        self.open()

    def open(self) -> None:
        self.ledger = Ledger(self.url, self.clock)
        self.sealing = Sealing(self.ledger, self.keys)

    def add(self, events: int = 1) -> None:
        with self.ledger.write() as tx:
            for n in range(events):
                tx.event("somebody", "something.done", f"thing {n}", number=n)

    def change(self, statement: str) -> None:
        with self.ledger.write() as tx:
            assert tx.execute(text(statement)).rowcount > 0

    def rows(self, query: str) -> list[Any]:
        with self.ledger.read() as snapshot:
            return [tuple(row) for row in snapshot.exec_driver_sql(query)]

    def sizes(self) -> list[int]:
        return [size for (size,) in self.rows("SELECT size FROM checkpoint ORDER BY size")]

    def audit(self, held: Checkpoint | None = None) -> tuple[list[Finding], Audit]:
        with self.ledger.read() as snapshot:
            audit = Audit(snapshot, public_in(self.keys), held)
            return list(audit.faults()), audit

    def codes(self, held: Checkpoint | None = None) -> list[str]:
        return [fault.code for fault in self.audit(held)[0]]

    def newest(self) -> Checkpoint:
        ((note,),) = self.rows("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")
        return read_checkpoint(note, public_in(self.keys))


@pytest.fixture
def trail(tmp_path: Path) -> Iterator[Trail]:
    made = Trail(tmp_path)
    yield made
    made.ledger.close()


def test_events_wait_for_their_checkpoint_no_longer_than_ten_seconds(trail: Trail) -> None:
    trail.add(3)
    trail.sealing.look()
    assert trail.sizes() == []
    trail.clock.now += AT_MOST
    trail.sealing.look()
    assert trail.sizes() == [3]


def test_every_thousand_events_are_sealed_at_once(trail: Trail) -> None:
    trail.add(2 * EVERY + 5)
    trail.sealing.look()
    assert trail.sizes() == [EVERY, 2 * EVERY]
    trail.sealing.finish()
    assert trail.sizes() == [EVERY, 2 * EVERY, 2 * EVERY + 5]
    assert trail.codes() == []


def test_a_checkpoint_is_the_root_over_all_events_so_far_gaps_in_their_numbers_or_not(trail: Trail) -> None:
    trail.add(2)
    trail.ledger.close()
    trail.open()  # a restart leaves the rest of its block of numbers out
    trail.add(3)
    trail.sealing.finish()
    rows = trail.rows("SELECT id, leaf FROM event ORDER BY id")
    assert rows[2][0] - rows[1][0] > 1
    assert trail.newest().root == root_of(leaf for _, leaf in rows)
    assert (trail.newest().size, trail.newest().last_event) == (5, rows[-1][0])
    assert trail.codes() == []


def test_after_a_restart_the_tree_grows_on(trail: Trail) -> None:
    for _ in range(5):
        trail.add(7)
        trail.sealing.finish()
        trail.ledger.close()
        trail.open()
    assert trail.sizes() == [7, 14, 21, 28, 35]
    assert trail.codes() == []
    assert trail.rows("SELECT count(*) FROM checkpoint WHERE peaks IS NOT NULL") == [(1,)]


def test_at_rest_nothing_is_written_and_nothing_is_read(trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    trail.add()
    trail.sealing.finish()
    trail.sealing.look()
    monkeypatch.setattr(trail.ledger, "read", None)
    monkeypatch.setattr(trail.ledger, "write", None)
    trail.sealing.look()


def test_what_stands_after_the_last_checkpoint_is_counted_and_said(trail: Trail) -> None:
    trail.add(4)
    trail.sealing.finish()
    trail.add(3)
    faults, audit = trail.audit()
    assert faults == []
    assert (audit.events, audit.checkpoints, audit.unsigned) == (7, 1, 3)


def filled(trail: Trail) -> None:
    """Three checkpoints over ten events each, two events after them."""
    for _ in range(3):
        trail.add(10)
        trail.sealing.finish()
    trail.add(2)


CHANGES = {
    "its detail": ("UPDATE event SET detail = '{}' WHERE id = 15", ["trail.event_changed"]),
    "who": ("UPDATE event SET who = 'me' WHERE id = 15", ["trail.event_changed"]),
    "a moment that is none": ("UPDATE event SET at = 'noon' WHERE id = 15", ["trail.event_changed"]),
    "a line end": ("UPDATE event SET who = 'a\nb' WHERE id = 15", ["trail.event_changed"]),
    "its hash": ("UPDATE event SET leaf = zeroblob(32) WHERE id = 15", ["trail.event_changed"]),
    "no hash": ("UPDATE event SET leaf = 'none' WHERE id = 15", ["trail.event_changed"]),
    "one not signed yet": ("UPDATE event SET what = 'x' WHERE id = 31", ["trail.event_changed"]),
    "removed": ("DELETE FROM event WHERE id = 15", ["trail.events_missing"]),
    "the first": ("DELETE FROM event WHERE id = 1", ["trail.events_missing"]),
    "a whole checkpoint's": ("DELETE FROM event WHERE id BETWEEN 11 AND 20", ["trail.events_missing"]),
    "slipped in": (
        "INSERT INTO event SELECT 0, at, who, what, about, detail, leaf FROM event WHERE id = 1",
        ["trail.event_changed", "trail.events_added"],
    ),
    "renumbered": ("UPDATE event SET id = 500 WHERE id = 15", ["trail.events_missing"]),
    "a root": ("UPDATE checkpoint SET root = 'x' WHERE size = 20", ["trail.checkpoint_row"]),
    "an end": ("UPDATE checkpoint SET last_event = 19 WHERE size = 20", ["trail.checkpoint_row"]),
    "a date": ("UPDATE checkpoint SET at = 'noon' WHERE size = 20", ["trail.checkpoint_row"]),
    "a note": ("UPDATE checkpoint SET note = replace(note, '20', '21') WHERE size = 20", ["trail.checkpoint_note"]),
}


@pytest.mark.parametrize(("statement", "codes"), CHANGES.values(), ids=CHANGES.keys())
def test_whatever_is_changed_is_named(trail: Trail, statement: str, codes: list[str]) -> None:
    filled(trail)
    assert trail.codes() == []
    trail.change(statement)
    assert trail.codes() == codes


def test_an_event_that_was_changed_together_with_its_hash_is_found_by_the_signed_root(trail: Trail) -> None:
    filled(trail)
    ((at,),) = trail.rows("SELECT at FROM event WHERE id = 15")
    leaf = leaf_of(15, moment(trail.clock.now), "me", "x.done", "thing 1", "{}")
    assert at == moment(trail.clock.now)
    trail.change(
        "UPDATE event SET who = 'me', what = 'x.done', about = 'thing 1', detail = '{}', "  # noqa: S608 - a test's own bytes
        f"leaf = x'{leaf.hex()}' WHERE id = 15"
    )
    assert trail.codes() == ["trail.root"]


def test_an_end_that_was_cut_off_is_found_by_a_checkpoint_kept_elsewhere(trail: Trail) -> None:
    filled(trail)
    held = trail.newest()
    assert trail.codes(held) == []
    trail.change("DELETE FROM event WHERE id > 20")
    trail.change("DELETE FROM checkpoint WHERE size > 20")
    assert trail.codes() == []  # the ledger alone cannot know
    assert trail.codes(held) == ["trail.cut"]
    trail.sealing = Sealing(trail.ledger, trail.keys)
    trail.change("UPDATE checkpoint SET peaks = zeroblob(64)")
    trail.add(20)
    trail.sealing.finish()
    assert trail.sizes() == [10, 20], "a tree that does not fit its own checkpoint is not signed on"


def test_a_trail_that_was_written_anew_is_found_by_a_checkpoint_kept_elsewhere(tmp_path: Path) -> None:
    held: list[Checkpoint] = []
    for name, events in (("true", 10), ("forged", 12)):
        (tmp_path / name).mkdir()
        trail = Trail(tmp_path / name)
        trail.keys = tmp_path / "keys"  # the key itself was stolen
        trail.sealing = Sealing(trail.ledger, trail.keys)
        trail.add(events)
        trail.change(f"UPDATE event SET who = '{name}'")  # noqa: S608 - a test's word
        trail.change("UPDATE event SET leaf = randomblob(32)")
        trail.sealing.finish()
        held.append(trail.newest())
        codes = trail.codes(held[0])
        trail.ledger.close()
    assert codes[-1] == "trail.rewritten"


def cases(trail: Trail) -> list[tuple[str, str]]:
    return trail.rows('SELECT reason, state FROM "case" ORDER BY id')


def test_a_key_that_is_gone_is_a_case_and_nothing_is_signed_until_it_is_back(trail: Trail) -> None:
    trail.add()
    trail.sealing.finish()
    key = (trail.keys / PRIVATE).read_bytes()
    (trail.keys / PRIVATE).unlink()
    (trail.keys / PUBLIC).unlink()
    trail.sealing = Sealing(trail.ledger, trail.keys)
    for _ in range(3):
        trail.add()
        trail.sealing.finish()
    assert cases(trail) == [("trail.key_missing", "open")]
    assert trail.sizes() == [1]
    (trail.keys / PRIVATE).write_bytes(key)
    trail.sealing.finish()
    assert cases(trail) == [("trail.key_missing", "resolved")]
    assert trail.codes() == []
    assert trail.audit()[1].unsigned == 1  # that the case is resolved


def test_another_key_does_not_sign_on(trail: Trail) -> None:
    trail.add()
    trail.sealing.finish()
    for path in trail.keys.iterdir():
        path.unlink()
    Sealing(Ledger(trail.url, trail.clock), trail.keys)
    other = Trail(trail.keys)  # makes a key of its own below
    other.add()
    other.sealing.finish()
    other.ledger.close()
    for path in other.keys.iterdir():
        path.rename(trail.keys / path.name)
    trail.sealing = Sealing(trail.ledger, trail.keys)
    trail.add()
    trail.sealing.finish()
    assert cases(trail) == [("trail.key_other", "open")]
    assert trail.codes() == ["trail.checkpoint_note"]


def test_events_of_an_earlier_release_get_their_leaves(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    migrate(url, "0001")
    old = Ledger(url, Clock())
    insert = (
        "INSERT INTO event (id, at, who, what, about, detail) VALUES (:id, :at, 'gateway', 'x.done', 'file 1', :detail)"
    )
    with old.write() as tx:
        rows = [{"id": n, "at": "2026-11-16T12:00:00.000000Z", "detail": '{"why":"ü"}'} for n in (1, 2, 700)]
        tx.execute(text(insert), rows)
    old.close()
    trail = Trail(tmp_path)
    trail.sealing.finish()
    assert trail.codes() == []
    assert trail.sizes() == [3]
    trail.ledger.close()


@pytest.fixture
def passage(tmp_path: Path) -> Iterator[Passage]:
    """A home in which everything came about that the trail tells of."""
    made = Passage(found_home(tmp_path))
    made.take(interchange(group(order("PO-1"), order("PO-2"))))
    made.take(orders("PO-3", control=2).replace(b"PO1*1*10*BX", b"PO1*1*ten*BX"))
    made.take(orders("PO-1", control=1))
    made.take(interchange(group(shipment("S-1", "PO-1"))), channel="acme")
    made.take(invoices(invoice("I-1", quantity=10)), invoices(invoice("I-1", quantity=20), control=2), channel="acme")
    made.take(b"hello")
    made.books.troubles = ["refused"]
    made.take(orders("PO-4", control=4))
    yield made
    made.close()


def told(passage: Passage) -> list[Finding]:
    with passage.ledger.read() as snapshot:
        return list(contradictions(snapshot))


def test_the_rows_are_what_the_trail_tells_whatever_people_did(passage: Passage) -> None:
    assert told(passage) == []
    verbs: list[Callable[..., Any]] = [release, reject]
    for case in passage.cases():
        verb = verbs[0] if case.reason == "duplicate.conflict" else verbs[1]
        asked = passage.asked(case.id, reason="so be it", earlier_undone=True)
        verb(passage.route, asked)
        assert told(passage) == []
    passage.run()
    assert told(passage) == []


def test_a_file_in_which_the_last_held_thing_was_rejected_is_told_of(tmp_path: Path) -> None:
    passage = Passage(found_home(tmp_path))
    passage.take(
        invoices(invoice("I-1", quantity=10)), invoices(invoice("I-1", quantity=20), control=2), channel="acme"
    )
    reject(passage.route, passage.asked(passage.the_case().id, reason="typed twice"))
    assert passage.states("transmission")[1] == "rejected"
    assert told(passage) == []
    passage.close()


def test_a_file_that_was_given_up_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passage = Passage(found_home(tmp_path))
    passage.receive(orders("PO-1"))
    monkeypatch.setattr(passage.route.archive, "open", lambda _: 1 / 0)
    passage.run_for(minutes=5)
    assert passage.states("transmission") == ["held"]
    assert told(passage) == []
    passage.close()


def test_a_large_interchange_is_told_of_by_all_its_sets(tmp_path: Path) -> None:
    passage = Passage(found_home(tmp_path))
    passage.take(interchange(group(*(order(f"PO-{n}") for n in range(1100)))))
    assert told(passage) == []
    with passage.ledger.write() as tx:
        tx.execute(
            text("UPDATE document SET canonical = replace(canonical, 'PO-1050', 'PO-9050') WHERE number = 'PO-1050'")
        )
    assert [(one.code, "sets" in one.message) for one in told(passage)] == [("trail.row_differs", True)]
    passage.close()


FORGERIES = {
    "other bytes received": ("UPDATE transmission SET sha256 = (SELECT max(sha256) FROM blob) WHERE id = 1", "sha256"),
    "another channel": ("UPDATE transmission SET channel = 'acme' WHERE id = 1", "channel"),
    "another name": ("UPDATE transmission SET name = 'x' WHERE id = 1", "name"),
    "another size": ("UPDATE transmission SET size = 1 WHERE id = 1", "size"),
    "another outcome": ("UPDATE transmission SET state = 'held' WHERE id = 1", "file.held"),
    "a file from nowhere": ("DELETE FROM event WHERE about = 'file 1' AND what = 'file.received'", "file.received"),
    "another sender": ("UPDATE interchange SET sender = 'ZZ:ME' WHERE id = 1", "sender"),
    "another verdict": ("UPDATE document SET verdict = 'A' WHERE verdict = 'R'", "sets"),
    "another document": (
        "UPDATE document SET canonical = replace(canonical, '8.40', '9.40') WHERE number = 'PO-2'",
        "sets",
    ),
    "a moved document": ("UPDATE document SET interchange_id = 2 WHERE number = 'PO-2'", "sets"),
    "a refused interchange accepted": (
        "UPDATE interchange SET state = 'translated' WHERE state = 'rejected'",
        "translated",
    ),
    "a document that was accepted after all": (
        "UPDATE document SET state = 'translated' WHERE state = 'rejected'",
        "outcomes",
    ),
    "a document that was refused after all": ("UPDATE document SET state = 'rejected' WHERE id = 1", "outcomes"),
    "another number": ("UPDATE document SET number = 'PO-7' WHERE id = 1", "sets"),
    "another business key": ("UPDATE document SET business_key = 'x' WHERE id = 1", "sets"),
    "another reserved key": ("UPDATE document SET duplicate_key = 'x' WHERE id = 1", "sets"),
    "another partner of a document": ("UPDATE document SET partner = 'acme' WHERE id = 1", "sets"),
    "another value": ("UPDATE document SET value = '1.00' WHERE id = 1", "sets"),
    "a test that was in earnest": ("UPDATE interchange SET usage = 'T' WHERE id = 1", "usage"),
    "another partner of an interchange": ("UPDATE interchange SET partner = 'acme' WHERE id = 1", "partner"),
    "another receiver": ("UPDATE interchange SET receiver = 'ZZ:ME' WHERE id = 1", "receiver"),
    "a problem removed": ("DELETE FROM finding WHERE id = (SELECT min(id) FROM finding)", "findings"),
    "another problem": ("UPDATE finding SET code = 'x'", "findings"),
    "a problem of another document": ("UPDATE finding SET document_id = 1", "findings"),
    "a case removed": ('DELETE FROM "case" WHERE id = 1', "case 1"),
    "a case closed": ("UPDATE \"case\" SET state = 'resolved' WHERE id = 1", "case.resolved"),
    "a case ignored": ("UPDATE \"case\" SET state = 'ignored' WHERE id = 1", "case.ignored"),
    "a case about something else": ("UPDATE \"case\" SET subject = 'file 9' WHERE id = 1", "subject"),
    "a case from nowhere": ('UPDATE "case" SET id = 999 WHERE id = 1', "case 1"),
    "a file that waits": ("UPDATE transmission SET state = 'received' WHERE id = 1", "file.read_again"),
    "an interchange that waits": ("UPDATE interchange SET state = 'received' WHERE id = 1", "interchange.read_again"),
    "another answer": (
        "UPDATE delivery SET content = replace(content, 'AK9', 'AK8') WHERE kind = 'acknowledgment' AND transmission_id = 1",
        "sha256",
    ),
    "another key": ("UPDATE delivery SET idempotency_key = 'x' WHERE id = 1", "key"),
    "another reference": ("UPDATE delivery SET reference = 'x' WHERE kind = 'erp' AND document_id = 1", "reference"),
    "another target": ("UPDATE delivery SET target = 'x' WHERE id = 1", "target"),
    "never delivered": ("UPDATE delivery SET state = 'dead' WHERE id = 1", "delivery.dead"),
    "delivered after all": ("UPDATE delivery SET state = 'done' WHERE state = 'dead'", "erp.delivered"),
    "not owed": (
        "UPDATE event SET about = 'delivery 9999' WHERE what = 'delivery.owed' AND about = 'delivery 1'",
        "delivery 9999",
    ),
}


@pytest.mark.parametrize(("statement", "said"), FORGERIES.values(), ids=FORGERIES.keys())
def test_a_row_that_was_changed_contradicts_its_event(passage: Passage, statement: str, said: str) -> None:
    ledger = passage.ledger
    with ledger.write() as tx:
        tx.execute(text("PRAGMA defer_foreign_keys = ON"))
        assert tx.execute(text(statement)).rowcount > 0
    found = told(passage)
    assert found
    assert said in found[0].message


def changed(passage: Passage, statement: str) -> list[str]:
    """What is said once this was done by hand."""
    with passage.ledger.write() as tx:
        assert tx.execute(text(statement)).rowcount > 0
    return [one.message for one in told(passage)]


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Passage]:
    """An invoice that is held, since its number came before with other content; an interchange that is held as a whole."""
    made = Passage(found_home(tmp_path))
    made.take(invoices(invoice("I-1", quantity=10)), invoices(invoice("I-1", quantity=20), control=2), channel="acme")
    yield made
    made.close()


@pytest.mark.parametrize(("verb", "state"), [(release, "translated"), (reject, "rejected")])
@pytest.mark.parametrize("other", ["held", "rejected", "translated", "duplicate"])
def test_a_document_that_a_person_decided_about_stands_where_they_said(
    held: Passage, verb: Callable[..., Any], state: str, other: str
) -> None:
    verb(held.route, held.asked(held.the_case().id, reason="so be it", earlier_undone=True))
    held.run()
    assert told(held) == []
    assert held.states("document") == ["translated", state]
    if other != state:
        (said,) = changed(held, f"UPDATE document SET state = '{other}', revision = 5 WHERE id = 2")  # noqa: S608 - a test's word
        assert said.startswith("interchange 2: its event ")
        assert " says outcomes " in said


def test_the_reason_that_a_person_gave_is_among_the_problems_that_are_fixed(held: Passage) -> None:
    reject(held.route, held.asked(held.the_case().id, reason="typed twice"))
    assert told(held) == []
    (said,) = changed(held, "DELETE FROM finding WHERE code = 'file.rejected'")
    assert said.startswith("file 2: ")
    assert " says findings " in said


def test_a_case_that_was_closed_by_hand_after_it_was_reopened_is_named(held: Passage) -> None:
    number = held.the_case().id
    reject(held.route, held.asked(number, reason="typed twice"))
    reopen(held.route, held.asked(number, reason="looked again"))
    assert told(held) == []
    (said,) = changed(held, "UPDATE \"case\" SET state = 'resolved'")
    assert f"case {number}: its event " in said
    assert "says state 'open', and the ledger now says 'resolved'" in said


def test_what_is_read_again_is_told_of_by_its_last_reading(tmp_path: Path) -> None:
    passage = Passage(found_home(tmp_path))
    passage.take(orders("PO-1"), orders("PO-2", control=1))
    case = passage.the_case()
    assert case.subject == "interchange 2"
    release(passage.route, passage.asked(case.id, reason="another order"))
    assert told(passage) == [], "while it waits to be read"
    passage.run()
    assert passage.states("document")[-1] == "translated"
    assert told(passage) == []
    (said,) = changed(passage, "UPDATE document SET value = '1.00' WHERE number = 'PO-2'")
    assert " says sets " in said
    passage.close()


def test_a_ta1_that_was_changed_is_named(tmp_path: Path) -> None:
    passage = Passage(found_home(tmp_path))
    sent = orders("PO-1").replace(b"\nGS", b"GS")
    head, rest = sent.split(b"GS*", 1)
    passage.take(head + b"TA1*000000007*261116*1200*R*005~GS*" + rest)
    assert "TA1" in [kind for (kind,) in passage.rows("SELECT kind FROM document")]
    assert told(passage) == []
    (said,) = changed(passage, "UPDATE document SET canonical = replace(canonical, '005', '006') WHERE kind = 'TA1'")
    assert " says sets " in said
    passage.close()


def test_a_commit_that_fails_and_is_tried_alone_tells_of_each_set_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passage = Passage(found_home(tmp_path))
    passage.receive(orders("PO-1"), orders("PO-2", control=2))
    tries: list[Any] = []

    def fail_once(*given: Any) -> None:  # noqa: ANN401 - whatever the true one takes
        tries.append(given)
        if len(tries) == 1:
            raise TryLater("not now")
        reply(*given)

    monkeypatch.setattr(translate, "reply", fail_once)
    passage.run()
    assert passage.states("document") == ["translated", "translated"]
    assert told(passage) == []
    passage.close()


def test_a_row_that_was_removed_is_missed(passage: Passage) -> None:
    with passage.ledger.write() as tx:
        for statement in ("DELETE FROM lane", "DELETE FROM delivery WHERE id = 1"):
            tx.execute(text(statement))
    assert {one.code for one in told(passage)} == {"trail.row_gone"}
