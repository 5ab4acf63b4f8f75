"""What is odd in a drop folder is one open case with a plain sentence, closed when it is over, over restarts too."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.channels.room import MB, Room
from gateway.flow.due import is_crowded
from gateway.flow.oddity import tell_of_oddities
from gateway.flow.receive import receive
from gateway.model.catalogue import finding
from gateway.settings import init
from gateway.wiring import open_gateway
from tests.channels.inbox import RENAME, Disk, Inbox
from tests.passage.route import Passage
from tests.passage.x12 import orders


class Watch(Inbox):
    """An inbox whose oddities become cases of a real ledger."""

    def __init__(self, passage: Passage, root: Path) -> None:
        super().__init__(root, RENAME)
        self.passage = passage

    def look_and_tell(self) -> list[tuple[str, str, str, str]]:
        """One look; the cases that are open then: subject, reason, who acts, sentence."""
        self.look(lambda drops: receive(self.passage.route, drops))
        tell_of_oddities(self.passage.route, self.told[-1])
        return [(case.subject, case.reason, case.owner, case.sentence) for case in self.passage.cases()]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    home = init(tmp_path / "home")
    passage = Passage(home)
    yield Watch(passage, home.inbox)
    passage.close()


def test_many_odd_things_of_one_cause_are_one_case_that_is_reworded_and_closed(watch: Watch) -> None:
    links = [watch.root / "acme" / f"{n}.edi" for n in range(3)]
    assert watch.look_and_tell() == []
    for link in links:
        link.symlink_to("/etc/passwd")
    ((about, reason, who, sentence),) = watch.look_and_tell()
    assert (about, reason, who) == ("channel acme", "channel.not_a_file", "us")
    assert sentence == "'0.edi' (and 2 more) in inbox/acme is a symbolic link, not a file. It was left alone."
    links[0].unlink()
    ((_, _, _, sentence),) = watch.look_and_tell()
    assert sentence == "'1.edi' (and 1 more) in inbox/acme is a symbolic link, not a file. It was left alone."
    for link in links[1:]:
        link.unlink()
    assert watch.look_and_tell() == []
    assert watch.passage.rows("SELECT state, outcome FROM 'case'") == [("resolved", "it is so no longer")]


def test_a_restart_opens_no_second_case_and_closes_what_is_over_by_then(watch: Watch) -> None:
    odd = watch.root / "acme" / "orders"
    odd.mkdir(parents=True)
    watch.look_and_tell()
    watch.again()
    assert len(watch.look_and_tell()) == 1
    assert watch.passage.rows("SELECT count(*) FROM 'case'") == [(1,)]
    odd.rmdir()
    watch.again()
    assert watch.look_and_tell() == []


def test_a_disk_without_room_is_a_case_of_its_own_beside_the_others(watch: Watch) -> None:
    reserve = [1_000_000_000]
    watch.room = Room(watch.root, lambda: reserve[0])
    watch.again()
    (watch.root / "acme" / "orders").mkdir(parents=True)
    watch.drop("order.edi")
    assert [case[:2] for case in watch.look_and_tell()] == [
        ("channel acme", "channel.not_a_file"),
        ("channels", "channel.disk_reserve"),
    ]
    assert watch.passage.states("transmission") == []
    reserve[0] = 0
    assert [case[:2] for case in watch.look_and_tell()] == [("channel acme", "channel.not_a_file")]
    assert watch.passage.states("transmission") == ["received"]


def test_cases_about_other_things_are_left_alone(watch: Watch) -> None:
    watch.passage.take(b"not an interchange")
    before = watch.passage.cases()
    standing = {"channel acme": [finding("channel.clock_ahead", folder="inbox/acme")]}
    tell_of_oddities(watch.passage.route, standing)
    assert len(watch.passage.cases()) == 2
    tell_of_oddities(watch.passage.route, {})
    assert watch.passage.cases() == before != []


def test_a_look_that_finds_nothing_new_writes_nothing(watch: Watch) -> None:
    standing = {"channel acme": [finding("channel.clock_ahead", folder="inbox/acme")]}
    tell_of_oddities(watch.passage.route, standing)
    changes = watch.passage.ledger.changes
    tell_of_oddities(watch.passage.route, standing)
    assert watch.passage.ledger.changes == changes


def test_the_door_is_crowded_while_so_many_files_wait_to_be_read(watch: Watch) -> None:
    route = watch.passage.route
    watch.passage.receive(b"1", b"2")
    assert [is_crowded(route, files) for files in (1, 2, 3)] == [True, True, False]
    watch.passage.run()
    assert not is_crowded(route, 1)


def test_the_daemon_tells_of_what_it_finds_and_of_its_end(tmp_path: Path) -> None:
    home = init(tmp_path / "home")
    odd = home.inbox / "northclinic" / "orders"
    with open_gateway(home) as gateway:
        odd.mkdir()
        daemon = gateway.daemon()
        daemon.one_pass()
        with gateway.ledger.read() as snapshot:
            assert snapshot.exec_driver_sql("SELECT subject, reason, state FROM 'case'").all() == [
                ("channel northclinic", "channel.not_a_file", "open")
            ]
        odd.rmdir()
        daemon.one_pass()
        with gateway.ledger.read() as snapshot:
            assert snapshot.exec_driver_sql("SELECT state FROM 'case'").all() == [("resolved",)]


def test_the_reserve_of_the_settings_holds_the_daemon_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = init(tmp_path / "home")
    home.config.write_text(
        home.config.read_text("utf-8").replace("[gateway]", "[gateway]\ndisk_reserve_mb = 9"), "utf-8"
    )
    monkeypatch.setattr(os, "statvfs", lambda _path: Disk(8 * MB))
    with open_gateway(home) as gateway:
        gateway.daemon().one_pass()
        with gateway.ledger.read() as snapshot:
            ((sentence,),) = snapshot.exec_driver_sql("SELECT sentence FROM 'case'").all()
    assert "less than 9 MB free" in sentence


def test_an_outbox_that_cannot_be_written_is_one_case_until_what_waited_is_out(watch: Watch) -> None:
    passage, outbox = watch.passage, watch.passage.home.outbox / "northclinic"
    outbox.rmdir()
    outbox.write_text("in the way")
    passage.take(orders("PO-1"), orders("PO-2", control=2))
    passage.run_for(minutes=1)
    ((about, reason, sentence),) = [(case.subject, case.reason, case.sentence) for case in passage.cases()]
    assert (about, reason) == ("outbox/northclinic", "channel.outbox_waits")
    assert "could not be written to the outbox: Not a directory" in sentence
    outbox.unlink()
    passage.run_for(minutes=10)
    assert passage.cases() == []
    assert len(list(outbox.iterdir())) == 2
