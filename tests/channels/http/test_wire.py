"""The HTTP server on its sockets: whatever a client does to its connection, the others are served and no half file is taken."""

from __future__ import annotations

import socket
import threading
import time

import msgspec
import pytest

from gateway.api import wire
from tests.channels.http.harness import LENIENT, PATH, WITHIN, Site, ask, head, heard
from tests.channels.inbox import eventually


def test_a_body_that_is_cut_or_shorter_than_it_says_is_never_taken(site: Site) -> None:
    for said in (head("Content-Length: 1000") + b"ISA*", head("Transfer-Encoding: chunked") + b"4\r\nISA*\r\n"):
        connection = site.raw(said)
        assert eventually(lambda: len(site.spooled) == 1)
        connection.close()
        assert eventually(lambda: site.spooled == [])
    assert site.post(name="whole.edi").status == 202
    assert site.desk.names == ["whole.edi"]


def test_a_body_that_stops_coming_is_broken_off_and_told(site: Site) -> None:
    site.wanted = msgspec.structs.replace(LENIENT, idle_seconds=0.2)
    with site.raw(head("Content-Length: 1000") + b"ISA*") as connection:
        answer = heard(connection)
    assert (answer.status, answer.code) == (408, "http.too_slow")
    assert eventually(lambda: site.spooled == [])


def test_a_body_that_trickles_is_broken_off_and_told(site: Site) -> None:
    site.wanted = msgspec.structs.replace(LENIENT, idle_seconds=5.0, body_seconds=0.5)
    with site.raw(head("Content-Length: 100000")) as connection:
        connection.settimeout(0.05)
        for _ in range(200):
            connection.sendall(b"x")
            try:
                if connection.recv(1, socket.MSG_PEEK):
                    break
            except TimeoutError:
                continue
        connection.settimeout(WITHIN)
        assert heard(connection).code == "http.too_slow"


def test_a_slow_body_that_keeps_coming_is_taken(site: Site) -> None:
    with site.raw(head("Content-Length: 10")) as connection:
        for _ in range(10):
            connection.sendall(b"x")
            time.sleep(0.02)
        assert heard(connection).status == 202
    assert site.desk.taken == [("a.edi", b"x" * 10)]


def test_more_bytes_than_were_said_are_another_request_and_no_part_of_the_file(site: Site) -> None:
    with site.raw(head("Content-Length: 4") + b"ISA*GARBAGE\r\n\r\n") as connection:
        assert heard(connection).status == 202
    assert site.desk.taken == [("a.edi", b"ISA*")]


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,  # TLS spoken to a plain port
        b"GET\r\n\r\n",
        head("Content-Length: 4", "Content-Length: 5") + b"ISA*",
        head("Content-Length: -4") + b"ISA*",
        head("Content-Length: 4", "Transfer-Encoding: chunked") + b"4\r\nISA*\r\nXX",
        head("Transfer-Encoding: chunked") + b"zz\r\nISA*\r\n",
        head("Transfer-Encoding: gzip, chunked") + b"4\r\nISA*\r\n0\r\n\r\n",
        head("X-Long: " + "x" * 70_000),
        b"A" * 70_000,
        head("Bad Header: x"),
    ],
)
def test_what_is_no_sound_http_is_refused_and_the_server_goes_on(site: Site, said: bytes) -> None:
    connection = site.raw(b"")
    try:
        connection.sendall(said)
        got = connection.recv(1000)
        assert got.startswith((b"HTTP/1.1 4", b"HTTP/1.1 501 ")), got
    except ConnectionResetError:
        pass  # it was told and closed while more was on its way
    finally:
        connection.close()
    assert site.post(name="sound.edi").status == 202
    assert site.desk.names == ["sound.edi"]


def test_a_connection_that_never_asks_is_closed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.3)
    with site.raw(b"") as silent, site.raw(b"POST / HT") as half, site.raw(head("Content-Length: 4")) as asked:
        assert silent.recv(100) == b""
        assert half.recv(100) == b""
        asked.sendall(b"ISA*")
        assert heard(asked).status == 202
        assert asked.recv(100) == b""


def test_a_connection_is_used_again(site: Site) -> None:
    with site.raw(b"") as connection:
        for n in range(3):
            connection.sendall(head("Content-Length: 4") + b"ISA*")
            assert heard(connection).said["transmission"] == n + 1


def test_what_follows_a_refusal_is_thrown_away_and_the_connection_is_used_again(site: Site) -> None:
    with site.raw(head("Content-Length: 300000", key="x" * 32) + b"x" * 300_000) as connection:
        assert heard(connection).status == 401
        connection.sendall(head("Content-Length: 4") + b"ISA*")
        assert heard(connection).status == 202
    assert site.desk.taken == [("a.edi", b"ISA*")]


def test_a_refused_body_that_never_ends_is_not_listened_to_for_ever(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.3)
    with site.raw(head("Transfer-Encoding: chunked", key="x" * 32)) as connection:
        assert heard(connection).status == 401
        with pytest.raises(OSError):  # noqa: PT011 - reset or broken, as the system sees it
            send_for_long(connection)


def send_for_long(connection: socket.socket) -> None:
    """Chunk after chunk, as long as somebody listens."""
    until = time.monotonic() + WITHIN
    while time.monotonic() < until:
        connection.sendall(b"400\r\n" + b"x" * 0x400 + b"\r\n")
        time.sleep(0.02)


def test_two_requests_in_one_breath_are_answered_in_their_order(site: Site) -> None:
    both = head("Content-Length: 4", "Idempotency-Key: 1") + b"ISA*" + head("Content-Length: 4") + b"GS*1"
    with site.raw(both) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 202 ")
        assert eventually(lambda: len(site.desk.taken) == 2)
    assert [content for _, content in site.desk.taken] == [b"ISA*", b"GS*1"]


def test_two_lengths_are_refused_and_the_connection_is_closed(site: Site) -> None:
    """Whoever stands before us may have read the other one, and hidden a request in the difference."""
    hidden = head("Content-Length: 4") + b"ISA*"
    with site.raw(head("Content-Length: 50", "Transfer-Encoding: chunked") + b"0\r\n\r\n" + hidden) as connection:
        answer = heard(connection)
        assert (answer.status, answer.code, answer.headers["connection"]) == (400, "http.two_lengths", "close")
        assert connection.recv(100) == b""
    assert site.desk.taken == []


# --- The server ---


def test_other_addresses_and_methods_are_problems_too(site: Site) -> None:
    assert ask(site.door.port, "GET", "/nothing").code == "http.no_such_place"
    answer = ask(site.door.port, "DELETE", PATH)
    assert (answer.status, answer.code, answer.headers["allow"]) == (405, "http.no_such_method", "POST")


def test_it_tells_whether_it_lives_and_whether_it_can_take(site: Site) -> None:
    assert ask(site.door.port, "GET", "/healthz").said == {"ok": True}
    assert ask(site.door.port, "GET", "/readyz").said == {"ok": True}
    site.free = 0
    assert ask(site.door.port, "GET", "/readyz").code == "http.not_ready"


def test_it_moves_when_its_settings_change_and_ends_when_they_go(site: Site) -> None:
    before = site.door.port
    site.wanted = msgspec.structs.replace(LENIENT, connections=7)
    assert eventually(lambda: site.door.port not in (0, before))
    assert site.post().status == 202
    site.wanted = None
    assert eventually(lambda: site.door.port == 0)
    site.wanted = LENIENT


def test_a_port_that_is_taken_is_told_and_tried_again(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        site.wanted = msgspec.structs.replace(LENIENT, port=taken.getsockname()[1])
        assert eventually(lambda: bool(site.told and site.told[-1]))
        [found] = site.told[-1]["HTTP server"]
        assert found.code == "http.not_listening"
        assert str(taken.getsockname()[1]) in found.message
    assert eventually(lambda: site.door.port != 0)
    assert eventually(lambda: site.told[-1] == {})


def test_what_a_dead_process_left_in_the_spool_is_removed_at_the_next_start(site: Site) -> None:
    site.stop()
    (site.root / "http" / "1.body").write_bytes(b"half")
    site.start()
    assert eventually(lambda: site.spooled == [])


def test_a_stop_lets_the_request_under_way_end(site: Site) -> None:
    with site.raw(head("Content-Length: 4") + b"IS") as connection:
        assert eventually(lambda: len(site.spooled) == 1)
        stopping = threading.Thread(target=site.stop)
        stopping.start()
        time.sleep(0.5)
        connection.sendall(b"A*")
        assert heard(connection).status == 202
        stopping.join()
    site.start()


def test_connections_beyond_the_most_are_turned_away_and_told(site: Site) -> None:
    before = site.door.port
    site.wanted = msgspec.structs.replace(LENIENT, connections=3)
    assert eventually(lambda: site.door.port not in (0, before))
    open_ones = [site.raw(b"") for _ in range(2)]
    with site.raw(head("Content-Length: 4") + b"ISA*") as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 503 ")
    for one in open_ones:
        one.close()
    assert eventually(lambda: site.post().status == 202)
