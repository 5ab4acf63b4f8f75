"""A file counts as finished when its sentinel lies beside it; the two are taken together, and no sentinel vouches twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.channels.folder import BATCH
from gateway.ports import Drop
from gateway.profiles.agreement import Channel
from tests.channels.inbox import Inbox

SENTINEL = Channel(name="acme", carries=("acme",), complete="sentinel")
DIE = """
import sys
from pathlib import Path
from tests.channels.inbox import Inbox
from tests.channels.test_sentinel import SENTINEL

Inbox(Path(sys.argv[1]), SENTINEL).look()
"""


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "inbox", SENTINEL)


def test_a_file_is_taken_as_soon_as_its_sentinel_is_there_and_both_are_gone_then(inbox: Inbox) -> None:
    inbox.drop("order.edi", b"ISA*00*", age=0)
    assert (inbox.look(), inbox.intake.waiting()) == (0, 0)
    inbox.drop("order.edi.done", b"", age=0)
    assert inbox.look() == 1
    assert inbox.desk.taken == [("order.edi", b"ISA*00*")]
    assert inbox.files() == []


def test_a_sentinel_may_come_first_and_hold_something(inbox: Inbox) -> None:
    inbox.drop("order.edi.done", b"1 file")
    assert inbox.look() == 0
    inbox.drop("order.edi")
    assert inbox.look() == 1
    assert (inbox.desk.names, inbox.files()) == (["order.edi"], [])


@pytest.mark.parametrize(("suffix", "sentinel"), [(".ok", "a.edi.ok"), (".done", "a.edi.DONE"), (".tmp", "a.edi.tmp")])
def test_the_suffix_is_the_one_that_was_agreed_in_any_case_of_letters(inbox: Inbox, suffix: str, sentinel: str) -> None:
    inbox.channels = [Channel(name="acme", carries=("acme",), complete="sentinel", sentinel=suffix)]
    inbox.drop("a.edi")
    inbox.drop("a.edi.ready", b"not a sentinel, and without one of its own")
    assert inbox.look() == 0
    inbox.drop(sentinel)
    assert inbox.look() == 1
    assert (inbox.desk.names, inbox.files()) == (["a.edi"], ["a.edi.ready"])


def test_a_sender_that_writes_all_names_in_capitals_is_understood(inbox: Inbox) -> None:
    inbox.channels = [Channel(name="acme", carries=("acme",), complete="sentinel", sentinel=".ok")]
    inbox.drop("X.EDI.OK")
    inbox.drop("X.EDI", b"ISA*00*", age=0)
    assert inbox.look() == 1
    assert (inbox.desk.taken, inbox.files(), inbox.odd) == ([("X.EDI", b"ISA*00*")], [], {})


def test_a_sentinel_does_not_make_a_temporary_name_final(inbox: Inbox) -> None:
    inbox.drop("order.part")
    inbox.drop("order.part.done")
    assert inbox.look() == 0


def test_a_folder_of_that_name_is_no_sentinel(inbox: Inbox) -> None:
    inbox.drop("order.edi")
    (inbox.root / "acme" / "order.edi.done").mkdir()
    assert inbox.look() == 0
    assert inbox.odd == {"channel acme": ["channel.not_a_file"]}


def test_sentinels_without_their_files_are_told_once_after_a_minute_until_they_are_gone(inbox: Inbox) -> None:
    first, second = inbox.drop("a.edi.done"), inbox.drop("b.edi.done")
    for seconds in (0, 59):
        inbox.pass_time(seconds)
        inbox.look()
        assert inbox.odd == {}
    inbox.pass_time(1)
    inbox.look()
    assert inbox.said() == [
        "'a.edi.done' (and 1 more) in inbox/acme says that 'a.edi' is finished, but there is no such file."
    ]
    first.unlink()
    inbox.look()
    assert inbox.said() == ["'b.edi.done' in inbox/acme says that 'b.edi' is finished, but there is no such file."]
    second.unlink()
    inbox.look()
    assert inbox.odd == {}


def test_a_file_that_waits_an_hour_for_its_sentinel_is_told(inbox: Inbox) -> None:
    inbox.drop("order.edi")
    for seconds in (0, 3599):
        inbox.pass_time(seconds)
        inbox.look()
        assert inbox.odd == {}
    inbox.pass_time(1)
    inbox.look()
    (said,) = inbox.said()
    assert said.startswith("'order.edi' has lain in inbox/acme for an hour or more and is not taken: ")
    assert said.endswith("no file 'order.edi.done' lies beside it.")
    inbox.drop("order.edi.done")
    inbox.look()
    inbox.look()
    assert inbox.odd == {}


def test_where_the_file_vanishes_its_sentinel_stays_in_the_folder(inbox: Inbox) -> None:
    for n in range(BATCH):
        inbox.drop(f"{n}.edi", age=30)
        inbox.drop(f"{n}.edi.done", age=30)
    late = inbox.drop("late.edi", age=10)
    inbox.drop("late.edi.done")
    inbox.desk.before_reading = lambda _drop: late.unlink(missing_ok=True)
    assert inbox.look() == BATCH
    assert inbox.files() == ["late.edi.done"]


@pytest.mark.parametrize("failpoint", ["intake.vouched", "intake.claimed", "intake.admitted"])
def test_killed_between_the_steps_the_file_comes_once_and_nothing_is_left(inbox: Inbox, failpoint: str) -> None:
    inbox.drop("order.edi", b"ISA*00*")
    inbox.drop("order.edi.done")
    done = subprocess.run(
        [sys.executable, "-c", DIE, str(inbox.root)],
        env={**os.environ, "GATEWAY_FAILPOINT": failpoint, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    )
    assert done.returncode == -9
    assert inbox.look() == 1
    assert inbox.desk.taken == [("order.edi", b"ISA*00*")]
    assert (inbox.files(), inbox.odd) == ([], {})


def test_a_claim_that_never_came_about_gives_way_to_a_newer_sentinel(inbox: Inbox) -> None:
    inbox.look()
    place = inbox.root / "acme" / ".processing" / "00000000-0000-0000-0000-000000000000"
    place.mkdir()
    (place / "order.edi.done").touch()
    inbox.drop("order.edi.done")
    assert (inbox.look(), inbox.files()) == (0, ["order.edi.done"])


def test_what_is_written_after_the_last_byte_was_read_needs_no_second_sentinel(inbox: Inbox) -> None:
    path = inbox.drop("order.edi", b"half", age=0)
    inbox.drop("order.edi.done")
    with path.open("ab", buffering=0) as writer:

        def still_writing(_drop: Drop) -> None:
            writer.write(b" and the rest")

        inbox.desk.after_reading = still_writing
        assert inbox.look() == 1
    inbox.desk.after_reading = lambda _drop: None
    inbox.look()
    inbox.pass_time(1)
    assert inbox.look() == 1
    assert inbox.desk.taken == [("order.edi", b"half"), ("order.edi", b"half and the rest")]
    assert inbox.files() == []


def test_names_of_full_length_and_of_other_encodings_have_sentinels_too(inbox: Inbox) -> None:
    inbox.look()
    folder = os.fsencode(inbox.root / "acme")
    for name in (b"x" * 250, b"caf\xe9.edi"):
        for suffix in (b"", b".done"):
            with open(folder + b"/" + name + suffix, "wb") as file:  # noqa: PTH123 - a name that is no text
                file.write(b"ISA*")
    assert inbox.look() == 2
    assert (sorted(inbox.desk.names), inbox.files()) == ([r"caf\xe9.edi", "x" * 250], [])
