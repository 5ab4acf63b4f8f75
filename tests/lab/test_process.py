"""The simulator as a child: it ends with its parent, keeps what it booked, and says which port it got."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import gateway
from gateway.lab.process import Simulator
from gateway.model.outcomes import Refused

ROOT = Path(gateway.__file__).parent.parent
# A parent that starts a simulator, and (with "fork") leaves behind a child of its own that holds the same pipe.
PARENT = """
import os, sys, time
from pathlib import Path
from gateway.lab.process import Simulator
lab = Simulator.start(Path(sys.argv[1]))
left = os.fork() if sys.argv[2] == "fork" else 0
if left or sys.argv[2] != "fork":
    print(lab.port, left, flush=True)
time.sleep(60)
"""


def listens(port: int) -> bool:
    with socket.socket() as wire:
        return wire.connect_ex(("127.0.0.1", port)) == 0


def gone_within(seconds: float, port: int) -> bool:
    until = time.monotonic() + seconds
    while listens(port):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("manner", ["alone", "fork"])
def test_it_is_gone_two_seconds_after_its_parent_was_killed(tmp_path: Path, manner: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "lab.db"), manner],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout
    port, left = map(int, parent.stdout.readline().split())
    try:
        assert listens(port)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        assert gone_within(2, port)
    finally:
        parent.stdout.close()
        if left:
            os.kill(left, signal.SIGKILL)


def test_what_it_booked_outlives_it(tmp_path: Path) -> None:
    with Simulator.start(tmp_path / "lab.db") as lab:
        first = post(lab.port)
        before = lab.effects()
    assert not lab.running()
    with Simulator.start(tmp_path / "lab.db") as lab:
        assert lab.effects() == before
        assert b'"replayed":false' in first
        assert b'"replayed":true' in post(lab.port)


def test_what_it_booked_outlives_its_being_killed(tmp_path: Path) -> None:
    with Simulator.start(tmp_path / "lab.db") as lab:
        post(lab.port)
        os.kill(lab.pid, signal.SIGKILL)
    with Simulator.start(tmp_path / "lab.db") as lab:
        assert [effect["key"] for effect in lab.effects()] == ["k"]


def test_a_wanted_port_is_taken_and_a_busy_one_is_named(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        wanted = holder.getsockname()[1]
        with Simulator.start(tmp_path / "lab.db", port=wanted) as lab:
            assert lab.busy == wanted
            assert lab.port != wanted
            assert lab.effects() == []
    with Simulator.start(tmp_path / "lab.db", port=wanted) as lab:
        assert (lab.port, lab.busy) == (wanted, None)


def test_it_listens_on_this_machine_alone(tmp_path: Path) -> None:
    with Simulator.start(tmp_path / "lab.db") as lab, socket.socket() as wire:
        # Another loopback address reaches a listener on all addresses, and no other.
        assert wire.connect_ex(("127.0.0.2", lab.port)) != 0


def test_one_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "lab.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(Refused, match="file is not a database") as refused:
        Simulator.start(tmp_path / "lab.db")
    assert refused.value.code == "erp.lab_not_started"


def test_stopping_it_twice_is_no_mistake(tmp_path: Path) -> None:
    lab = Simulator.start(tmp_path / "lab.db")
    lab.stop()
    lab.stop()
    assert not lab.running()


def test_a_held_caller_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    with Simulator.start(tmp_path / "lab.db") as lab:
        lab.fault("timeout_after_commit", seconds=60)
        with socket.create_connection(("127.0.0.1", lab.port)) as wire:
            wire.sendall(REQUEST)
            wait_for_effect(lab)
            before = time.monotonic()
            lab.stop()
            assert time.monotonic() - before < 2


def wait_for_effect(lab: Simulator) -> None:
    until = time.monotonic() + 5
    while not lab.effects() and time.monotonic() < until:
        time.sleep(0.02)


BODY = b'{"business_key":"PO-7","revision":0,"partner":"acme","document":{}}'
REQUEST = (
    b"POST /documents/850 HTTP/1.1\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
)


def post(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
        wire.sendall(REQUEST)
        said = b""
        while piece := wire.recv(65536):
            said += piece
        return said
