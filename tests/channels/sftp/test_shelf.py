"""What is fetched: told once, when all of it was downloaded; it stays for the agreed days, or until its partner removes it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from gateway.channels.sftp.protocol import Flags
from tests.channels.sftp.talk import NotDone, Talk


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    talk = Talk(tmp_path, keep_days=2)
    talk.clock.now = time.time()
    return talk


def test_a_whole_download_is_told_once(talk: Talk) -> None:
    talk.lay("ack/997.edi", b"ISA*" * 20_000)
    assert talk.names("/ack") == ["997.edi"]
    assert talk.get("/ack/997.edi") == b"ISA*" * 20_000
    assert talk.told == ["ack/997.edi"]
    talk.get("/ack/997.edi")
    assert talk.told == ["ack/997.edi"]


def test_a_part_of_it_is_not_enough(talk: Talk) -> None:
    talk.lay("out/850.edi", b"x" * 100)
    handle = talk.open("/out/850.edi", Flags.READ)
    talk.read(handle, 0, 50)
    talk.read(handle, 60, 40)
    talk.close(handle)
    assert talk.told == []


def test_a_download_that_goes_on_in_another_session_counts(talk: Talk) -> None:
    talk.lay("out/850.edi", b"x" * 100)
    talk.read(talk.open("/out/850.edi", Flags.READ), 0, 50)
    talk.session.end()
    talk.again()
    handle = talk.open("/out/850.edi", Flags.READ)
    talk.read(handle, 50, 50)
    talk.close(handle)
    assert talk.told == ["out/850.edi"]


def test_a_client_that_goes_without_closing_has_fetched_nothing(talk: Talk) -> None:
    talk.lay("out/850.edi", b"x")
    talk.read(talk.open("/out/850.edi", Flags.READ), 0, 1)
    talk.session.end()
    assert talk.told == []


def test_what_was_fetched_may_be_removed_and_nothing_else(talk: Talk) -> None:
    place = talk.lay("out/850.edi", b"x")
    with pytest.raises(NotDone, match="not downloaded yet"):
        talk.remove("/out/850.edi")
    talk.get("/out/850.edi")
    talk.remove("/out/850.edi")
    assert not place.exists()


def test_the_next_file_of_a_name_is_not_fetched_because_the_first_was(talk: Talk) -> None:
    place = talk.lay("out/850.edi", b"x")
    talk.get("/out/850.edi")
    place.unlink()
    time.sleep(0.02)
    talk.lay("out/850.edi", b"another")
    with pytest.raises(NotDone, match="not downloaded yet"):
        talk.remove("/out/850.edi")
    talk.get("/out/850.edi")
    assert talk.told == ["out/850.edi"] * 2


def test_what_was_fetched_stays_for_the_agreed_days(talk: Talk) -> None:
    talk.lay("out/fetched", b"x")
    talk.lay("out/owed", b"x")
    old = time.time() - 90 * 86_400
    os.utime(talk.lay("error/bad.edi", b"x"), (old, old))
    talk.get("/out/fetched")
    talk.room.shelf.expire()
    assert (talk.names("/out"), talk.names("/error")) == (["fetched", "owed"], [])
    talk.clock.now += 3 * 86_400
    talk.room.shelf.expire()
    assert talk.names("/out") == ["owed"]


def test_a_daemon_that_cannot_be_told_is_told_at_the_next_download(talk: Talk) -> None:
    from gateway.channels.sftp.shelf import Shelf  # noqa: PLC0415 - only here
    from gateway.model.outcomes import Refused  # noqa: PLC0415

    def nobody_hears(name: str) -> None:
        raise Refused("sftp.outcome_unknown", name=name)

    talk.lay("out/850.edi", b"x")
    root, limits = talk.root / "out box", talk.limits
    deaf = Shelf(root, nobody_hears, lambda: limits).open("out", "850.edi")
    deaf.read(0, 1)
    deaf.close()
    assert talk.get("/out/850.edi") == b"x"
    assert talk.told == ["out/850.edi"]
