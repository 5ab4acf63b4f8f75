"""The private line: whole messages, no longer than agreed; whoever garbles them is not listened to."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import msgspec
import pytest

from gateway.channels.sftp.line import LONGEST_FROM_SERVER, Garbled, Line, daemons_end, servers_end
from gateway.channels.sftp.link import Daemon
from gateway.channels.sftp.messages import Answer, Configure, Fetched, FromServer, Listening, Login, Offer
from gateway.model.outcomes import Refused
from gateway.profiles.sftp import SftpAccount, SftpServer

Ends = tuple[Line[FromServer], socket.socket]


def framed(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


@pytest.fixture
def ends() -> Iterator[Ends]:
    """The daemon's end, and the other as a bare socket."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield daemons_end(ours), theirs


@pytest.mark.parametrize(
    "message",
    [
        Offer(id=1, channel="acme", key="k", name="Bestellung März.edi"),
        Fetched(id=2, channel="acme", name="out/850.edi"),
        Listening(port=22),
    ],
)
def test_what_the_server_says_is_heard_as_it_was_said(ends: Ends, message: FromServer) -> None:
    line, other = ends
    servers_end(other).say(message)
    assert line.hear() == message


def test_settings_of_thousands_of_accounts_are_heard() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        logins = tuple(
            Login(channel=f"c{n}", account=SftpAccount(account=f"a{n}", keys=("ssh-ed25519 " + "A" * 68,)))
            for n in range(500)
        )
        said = Configure(server=SftpServer(), logins=logins)
        daemons_end(ours).say(said)
        assert servers_end(theirs).hear() == said


@pytest.mark.parametrize(
    "bytes_",
    [
        struct.pack(">I", LONGEST_FROM_SERVER + 1),
        struct.pack(">I", 0xFFFFFFFF),
        struct.pack(">I", 3) + b"\xc1\xc1\xc1",
        framed(msgspec.msgpack.encode(Answer(id=1, done=True))),
        framed(msgspec.msgpack.encode({"type": "Offer", "id": "x"})),
    ],
)
def test_what_is_no_message_is_garbled(ends: Ends, bytes_: bytes) -> None:
    line, other = ends
    other.sendall(bytes_)
    with pytest.raises(Garbled):
        line.hear()


def test_the_end_of_the_line_is_heard_even_in_the_middle_of_a_message(ends: Ends) -> None:
    line, other = ends
    other.sendall(struct.pack(">I", 100) + b"half")
    other.close()
    assert line.hear() is None


def test_who_asks_and_gets_no_answer_knows_that_it_does_not_know() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        daemon = Daemon(servers_end(theirs), patience=0.05)
        with pytest.raises(Refused) as refused:
            daemon.hand_over("acme", "key", "a.edi")
        assert refused.value.code == "sftp.outcome_unknown"
        ours.close()
        daemon.hear(lambda _configured: None)
        with pytest.raises(Refused) as refused:
            daemon.hand_over("acme", "key", "a.edi")
        assert refused.value.code == "sftp.outcome_unknown"
