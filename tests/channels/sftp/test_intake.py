"""The daemon's side: the server is started, told, started again; whatever was complete is taken, once, whoever died when."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import msgspec
import paramiko
import pytest

from gateway.channels.sftp.messages import Offer
from gateway.channels.sftp.staging import COMPLETE, Staged, make_stages
from gateway.ports import Drop
from tests.channels.inbox import eventually
from tests.channels.sftp.harness import Site

pytestmark = pytest.mark.all  # each test has a server of its own

NOBODY = 2**31 - 1  # a process id that no process has; 0 would be ourselves


def stage(site: Site, name: str, content: bytes = b"ISA*") -> Staged:
    """An upload that is complete, and that nobody asked the daemon to take."""
    stages = site.where.staging / "acme"
    make_stages(stages)
    complete = Staged.new(stages, name)
    complete = Staged(stages, COMPLETE, complete.key, name)
    complete.path.write_bytes(content)
    return complete


def test_what_was_complete_when_somebody_died_is_offered_at_the_start_under_its_key(site: Site) -> None:
    staged = stage(site, "a.edi")
    with site.running():
        assert (site.desk.taken, site.desk.keys) == ([("a.edi", b"ISA*")], [staged.key])
        assert site.staged() == []


def test_one_pass_offers_it_too_without_a_server(site: Site) -> None:
    stage(site, "a.edi")
    assert site.intake.look(site.desk) == 1
    assert (site.intake.look(site.desk), site.intake.pid, site.desk.names) == (0, None, ["a.edi"])


def test_what_is_not_taken_then_stays_and_is_offered_again(site: Site) -> None:
    stage(site, "bad.edi")
    stage(site, "good.edi")
    site.desk.refusing.add("bad.edi")
    assert site.intake.look(site.desk) == 1
    assert (site.staged(), site.intake.waiting()) == (["complete/bad.edi"], 1)
    site.desk.refusing.clear()
    assert site.intake.look(site.desk) == 1
    assert sorted(site.desk.names) == ["bad.edi", "good.edi"]


def test_without_sftp_in_config_no_server_runs(site: Site) -> None:
    site.wanted = None
    site.intake.start(site.desk)
    site.intake.stop()
    assert not site.where.log.exists()


def test_saved_settings_take_effect_without_a_restart(site: Site) -> None:
    assert site.wanted
    known = site.wanted
    site.wanted = msgspec.structs.replace(known, logins=())
    with site.running():
        pid = site.intake.pid
        assert site.sftp("ls\n").returncode != 0
        site.wanted = known
        assert eventually(lambda: site.sftp("ls\n").returncode == 0)
        assert site.intake.pid == pid
        site.serve(port=_free_port())
        assert eventually(lambda: site.intake.port == site.wanted.server.port)  # type: ignore[union-attr]
        site.wanted = None
        assert eventually(lambda: site.intake.pid is None)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_a_port_that_is_taken_is_told_and_listened_at_when_it_is_free(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        site.serve(port=taken.getsockname()[1])
        site.intake.start(site.desk)
        try:
            assert eventually(lambda: ["sftp.not_listening"] in _codes(site))
            taken.close()
            assert eventually(lambda: site.intake.port != 0)
            assert eventually(lambda: _codes(site)[-1:] == [[]])
        finally:
            site.intake.stop()


def _codes(site: Site) -> list[list[str]]:
    return [[found.code for findings in told.values() for found in findings] for told in site.told]


def test_a_lost_host_key_keeps_the_server_from_starting_and_is_told(site: Site) -> None:
    (site.where.keys / "sftp_host_ed25519").unlink()
    site.intake.start(site.desk)
    try:
        assert eventually(lambda: ["sftp.host_key_lost"] in _codes(site))
        assert site.intake.pid is None
    finally:
        site.intake.stop()


def test_a_server_that_is_killed_is_started_again_and_nothing_is_lost_or_twice(running: Site) -> None:
    with running.client() as client:
        half = client.open("in/half.edi", "w")
        half.write(b"ISA*" * 10_000)
        half.flush()
        waiting = client.open("in/waiting.tmp", "w")
        waiting.write(b"ISA*")
        waiting.close()
        os.kill(running.intake.pid or NOBODY, signal.SIGKILL)
        assert eventually(lambda: running.intake.port == 0)
    assert eventually(lambda: running.intake.port != 0)
    assert running.staged() == ["partial/half.edi", "waiting/waiting.tmp"]
    with running.client() as client:
        client.rename("in/waiting.tmp", "in/waiting.edi")
    assert running.desk.taken == [("waiting.edi", b"ISA*")]


def test_killed_between_completing_and_asking_the_upload_is_taken_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_FAILPOINT", "sftp.staged")
    with site.running():
        monkeypatch.delenv("GATEWAY_FAILPOINT")
        gone = (OSError, EOFError, paramiko.SSHException)
        with pytest.raises(gone), site.client() as client, client.open("in/a.edi", "w") as file:
            file.write(b"ISA*")
        assert eventually(lambda: site.desk.taken == [("a.edi", b"ISA*")])
        assert eventually(lambda: site.intake.port != 0)
        assert site.staged() == []


def test_a_desk_that_fails_is_a_failure_for_the_client_and_the_server_goes_on(running: Site) -> None:
    def fail(_drop: object) -> None:
        raise RuntimeError("the ledger is gone")

    running.desk.before_reading = fail
    with running.client() as client:
        # paramiko's client hears no answer to CLOSE; it looks whether all of the file is there, and must not find it.
        with pytest.raises(FileNotFoundError):
            client.putfo(io.BytesIO(b"ISA*"), "in/a.edi")
        running.desk.before_reading = lambda _drop: None
        assert client.putfo(io.BytesIO(b"ISA*"), "in/a.edi").st_size == 4
    assert "it could not be written down" in running.said()
    assert running.desk.taken == [("a.edi", b"ISA*")]
    assert running.staged() == []


class Impostor:
    """A server that somebody took over, as far as the intake asks it."""

    def __init__(self, site: Site) -> None:
        assert site.wanted
        self.configured = site.wanted
        self.told: list[object] = []

    def say(self, message: object) -> None:
        self.told.append(message)


def test_a_server_that_was_taken_over_cannot_make_the_daemon_read_or_remove_other_files(site: Site) -> None:
    secret = site.where.staging.parent / "secret"
    staged = stage(site, "link.edi")
    secret.write_text("secret")
    staged.path.unlink()
    staged.path.symlink_to(secret)
    key, server = staged.key, Impostor(site)
    offers = [
        Offer(id=1, channel="acme", key=key, name="link.edi"),
        Offer(id=2, channel="acme", key=key, name="../../../secret"),
        Offer(id=3, channel="..", key=key, name="x"),
        Offer(id=4, channel="acme", key="../../../secret", name="x"),
        Offer(id=5, channel="bolt", key=key, name="link.edi"),
    ]
    site.intake._admit(site.desk, server, offers)  # type: ignore[arg-type] # noqa: SLF001 - it has no other door
    assert [(answer.id, answer.done) for answer in server.told] == [(n, False) for n in range(1, 6)]  # type: ignore[attr-defined]
    assert (site.desk.taken, secret.read_text()) == ([], "secret")


def test_one_bad_drop_holds_up_no_other(site: Site) -> None:
    def fail(drop: Drop) -> None:
        if drop.name == "bad.edi":
            raise RuntimeError("a fault of ours")

    site.desk.before_reading = fail
    staged, server = [stage(site, name) for name in ("a.edi", "bad.edi", "b.edi")], Impostor(site)
    offers = [Offer(id=n, channel="acme", key=one.key, name=one.name) for n, one in enumerate(staged)]
    site.intake._admit(site.desk, server, offers)  # type: ignore[arg-type] # noqa: SLF001
    assert [answer.done for answer in server.told] == [True, False, True]  # type: ignore[attr-defined]
    assert site.staged() == ["complete/bad.edi"]


def test_a_stop_while_a_client_waits_leaves_it_for_the_next_start(site: Site) -> None:
    with site.running(), site.client() as client:
        half = client.open("in/half.edi", "w")
        half.write(b"x")
        half.flush()
        site.intake.stop()
        assert site.staged() == ["partial/half.edi"]


def test_the_server_ends_when_its_daemon_is_killed(site: Site) -> None:
    program = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from tests.channels.sftp.harness import Site
        site = Site(Path({str(site.root)!r}))
        site.intake.start(site.desk)
        while not site.intake.port:
            time.sleep(0.02)
        print(site.intake.pid, flush=True)
        time.sleep(60)
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=Path.cwd()) as parent:
        assert parent.stdout
        line = parent.stdout.readline()
        while not line.strip().isdigit():
            line = parent.stdout.readline()
        parent.kill()
        parent.wait()
    assert eventually(
        lambda: not Path(f"/proc/{int(line)}/cmdline").exists() or not Path(f"/proc/{int(line)}/cmdline").read_bytes()
    )


def test_what_was_downloaded_is_told_by_channel_and_name(running: Site) -> None:
    out = running.where.outbox / "acme" / "out" / "850.edi"
    out.parent.mkdir(parents=True)
    out.write_bytes(b"ISA*" * 50_000)
    with running.client() as client:
        with client.open("out/850.edi") as file:
            assert file.read() == out.read_bytes()
        assert running.fetched == [("acme", "out/850.edi")]
