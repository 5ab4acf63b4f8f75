"""OpenSSH's own clients against the server: what suppliers have, and WinSCP's habits played with them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.channels.sftp.hostkeys import ensure, exchange_keys, prepare_keys
from tests.channels.sftp.harness import WITHIN, Site

pytestmark = [
    pytest.mark.all,  # more than packages of Python
    pytest.mark.skipif(not shutil.which("sftp"), reason="needs OpenSSH's clients: apt-get install openssh-client"),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file to send, larger than what a client has in flight."""
    place = tmp_path / "orders 850.edi"
    place.write_bytes(b"ISA*00*" * 300_000)
    return place


def scp(site: Site, *words: str) -> subprocess.CompletedProcess[str]:
    command = ["scp", *site.options(), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=WITHIN, check=False)


def test_sftp_put_is_taken_whole(running: Site, file: Path) -> None:
    done = running.sftp(f'put "{file}" in/\n')
    assert (done.returncode, done.stderr) == (0, "")
    assert running.desk.taken == [(file.name, file.read_bytes())]
    assert running.staged() == []


def test_sftp_put_with_times_and_permissions_is_taken_without_a_word(running: Site, file: Path) -> None:
    done = running.sftp(f'put -p "{file}" in/a.edi\n')
    assert (done.returncode, done.stderr) == (0, "")
    assert running.desk.names == ["a.edi"]


def test_many_files_in_one_session_arrive_in_their_order(running: Site, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for n in range(30):
        (folder / f"{n:02}.edi").write_bytes(b"%d" % n)
    done = running.sftp(f"put {folder}/* in/\n")
    assert done.returncode == 0, done.stderr
    assert running.desk.taken == [(f"{n:02}.edi", b"%d" % n) for n in range(30)]


@pytest.mark.parametrize("flags", [[], ["-p"], ["-C"]])
def test_scp_is_taken_and_ends_well(running: Site, file: Path, flags: list[str]) -> None:
    done = scp(running, *flags, str(file), "acme@127.0.0.1:in/")
    assert (done.returncode, done.stderr) == (0, "")
    assert running.desk.taken == [(file.name, file.read_bytes())]


def test_scp_fetches_too(running: Site, tmp_path: Path) -> None:
    place = running.where.outbox / "acme" / "ack" / "997.edi"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"ISA*" * 100_000)
    done = scp(running, "acme@127.0.0.1:ack/997.edi", str(tmp_path / "got"))
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "got").read_bytes() == place.read_bytes()
    assert running.fetched == [("acme", "ack/997.edi")]


def test_the_old_scp_that_wants_a_command_is_refused_and_nothing_hangs(running: Site, file: Path) -> None:
    assert scp(running, "-O", str(file), "acme@127.0.0.1:in/").returncode != 0
    assert running.desk.taken == []


def test_winscp_writes_filepart_and_renames(running: Site, file: Path) -> None:
    """It uploads NAME.filepart, removes what bears the name (there is nothing), and renames."""
    done = running.sftp(
        f'-rm in/a.edi\nput "{file}" in/a.edi.filepart\nls in\nrename in/a.edi.filepart in/a.edi\nls in\n'
    )
    assert done.returncode == 0, done.stderr
    assert "in/a.edi.filepart" in done.stdout
    assert running.desk.taken == [("a.edi", file.read_bytes())]
    assert running.staged() == []


def test_winscp_resumes_its_filepart(running: Site, file: Path) -> None:
    with running.client() as client:
        half = client.open("in/a.edi.filepart", "w")
        half.write(file.read_bytes()[:100_000])
        client.get_channel().close()
    done = running.sftp(f'reput "{file}" in/a.edi.filepart\nrename in/a.edi.filepart in/a.edi\n')
    assert done.returncode == 0, done.stderr + running.said()
    assert running.desk.taken == [("a.edi", file.read_bytes())]


def test_sftp_resumes_an_upload_that_broke_off_after_the_server_was_restarted(site: Site, file: Path) -> None:
    with site.running(), site.client() as client:
        half = client.open("in/a.edi", "w")
        half.write(file.read_bytes()[:100_000])
        half.flush()
    assert site.staged() == ["partial/a.edi"]
    site.again()
    with site.running():
        done = site.sftp(f'ls -l in\nreput "{file}" in/a.edi\n')
        assert done.returncode == 0, done.stderr + site.said()
        assert "broken-off" in done.stdout
        assert site.desk.taken == [("a.edi", file.read_bytes())]


def test_a_refusal_is_a_failure_of_the_command(running: Site, file: Path) -> None:
    running.desk.refusing.add("a.edi")
    done = running.sftp(f'put "{file}" in/a.edi\n')
    assert done.returncode != 0
    assert running.staged() == []
    assert running.sftp(f'put "{file}" out/\n').returncode != 0
    assert running.sftp("ln -s /etc/passwd in/x\n").returncode != 0
    assert running.sftp("get ../../../etc/passwd\n").returncode != 0


def test_fetching_and_removing_what_was_fetched(running: Site, tmp_path: Path) -> None:
    place = running.where.outbox / "acme" / "out" / "850.edi"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"ISA*")
    assert running.sftp("rm out/850.edi\n").returncode != 0
    done = running.sftp(f"get out/850.edi {tmp_path}/got\nrm out/850.edi\nls out\n")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "got").read_bytes() == b"ISA*"
    assert not place.exists()


def test_openssh_learns_the_next_host_key_and_goes_on_after_the_exchange(running: Site) -> None:
    known, keys = running.root / "known_hosts", running.where.keys
    assert running.sftp("ls\n").returncode == 0
    new = prepare_keys(keys)
    learning = ["sftp", *running.options("-o", "UpdateHostKeys=yes", "-b", "-"), "acme@127.0.0.1"]
    for _ in range(2):
        subprocess.run(learning, input="ls\n", text=True, capture_output=True, timeout=WITHIN, check=True)
    assert {key.public.split()[1] for key in new} <= set(known.read_text().split())
    exchange_keys(keys)
    assert [key.public for key in ensure(keys)] == [key.public for key in new]
    assert running.sftp("ls\n").returncode == 0


def test_openssh_refuses_a_host_key_that_it_does_not_know(running: Site) -> None:
    assert running.sftp("ls\n").returncode == 0
    prepare_keys(running.where.keys)
    exchange_keys(running.where.keys)
    assert "Host key verification failed" in running.sftp("ls\n").stderr
