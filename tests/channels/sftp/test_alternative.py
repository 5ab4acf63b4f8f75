"""The documented alternative: a real sshd with internal-sftp in front of a drop folder."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.channels.folder import FolderIntake
from gateway.profiles.agreement import Channel
from tests.channels.inbox import Desk, eventually
from tests.channels.mailbox.sshd import Sshd, needs_sshd

pytestmark = needs_sshd


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    """Its clients land in the folder above inbox/acme, which they see as acme/."""
    server = Sshd(tmp_path / "sshd", options=f"ForceCommand internal-sftp -d {tmp_path}/inbox\nAllowTcpForwarding no")
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("complete", "commands"),
    [
        ("rename", "put {file} acme/a.edi.filepart\nrename acme/a.edi.filepart acme/a.edi\n"),
        ("stable", "put {file} acme/a.edi\n"),
    ],
)
def test_what_sshd_writes_is_taken_whole_when_it_is_finished(
    sshd: Sshd, tmp_path: Path, complete: str, commands: str
) -> None:
    file, desk = tmp_path / "a.edi", Desk()
    file.write_bytes(b"ISA*00*" * 200_000)
    channel = Channel(name="acme", carries=("acme",), complete=complete, stable_seconds=0.5)
    intake = FolderIntake(lambda: [channel], tmp_path / "inbox", odd=lambda _standing: None)
    intake.start(desk)
    try:
        assert eventually((tmp_path / "inbox" / "acme").is_dir)
        sftp = shutil.which("sftp") or "sftp"
        options = ["-F", "/dev/null", "-P", str(sshd.port), "-i", str(sshd.client_key), "-o", "BatchMode=yes"]
        options += ["-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path}/known", "-b", "-"]
        done = subprocess.run(
            [sftp, *options, f"{sshd.user}@127.0.0.1"],
            input=commands.format(file=file),
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert eventually(lambda: desk.taken == [("a.edi", file.read_bytes())])
    finally:
        intake.stop()
