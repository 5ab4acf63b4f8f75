"""Killed anywhere, a drop is found again under its key, and an outbox never shows half a file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.channels.outbox import FolderOutlet
from gateway.ports import Parcel, Sent
from tests.channels.inbox import Inbox

TAKE = """
import sys
from pathlib import Path
from tests.channels.inbox import Inbox

inbox = Inbox(Path(sys.argv[1]))
read = inbox.desk.after_reading = lambda drop: print(drop.source_key, flush=True)
inbox.look()
"""

SEND = """
import sys
from pathlib import Path
from gateway.channels.outbox import FolderOutlet
from gateway.ports import Parcel

print(FolderOutlet(Path(sys.argv[1])).send([Parcel(delivery=1, name="ack.edi", content=b"ISA*" * 30000)]))
"""


def run(lines: str, folder: Path, failpoint: str) -> str:
    """What these lines print, in a process that dies at `failpoint`."""
    done = subprocess.run(
        [sys.executable, "-c", lines, str(folder)],
        env={**os.environ, "GATEWAY_FAILPOINT": failpoint, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    return done.stdout


def test_killed_after_the_claim_the_file_is_offered_first_at_the_next_start(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox")
    inbox.drop("old.edi", b"old")
    assert run(TAKE, inbox.root, "intake.claimed") == ""
    (claim,) = inbox.files()
    inbox.drop("new.edi", b"new", age=3600)
    assert inbox.look() == 2
    assert inbox.desk.taken == [("old.edi", b"old"), ("new.edi", b"new")]
    assert claim == f".processing/{inbox.desk.keys[0]}/old.edi"
    assert inbox.files() == []


def test_killed_after_commit_1_the_same_key_comes_again_and_only_then_the_source_goes(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox")
    for n in range(3):
        inbox.drop(f"{n}.edi", b"%d" % n)
    admitted = run(TAKE, inbox.root, "intake.admitted").split()
    assert len(inbox.files()) == len(admitted) == 3
    assert inbox.look() == 3
    assert sorted(inbox.desk.keys) == sorted(admitted)
    assert inbox.files() == []


@pytest.mark.parametrize("failpoint", ["outbox.written", "outbox.renamed"])
def test_killed_while_sending_a_repeat_has_the_same_result(tmp_path: Path, failpoint: str) -> None:
    run(SEND, tmp_path, failpoint)
    assert [path.stat().st_size for path in tmp_path.glob("[!.]*")] in ([], [120000])
    outlet = FolderOutlet(tmp_path)
    assert outlet.send([Parcel(delivery=1, name="ack.edi", content=b"ISA*" * 30000)]) == [Sent(name="ack.edi")]
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("ack.edi", b"ISA*" * 30000)]
