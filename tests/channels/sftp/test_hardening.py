"""What strangers and dishonest partners try, tried: each is refused, nothing hangs, and the server goes on."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator

import argon2
import msgspec
import paramiko
import pytest
from paramiko.common import cMSG_CHANNEL_REQUEST, cMSG_USERAUTH_SUCCESS

from gateway.channels.sftp import ssh
from gateway.channels.sftp.doorkeeper import CHANNELS_AT_MOST, Doorkeeper
from gateway.channels.sftp.guard import Guard
from gateway.channels.sftp.messages import Login
from gateway.profiles.sftp import SftpAccount, SftpServer
from tests.channels.inbox import eventually
from tests.channels.sftp.harness import WITHIN, Site, make_key

pytestmark = pytest.mark.all  # together nearly a minute: what each waits for is time

PASSWORD = "correct horse battery staple"
HASH = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@pytest.fixture(autouse=True)
def _no_stack_trace(site: Site) -> Iterator[None]:
    yield
    assert "Traceback" not in site.said()


@contextlib.contextmanager
def served(site: Site, **limits: object) -> Iterator[Site]:
    site.serve(**limits)
    with site.running():
        yield site


def is_well(site: Site) -> bool:
    """Whether an honest client is served."""
    with site.client() as client:
        names: list[str] = client.listdir("/")
        return names == ["in", "out", "ack", "error"]


def comes_in(site: Site) -> bool:
    with contextlib.suppress(paramiko.SSHException, EOFError):
        return is_well(site)
    return False


def raw(site: Site) -> socket.socket:
    return socket.create_connection(("127.0.0.1", site.intake.port), timeout=WITHIN)


def is_hung_up(connection: socket.socket) -> bool:
    """Whether the other side ends it in time."""
    with contextlib.suppress(ConnectionError):
        while connection.recv(65536):
            pass
    return True


def channel_request(channel: int, kind: str, *words: str) -> paramiko.Message:
    request = paramiko.Message()
    request.add_byte(cMSG_CHANNEL_REQUEST)
    request.add_int(channel)
    request.add_string(kind)
    request.add(True, *words)  # noqa: FBT003 - that an answer is wanted
    return request


def test_no_channel_opens_before_login(running: Site) -> None:
    with running.transport() as transport:
        with pytest.raises(paramiko.ChannelException):
            transport.open_session(timeout=WITHIN)
        transport._send_message(channel_request(0, "subsystem", "sftp"))  # noqa: SLF001 - no honest client has a way to do such things
        assert eventually(lambda: not transport.is_active())
    assert is_well(running)


def test_a_client_cannot_tell_the_server_that_it_is_logged_in(running: Site) -> None:
    """CVE-2018-7750 and CVE-2018-1000805."""
    with running.transport() as transport:
        success = paramiko.Message()
        success.add_byte(cMSG_USERAUTH_SUCCESS)
        transport._send_message(success)  # noqa: SLF001
        with pytest.raises((paramiko.SSHException, EOFError)):
            transport.open_session(timeout=WITHIN)
    assert "sftp.session" not in running.said()
    assert is_well(running)


def test_nothing_but_the_sftp_subsystem_is_there(running: Site) -> None:
    asks: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("exec_command", ("id",)),
        ("invoke_shell", ()),
        ("get_pty", ()),
        ("request_x11", ()),
        ("invoke_subsystem", ("netconf",)),
    )
    with running.client() as client:
        transport = client.get_channel().get_transport()
        for verb, words in asks:
            channel = transport.open_session(timeout=WITHIN)
            with pytest.raises(paramiko.SSHException):
                getattr(channel, verb)(*words)
            channel.close()
            assert client.listdir("/in") == []


@pytest.mark.parametrize(
    "kind", ["direct-tcpip", "forwarded-tcpip", "x11", "auth-agent@openssh.com", "tun@openssh.com"]
)
def test_nothing_is_forwarded(running: Site, kind: str) -> None:
    with running.client() as client:
        transport = client.get_channel().get_transport()
        there = ("127.0.0.1", running.intake.port)
        with pytest.raises(paramiko.ChannelException):
            transport.open_channel(kind, dest_addr=there, src_addr=there, timeout=WITHIN)
        with pytest.raises(paramiko.SSHException):
            transport.request_port_forward("127.0.0.1", 0)


def test_the_environment_is_not_taken(running: Site) -> None:
    with running.client() as client:
        channel = client.get_channel().get_transport().open_session(timeout=WITHIN)
        channel._event_pending()  # noqa: SLF001
        channel.transport._send_user_message(channel_request(channel.remote_chanid, "env", "LD_PRELOAD", "x.so"))  # noqa: SLF001
        with pytest.raises(paramiko.SSHException):
            channel._wait_for_event()  # noqa: SLF001


def test_a_connection_has_a_few_channels_and_no_more(running: Site) -> None:
    with running.client() as client:
        transport = client.get_channel().get_transport()
        others = [transport.open_session(timeout=WITHIN) for _ in range(CHANNELS_AT_MOST - 1)]
        for channel in others:
            channel.invoke_subsystem("sftp")
        with pytest.raises(paramiko.ChannelException):
            transport.open_session(timeout=WITHIN)


def test_an_account_has_as_many_connections_as_agreed(site: Site) -> None:
    with served(site, per_account=1), site.client(), pytest.raises((paramiko.SSHException, EOFError)), site.client():
        pass


def test_a_flood_of_silent_connections_is_bounded_and_ends(site: Site) -> None:
    with served(site, unauthenticated=5, login_seconds=1.0), contextlib.ExitStack() as stack:
        flood = [stack.enter_context(raw(site)) for _ in range(40)]
        greeted = 0
        for connection in flood:
            with contextlib.suppress(ConnectionError):
                greeted += connection.recv(4) == b"SSH-"
        assert greeted <= 5
        assert all(is_hung_up(connection) for connection in flood)
        assert eventually(lambda: comes_in(site))
        assert is_well(site)


def test_one_address_has_its_share(site: Site) -> None:
    with served(site, per_address=2), site.client(), site.client(), raw(site) as third:
        assert third.recv(1) == b""


def test_new_connections_come_at_an_agreed_pace(site: Site) -> None:
    with served(site, connections_per_minute=3):
        for _ in range(3):
            assert is_well(site)
        with raw(site) as fourth:
            assert fourth.recv(1) == b""


def test_a_packet_of_gigabytes_is_not_waited_for(running: Site) -> None:
    for length in (0x7FFFFFF0, 0xFFFFFFF0, ssh.LONGEST_PACKET + 100):
        with raw(running) as connection:
            connection.sendall(b"SSH-2.0-x\r\n" + struct.pack(">IB", length, 4) + b"\x14" + b"x" * 4096)
            assert is_hung_up(connection)
    assert is_well(running)


def test_a_greeting_without_end_is_not_listened_to(running: Site) -> None:
    with raw(running) as connection:
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                connection.sendall(b"x" * 1000)
        assert is_hung_up(connection)
    assert is_well(running)


@pytest.mark.parametrize(
    "noise", [b"GET / HTTP/1.1\r\n\r\n", b"SSH-1.5-old\r\n", b"SSH-2.0-x\r\n" + os.urandom(4000), b"\n" * 5000]
)
def test_noise_ends_its_own_connection_alone(running: Site, noise: bytes) -> None:
    with raw(running) as connection:
        connection.sendall(noise)
        assert is_hung_up(connection)
    assert is_well(running)


@pytest.mark.parametrize("packet", [struct.pack(">I", 0), struct.pack(">IB", 1 << 28, 3), struct.pack(">IB", 1, 3)])
def test_an_sftp_packet_of_impossible_length_ends_its_session(running: Site, packet: bytes) -> None:
    with running.client() as client:
        channel = client.get_channel()
        channel.sendall(packet)
        assert channel.recv(10) == b""
        assert channel.recv_exit_status() == 1
    assert is_well(running)


def test_a_client_that_sends_more_than_it_may_is_put_out(running: Site) -> None:
    waiting = threading.Event()
    running.desk.before_reading = lambda _drop: _wait(waiting)
    with running.client() as client:
        channel, handle = client.get_channel(), client.open("in/a.edi", "w")
        handle.write(b"x")
        client._async_request(type(None), 4, handle.handle)  # noqa: SLF001
        channel.out_window_size = 1 << 30
        try:
            with pytest.raises((OSError, EOFError)):
                _pour(channel)
        finally:
            waiting.set()
    assert "sftp.flooded" in running.said()


def _wait(event: threading.Event) -> None:
    event.wait(WITHIN)


def _pour(channel: paramiko.Channel) -> None:
    until = time.monotonic() + WITHIN
    while time.monotonic() < until:
        channel.sendall(b"\0" * 32_000)


def test_whoever_is_silent_for_too_long_is_put_out(site: Site) -> None:
    with served(site, idle_seconds=1.0), site.client() as client:
        assert eventually(lambda: not client.get_channel().get_transport().is_active() or client.get_channel().closed)


def test_only_strong_algorithms_are_offered(running: Site) -> None:
    kex, keys, ciphers, _, macs, _, compression, _ = offered(running)
    assert set(ciphers) == set(ssh.CIPHERS)
    assert set(macs) == set(ssh.MACS)
    assert set(keys) == set(ssh.HOST_KEYS)
    assert set(kex) <= {*ssh.KEX, "kex-strict-s-v00@openssh.com", "ext-info-s"}
    assert "kex-strict-s-v00@openssh.com" in kex  # against CVE-2023-48795
    assert compression == ["none"]
    weak = ("cbc", "3des", "arcfour", "md5", "sha1", "-96", "group1-", "group14-sha1", "dss", "ssh-rsa")
    assert [name for name in (*kex, *ciphers, *macs, *keys) if any(sign in name for sign in weak)] == []


def offered(site: Site) -> list[list[str]]:
    """The name lists of the server's first packet."""
    with raw(site) as connection:
        connection.sendall(b"SSH-2.0-x\r\n")
        with connection.makefile("rb") as received:
            assert received.readline().endswith(b"\r\n")
            packet = received.read(4)
            packet += received.read(int.from_bytes(packet, "big"))
    rest, lists = packet[4 + 1 + 1 + 16 :], []
    for _ in range(8):
        size = int.from_bytes(rest[:4], "big")
        lists.append(rest[4 : 4 + size].decode().split(","))
        rest = rest[4 + size :]
    return lists


def test_the_greeting_does_not_say_what_the_server_is_made_of(running: Site) -> None:
    with raw(running) as connection:
        assert connection.recv(100).startswith(b"SSH-2.0-gateway\r\n")


def test_without_a_key_nobody_comes_in(running: Site) -> None:
    other = running.root / "other"
    make_key(other)
    key = paramiko.Ed25519Key.from_private_key_file(str(other))
    for account in ("acme", "nobody"):
        with running.transport() as transport, pytest.raises(paramiko.AuthenticationException):
            transport.auth_publickey(account, key)
        with running.transport() as transport, pytest.raises(paramiko.BadAuthenticationType) as refused:
            transport.auth_none(account)
        assert refused.value.allowed_types == ["publickey"]
        with running.transport() as transport, pytest.raises(paramiko.AuthenticationException):
            transport.auth_password(account, "", fallback=False)


def test_a_password_opens_where_one_is_agreed_and_an_empty_one_never(site: Site) -> None:
    assert site.wanted
    logins = (site.login("acme"), site.login("bolt", keys=(), password=HASH))
    site.wanted = msgspec.structs.replace(site.wanted, logins=logins)
    with site.running():
        with site.transport() as transport:
            transport.auth_password("bolt", PASSWORD)
            assert transport.is_authenticated()
        for account, password in (("bolt", ""), ("bolt", "wrong"), ("acme", PASSWORD), ("acme", ""), ("nobody", "")):
            with site.transport() as transport, pytest.raises(paramiko.AuthenticationException):
                transport.auth_password(account, password, fallback=False)


def test_guessing_is_ended_after_a_few_tries(site: Site) -> None:
    with served(site, auth_tries=2), site.transport() as transport:
        for _ in range(2):
            with pytest.raises(paramiko.AuthenticationException):
                transport.auth_password("acme", "guess", fallback=False)
        assert eventually(lambda: not transport.is_active())


def test_an_account_opens_from_its_networks_alone(site: Site) -> None:
    assert site.wanted
    for networks, opens in ((("10.0.0.0/8",), False), (("10.0.0.0/8", "127.0.0.0/8"), True)):
        site.wanted = msgspec.structs.replace(site.wanted, logins=(site.login("acme", networks=networks),))
        site.again()
        with site.running():
            assert (site.sftp("ls\n").returncode == 0) is opens


def test_whoever_loses_the_key_that_opened_is_put_out(running: Site) -> None:
    assert running.wanted
    with running.client() as client:
        running.wanted = msgspec.structs.replace(running.wanted, logins=())
        assert eventually(lambda: not client.get_channel().get_transport().is_active())
        with pytest.raises(paramiko.AuthenticationException), running.client():
            pass


def test_one_account_sees_nothing_of_another(site: Site) -> None:
    assert site.wanted
    logins = (site.login("acme"), site.login("bolt"))
    site.wanted = msgspec.structs.replace(site.wanted, logins=logins)
    out = site.where.outbox / "bolt" / "out" / "850.edi"
    out.parent.mkdir(parents=True)
    out.write_bytes(b"ISA*")
    with site.running(), site.client("acme") as acme, site.client("bolt") as bolt:
        with bolt.open("in/x.tmp", "w") as file:
            file.write(b"x")
        assert (bolt.listdir("in"), bolt.listdir("out")) == (["x.tmp"], ["850.edi"])
        assert (acme.listdir("in"), acme.listdir("out")) == ([], [])
        for path in ("../bolt/out/850.edi", "/out/../../bolt/out/850.edi", "out/850.edi"):
            with pytest.raises(FileNotFoundError):
                acme.open(path)


class _Nobody:
    """A transport as far as a doorkeeper asks."""

    auth_handler = type("Counting", (), {"auth_fail_count": 0})()

    def is_authenticated(self) -> bool:
        return False


def doorkeeper() -> Doorkeeper:
    login = Login(channel="bolt", account=SftpAccount(account="bolt", password=argon2.PasswordHasher().hash(PASSWORD)))
    return Doorkeeper(
        _Nobody(),
        "127.0.0.1",
        guard=Guard(SftpServer),
        limits=SftpServer(auth_tries=9),
        login=lambda account: login if account == "bolt" else None,
        passwords=True,
        next_keys=(),
        open_sftp=lambda _channel, _login: False,
        pause=lambda _seconds: None,
    )


def test_a_name_that_is_not_there_takes_as_long_as_one_that_is() -> None:
    door = doorkeeper()
    spent = {}
    for account in ("bolt", "nobody"):
        tries = []
        for _ in range(3):
            began = time.process_time()
            assert door.check_auth_password(account, "a guess") == paramiko.AUTH_FAILED
            tries.append(time.process_time() - began)
        spent[account] = min(tries)
    assert 0.5 < spent["bolt"] / spent["nobody"] < 2.0
