"""The real daemon with its SFTP server: from put to posting and answer, and kill -9 of either in the middle of transfers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko
import pytest

from gateway.cli import main
from gateway.lab.process import Simulator
from tests.channels.sftp.harness import WITHIN, public_of
from tests.passage.home import assert_balanced, command, eventually, found_home, rows, running, said, start
from tests.passage.x12 import group, interchange, order

pytestmark = pytest.mark.all  # real daemons

NOBODY = 2**31 - 1  # a process id that no process has
GONE = (OSError, EOFError, paramiko.SSHException)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Simulator]:
    with Simulator.start(tmp_path / "lab.db") as simulator:
        yield simulator


class Door:
    """A home whose partner North Clinic comes by SFTP, and a client of it."""

    def __init__(self, root: Path, keys: Path, url: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = int(taken.getsockname()[1])
        more = f"\n[sftp]\nport = {self.port}\nconnections_per_minute = 10000\nper_account = 100\nper_address = 100\n"
        self.home = found_home(root, url, more_config=more)
        page = self.home.partners / "northclinic.toml"
        shutil.copytree(keys / "keys", self.home.keys)
        self.key = keys / "id_ed25519"
        sftp = f'[channel.sftp]\naccount = "north"\nkeys = ["{public_of(self.key)}"]\n'
        page.write_text(page.read_text().replace("[defaults]", f"{sftp}[defaults]", 1))

    @contextmanager
    def client(self) -> Iterator[paramiko.SFTPClient]:
        transport = paramiko.Transport(socket.create_connection(("127.0.0.1", self.port), timeout=WITHIN))
        try:
            transport.start_client(timeout=WITHIN)
            transport.auth_publickey("north", paramiko.Ed25519Key.from_private_key_file(str(self.key)))
            sftp = paramiko.SFTPClient.from_transport(transport)
            assert sftp
            sftp.get_channel().settimeout(WITHIN)
            yield sftp
        finally:
            transport.close()

    def listens(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.listdir("/"))
        except GONE:
            return False

    def server(self) -> int:
        """The server's process: the child of the daemon that has our port among its arguments' home."""
        for status in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = status.read_bytes()
            except OSError:
                continue
            if b"gateway.channels.sftp" in words and os.fsencode(self.home.sftp) in words:
                return int(status.parent.name)
        return 0


def purchase(n: int) -> bytes:
    return interchange(group(order(f"PO-{n}"), control=n), control=n)


@pytest.fixture
def door(tmp_path: Path, keys: Path, lab: Simulator) -> Door:
    return Door(tmp_path / "home", keys, lab.url)


def upload(client: paramiko.SFTPClient, name: str, content: bytes) -> None:
    """As a careful supplier does it: under a temporary name, then renamed."""
    with client.open(f"in/{name}.tmp", "w") as file:
        file.write(content)
    client.rename(f"in/{name}.tmp", f"in/{name}")


def test_a_file_put_by_sftp_is_posted_answered_and_its_answer_fetched(door: Door, lab: Simulator) -> None:
    home = door.home
    _, keys = command(home, "sftp", "keys")
    with running(home):
        eventually(door.listens)
        assert all(key["fingerprint"] in (home.var / "said.log").read_text() for key in keys)
        with door.client() as client:
            upload(client, "order.edi", purchase(1))
            assert rows(home, "SELECT name FROM transmission WHERE direction = 'in'") == [("order.edi",)]
            eventually(lambda: client.listdir("ack") != [])
            assert client.listdir("out") == []
            [name] = client.listdir("ack")
            with client.open(f"ack/{name}") as file:
                assert b"AK9*A*1*1*1" in file.read()
            assert rows(home, "SELECT who FROM event WHERE what = 'delivery.fetched'") == [("partner on northclinic",)]
            # What cannot be read at all is answered in words, beside what was sent.
            upload(client, "letter.txt", b"Dear order desk, two trays as always. Kind regards")
            eventually(lambda: sorted(client.listdir("error")) == ["letter.txt", "letter.txt.rejected.txt"])
            with client.open("error/letter.txt") as file:
                assert file.read().startswith(b"Dear order desk")
    assert [one["business_key"] for one in lab.effects()] == ["850|NORTHCLINIC|PO-1||00"]
    assert_balanced(home)


def test_the_command_line_shows_the_fingerprints_and_exchanges_the_keys(
    door: Door, capsys: pytest.CaptureFixture[str]
) -> None:
    def sftp(verb: str) -> list[dict[str, str | bool]]:
        assert main(["sftp", verb, "--json", "--home", str(door.home.root)]) == 0
        found: list[dict[str, str | bool]] = json.loads(capsys.readouterr().out)
        return found

    assert [(key["kind"], key["next"]) for key in sftp("keys")] == [("ed25519", False), ("rsa", False)]
    both = sftp("next-key")
    assert [key["next"] for key in both] == [False, False, True, True]
    after = sftp("exchange")
    assert [key["fingerprint"] for key in after] == [key["fingerprint"] for key in both if key["next"]]


def _deliver(door: Door, numbers: range, sent: set[int], again: Callable[[], bool]) -> None:
    """Upload these, each until it is said OK or may be ours; a client that does not know looks whether its answer is there."""
    for n in numbers:
        while again():
            try:
                with door.client() as client:
                    upload(client, f"order-{n}.edi", purchase(n))
            except GONE:
                time.sleep(0.2)
            else:
                sent.add(n)
                break


@pytest.mark.all
@pytest.mark.parametrize("victim", ["server", "daemon"])
def test_kill_9_in_the_middle_of_transfers_loses_nothing_and_posts_nothing_twice(
    door: Door, lab: Simulator, victim: str
) -> None:
    home, clients, each = door.home, 4, 15
    daemon = start(home)
    sent: set[int] = set()
    until = time.monotonic() + 120
    shares = [range(1 + n * each, 1 + (n + 1) * each) for n in range(clients)]
    threads = [
        threading.Thread(target=_deliver, args=(door, share, sent, lambda: time.monotonic() < until))
        for share in shares
    ]
    try:
        eventually(door.listens)
        for thread in threads:
            thread.start()
        for _ in range(4):
            time.sleep(1.0)
            if victim == "server":
                eventually(lambda: door.server() != 0)
                os.kill(door.server() or NOBODY, signal.SIGKILL)  # never 0, which would be ourselves
            else:
                daemon.kill()
                daemon.wait()
                daemon = start(home)
        for thread in threads:
            thread.join()
        assert len(sent) == clients * each, said(home)
        eventually(lambda: len({one["business_key"] for one in lab.effects()}) == len(sent))
        daemon.terminate()
        assert daemon.wait(60) == 0, said(home)
    finally:
        daemon.kill()
        daemon.wait()
    keys = [one["business_key"] for one in lab.effects()]
    assert sorted(keys) == sorted({f"850|NORTHCLINIC|PO-{n}||00" for n in sent})
    assert not [path for path in home.sftp.rglob("*") if path.is_file() and path.parent.name == "complete"]
    assert_balanced(home)
    assert command(home, "archive", "verify")[0] == 0


@pytest.mark.all
def test_fifty_clients_at_once(door: Door, lab: Simulator, tmp_path: Path) -> None:
    """OpenSSH's sftp, fifty processes, four files each."""
    home = door.home
    for n in range(200):
        (tmp_path / f"order-{n}.edi").write_bytes(purchase(n + 1))
    options = ["-F", "/dev/null", "-P", str(door.port), "-i", str(door.key), "-o", "BatchMode=yes"]
    options += ["-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path}/known", "-o", "LogLevel=ERROR"]
    sftp = ["sftp", *options, "-b", "-", "north@127.0.0.1"]
    with running(home):
        eventually(door.listens)
        batches = [subprocess.Popen(sftp, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) for _ in range(50)]
        for n, batch in enumerate(batches):
            assert batch.stdin
            batch.stdin.write("".join(f"put {tmp_path}/order-{n * 4 + k}.edi in/\n" for k in range(4)).encode())
            batch.stdin.close()
        assert [batch.wait(120) for batch in batches] == [0] * 50
        eventually(lambda: len(lab.effects()) == 200)
    taken = rows(home, "SELECT count(*), count(DISTINCT name) FROM transmission WHERE direction = 'in'")
    assert taken == [(200, 200)]
    assert_balanced(home)
