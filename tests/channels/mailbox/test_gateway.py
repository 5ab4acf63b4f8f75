"""The whole gateway with a mailbox on a real sshd: files in, answers out, kill -9 at every step, cases that open and close."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.flow.oddity import tell_of_oddities
from gateway.flow.ticks import LedgerTicks
from gateway.lab.process import Simulator
from gateway.model.catalogue import finding
from gateway.settings import Home
from tests.channels.mailbox.faulty import HANG, Faulty
from tests.channels.mailbox.sshd import Sshd, needs_sshd, new_key
from tests.passage.home import (
    assert_answered_once,
    assert_balanced,
    command,
    dies_at,
    drop,
    eventually,
    found_home,
    once,
    out,
    running,
)
from tests.passage.home import rows as selected
from tests.passage.route import Passage
from tests.passage.x12 import answer, invoice, invoices, orders

MAILBOX = """
[channel.mailbox]
host = "127.0.0.1"
port = {port}
user = "{user}"
key = {{ file = "{key}" }}
host_keys = ["{host_key}"]
take_from = "{remote}/out"
put_into = "{remote}/in"
connect_seconds = 5
every_seconds = 5
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Simulator]:
    """An ERP that outlives the daemon."""
    with Simulator.start(tmp_path / "lab.db") as simulator:
        yield simulator


@pytest.fixture
def home(sshd: Sshd, lab: Simulator, tmp_path: Path) -> Home:
    """A home in which North Clinic has a mailbox instead of sending."""
    home = found_home(tmp_path / "home", lab.url)
    with_mailbox(home, sshd, sshd.host_keys[0])
    return home


def with_mailbox(home: Home, sshd: Sshd, host_key: str) -> None:
    """Save North Clinic's file with a mailbox in it."""
    page = home.partners / "northclinic.toml"
    text = page.read_text("utf-8").partition("\n[channel.mailbox]")[0]
    key = {"port": sshd.port, "user": sshd.user, "key": sshd.client_key, "host_key": host_key, "remote": sshd.remote}
    page.write_text(text + MAILBOX.format(**key))


def fill(sshd: Sshd, count: int = 3) -> None:
    """Orders in the mailbox, one in each file."""
    for n in range(1, count + 1):
        (sshd.remote / "out" / f"order-{n}.edi").write_bytes(orders(f"PO-{n}", control=n))


def answers(sshd: Sshd) -> dict[str, bytes]:
    """What lies in the mailbox for its owner."""
    return {path.name: path.read_bytes() for path in (sshd.remote / "in").iterdir()}


def assert_all_went_well(home: Home, sshd: Sshd, lab: Simulator, count: int = 3) -> None:
    """Every file was taken once, posted once and answered once, and nothing is left in the mailbox."""
    assert selected(home, "SELECT count(*) FROM transmission WHERE direction = 'in'") == [(count,)]
    assert sorted(one["business_key"] for one in lab.effects()) == sorted(
        {one["business_key"] for one in lab.effects()}
    )
    assert len(lab.effects()) == count
    assert list((sshd.remote / "out").iterdir()) == []
    assert_answered_once([answer(content) for content in answers(sshd).values()], count)
    assert out(home) == {}
    assert list((home.mailboxes / "northclinic" / "claims").iterdir()) == []
    assert list((home.mailboxes / "northclinic").glob("*.part")) == []
    assert_balanced(home)


@needs_sshd
def test_orders_are_fetched_posted_and_answered_in_the_mailbox(sshd: Sshd, home: Home, lab: Simulator) -> None:
    fill(sshd)
    once(home)
    assert_all_went_well(home, sshd, lab)


@needs_sshd
def test_killed_between_custody_and_deletion_each_file_is_ours_once(sshd: Sshd, home: Home, lab: Simulator) -> None:
    fill(sshd)
    dies_at(home, "mailbox.admitted", "--once")
    assert selected(home, "SELECT count(*) FROM transmission") == [(3,)]
    assert len(list((sshd.remote / "out").iterdir())) == 3
    once(home)
    assert_all_went_well(home, sshd, lab)


@needs_sshd
@pytest.mark.all
@pytest.mark.parametrize(
    "place", ["fetched", "admitted", "released", "uploaded", "renamed"], ids=lambda place: f"mailbox.{place}"
)
def test_killed_at_any_place_and_again_at_it_nothing_is_lost_and_nothing_twice(
    sshd: Sshd, home: Home, lab: Simulator, place: str
) -> None:
    fill(sshd)
    dies_at(home, f"mailbox.{place}", "--once")
    if place in {"released", "renamed"}:  # the first of three is done with
        dies_at(home, f"mailbox.{place}", "--once")
    once(home)
    assert_all_went_well(home, sshd, lab)


@needs_sshd
@pytest.mark.all
def test_an_answer_that_the_partner_fetched_while_we_were_dead_waits_for_a_person(
    sshd: Sshd, home: Home, lab: Simulator
) -> None:
    fill(sshd, 1)
    dies_at(home, "mailbox.renamed", "--once")
    (sent,) = (sshd.remote / "in").iterdir()
    content = sent.read_bytes()
    sent.unlink()
    once(home)
    ((number, reason),) = selected(home, "SELECT id, reason FROM 'case' WHERE state = 'open'")
    assert reason == "mailbox.upload_unsure"
    assert answers(sshd) == {}
    assert command(home, "release", str(number), "--reason", "they do not have it")[0] == 0
    once(home)
    assert list(answers(sshd).values()) == [content]
    assert len(lab.effects()) == 1


@needs_sshd
def test_while_the_daemon_runs_a_saved_key_takes_effect_and_the_case_about_it_closes(
    sshd: Sshd, home: Home, tmp_path: Path
) -> None:
    with_mailbox(home, sshd, new_key(tmp_path / "stranger"))
    fill(sshd, 1)
    with running(home):
        cases = "SELECT reason, state FROM 'case' WHERE subject = 'mailbox northclinic'"
        eventually(lambda: selected(home, cases) == [("mailbox.unknown_host_key", "open")])
        assert len(list((sshd.remote / "out").iterdir())) == 1
        with_mailbox(home, sshd, sshd.host_keys[0])
        eventually(lambda: selected(home, cases) == [("mailbox.unknown_host_key", "resolved")])
        eventually(lambda: len(answers(sshd)) == 1)


def test_the_ledger_remembers_the_times_of_each_mailbox(tmp_path: Path) -> None:
    passage = Passage(found_home(tmp_path / "home"))
    ticks = LedgerTicks(passage.route)
    first = ticks.of("acme")
    assert (first.done, first.file) == (None, None)
    passage.clock.now += timedelta(hours=1)
    ticks.done("acme", passage.clock.now - timedelta(minutes=1))
    ticks.done("acme", passage.clock.now)
    ticks.done("bolt", passage.clock.now + timedelta(hours=1))
    again = LedgerTicks(passage.route).of("acme")
    assert (again.first, again.done) == (first.first, passage.clock.now)
    for _ in range(2):
        ticks.missed("acme", passage.clock.now)
    assert passage.rows("SELECT count(*) FROM event WHERE what = 'mailbox.missed'") == [(1,)]
    assert passage.rows("SELECT schedule, state FROM schedule_tick WHERE schedule LIKE '%acme%' ORDER BY 1") == [
        ("mailbox acme done", "done"),
        ("mailbox acme first", "first"),
        ("mailbox acme missed", "missed"),
    ]
    passage.close()


def test_a_file_of_the_channel_is_remembered_as_its_last(tmp_path: Path) -> None:
    passage = Passage(found_home(tmp_path / "home"))
    passage.take(orders("PO-1"))
    assert LedgerTicks(passage.route).of("northclinic").file == passage.clock.now
    assert LedgerTicks(passage.route).of("acme").file is None
    passage.close()


def test_cases_about_mailboxes_and_about_folders_leave_each_other_alone(tmp_path: Path) -> None:
    passage = Passage(found_home(tmp_path / "home"))
    about_folder = {"channel acme": [finding("channel.clock_ahead", folder="inbox/acme")]}
    about_box = {"mailbox acme": [finding("mailbox.unreachable", host="h", why="it is down")]}

    def reasons() -> list[str]:
        return [case.reason for case in passage.cases()]

    tell_of_oddities(passage.route, about_folder)
    tell_of_oddities(passage.route, about_box, about="mailbox ")
    assert reasons() == ["channel.clock_ahead", "mailbox.unreachable"]
    tell_of_oddities(passage.route, {})
    tell_of_oddities(passage.route, {}, {"mailbox acme"}, about="mailbox ")  # not looked at yet in this life
    assert reasons() == ["mailbox.unreachable"]
    tell_of_oddities(passage.route, {}, about="mailbox ")
    assert reasons() == []
    passage.close()


@pytest.mark.all
def test_a_mailbox_that_hangs_holds_up_no_other_partners_answers(
    tmp_path: Path, lab: Simulator, faulty: Faulty
) -> None:
    home = found_home(tmp_path / "home", lab.url)
    (tmp_path / "password").write_text(faulty.password)
    page = home.partners / "northclinic.toml"
    lines = {
        "port": faulty.port,
        "user": "acme",
        "key": tmp_path / "password",
        "host_key": faulty.host_key,
        "remote": "",
    }
    page.write_text(page.read_text("utf-8") + MAILBOX.format(**lines).replace("key =", "password =", 1))
    asked = threading.Event()

    def react(kind: str, path: bytes) -> object:
        if (kind, path[:4]) != ("lstat", b"/in/"):
            return None
        asked.set()
        return HANG

    faulty.react = react
    with running(home):
        drop(home, "order.edi", orders("PO-1"))  # a file that came another way, say by e-mail
        assert asked.wait(30)
        drop(home, "invoice.edi", invoices(invoice("INV-1")), channel="acme")
        eventually(lambda: len(out(home, "acme")) == 1)
        assert selected(home, "SELECT state FROM delivery WHERE target = 'channel:northclinic'") == [("in_flight",)]
        began = time.monotonic()
    assert time.monotonic() - began < 10  # what it asked for is broken off
    faulty.react = lambda _kind, _path: None
    once(home)
    assert len([path for path in faulty.files if path.startswith(b"/in/")]) == 1
