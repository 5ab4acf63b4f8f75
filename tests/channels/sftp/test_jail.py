"""The jail: whatever a path says, it leads to one of four folders or nowhere; and whatever a packet says, it gets an answer."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.channels.sftp import protocol
from gateway.channels.sftp.protocol import Flags, Kind, Status, string
from tests.channels.sftp.talk import NotDone, Talk


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    return Talk(tmp_path)


def test_the_top_has_four_folders(talk: Talk) -> None:
    assert talk.names("/") == talk.names(".") == talk.names("..") == ["in", "out", "ack", "error"]


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        (".", "/"),
        ("", "/"),
        ("/..", "/"),
        ("in", "/in"),
        ("/in/../out/", "/out"),
        ("//in//./a.edi", "/in/a.edi"),
        ("/in/../../../in/a", "/in/a"),
        ("/nowhere/at/all", "/nowhere/at/all"),
    ],
)
def test_a_path_is_followed_without_looking_at_the_disk(talk: Talk, path: str, leads: str) -> None:
    assert talk.real_path(path) == leads


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../../etc/passwd",
        "/in/../../etc/passwd",
        "in/../../../../../../etc/passwd",
        "/in/x/y",
        "/out/.fetched/x",
        "/acme/partial/x",
        "/" + "d/" * 2000,
    ],
)
def test_nothing_is_read_outside(talk: Talk, path: str) -> None:
    talk.lay("out/.fetched/x", b"a mark")
    for flags in (Flags.READ, Flags.WRITE | Flags.CREATE):
        with pytest.raises(NotDone) as refused:
            talk.open(path, flags)
        assert refused.value.status in (Status.NO_SUCH_FILE, Status.PERMISSION_DENIED)
    with pytest.raises(NotDone):
        talk.size(path)
    assert talk.staged() == []


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (b"/in/a\0b", "it holds a NUL"),
        (b"/in/\xff\xfe", "it is not UTF-8"),
        (b"/in/" + b"x" * 201, "longer than 200 bytes"),
        ("/in/" + "é" * 101, "longer than 200 bytes"),
        (b"/in/" + b"x" * 5000, "far too long"),
        ("/in/a\nb", "control character"),
        ("/in/a\x1b[2J", "control character"),
        ("/in/a\u202egpj.edi", "control character"),
    ],
)
def test_names_that_could_do_harm_are_refused_in_words(talk: Talk, path: str | bytes, why: str) -> None:
    with pytest.raises(NotDone, match=why):
        talk.open(path)
    assert talk.staged() == []


@pytest.mark.parametrize(
    "name", ["a b.edi", "Bestellung März.edi", "注文.edi", "x" * 200, "a;rm -rf.edi", "-rf", "%2e%2e", "~x"]
)
def test_names_of_any_language_are_taken(talk: Talk, name: str) -> None:
    talk.put(f"/in/{name}")
    assert [taken for taken, _ in talk.admitted] == [name]


@pytest.mark.parametrize(
    ("kind", "content", "what"),
    [
        (Kind.SYMLINK, string(b"/etc/passwd") + string(b"/in/link"), "making a link"),
        (Kind.READLINK, string(b"/in/link"), "reading a link"),
        (Kind.RMDIR, string(b"/in"), "removing a folder"),
        (Kind.EXTENDED, string(b"hardlink@openssh.com") + string(b"/out/a") + string(b"/in/a"), "hardlink"),
        (Kind.EXTENDED, string(b"copy-data"), "copy-data"),
        (99, b"", "request 99"),
    ],
)
def test_links_and_whatever_else_are_not_offered(talk: Talk, kind: Kind, content: bytes, what: str) -> None:
    with pytest.raises(NotDone, match=what) as refused:
        talk.ask(kind, content)
    assert refused.value.status is Status.OP_UNSUPPORTED


@pytest.mark.parametrize("path", ["/", "/in", "/x.edi", "/out/x", "/ack/x", "/error/x", "/new/x"])
def test_only_in_is_written_to(talk: Talk, path: str) -> None:
    with pytest.raises(NotDone):
        talk.open(path)
    with pytest.raises(NotDone):
        talk.ask(Kind.MKDIR, string(path.encode()), b"\0\0\0\0")
    talk.put("/in/a.tmp")
    with pytest.raises(NotDone):
        talk.rename("/in/a.tmp", path)
    assert talk.staged() == ["waiting/a.tmp"]


def test_a_link_that_somebody_laid_into_out_is_neither_shown_nor_followed(talk: Talk, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    talk.lay("out/plain", b"x")
    (tmp_path / "out box" / "out" / "link").symlink_to(secret)
    (tmp_path / "out box" / "out" / "folder").mkdir()
    assert talk.names("/out") == ["plain"]
    with pytest.raises(NotDone, match="NO_SUCH_FILE"):
        talk.open("/out/link", Flags.READ)
    with pytest.raises(NotDone, match="NO_SUCH_FILE"):
        talk.size("/out/link")


def test_not_more_files_are_open_than_agreed(tmp_path: Path) -> None:
    talk = Talk(tmp_path, handles=3)
    talk.ask(Kind.OPENDIR, string(b"/"))
    talk.open("/in/a")
    handle = talk.open("/in/b")
    for attempt in (lambda: talk.open("/in/c"), lambda: talk.ask(Kind.OPENDIR, string(b"/"))):
        with pytest.raises(NotDone, match="3 files are open"):
            attempt()
    talk.close(handle)
    talk.open("/in/c")


def test_a_folder_of_thousands_is_listed_page_by_page(talk: Talk) -> None:
    for n in range(2500):
        talk.lay(f"out/{n:05}", b"")
    handle = talk.ask(Kind.OPENDIR, string(b"/out"))[1]
    _, page = talk.ask(Kind.READDIR, handle)
    assert len(page) < protocol.LONGEST_PACKET
    assert len(talk.names("/out")) == 2500


def test_a_request_to_read_gigabytes_gets_as_much_as_a_packet_holds(talk: Talk) -> None:
    talk.lay("out/large", b"x" * (1 << 20))
    handle = talk.open("/out/large", Flags.READ)
    assert len(talk.read(handle, 0, 0xFFFFFFFF)) == protocol.LONGEST_DATA
    with pytest.raises(NotDone, match="EOF"):
        talk.read(handle, (1 << 64) - 1, 10)


def test_handles_that_nobody_gave_are_refused(talk: Talk) -> None:
    for kind, content in (
        (Kind.READ, struct.pack(">QI", 0, 1)),
        (Kind.WRITE, struct.pack(">Q", 0) + string(b"x")),
        (Kind.CLOSE, b""),
        (Kind.READDIR, b""),
        (Kind.FSTAT, b""),
    ):
        with pytest.raises(NotDone, match="not open"):
            talk.ask(kind, string(b"77"), content)


def test_a_request_that_is_cut_off_is_answered(talk: Talk) -> None:
    with pytest.raises(NotDone) as refused:
        talk.ask(Kind.OPEN, b"\0\0\1\0abc")
    assert refused.value.status is Status.BAD_MESSAGE


@settings(max_examples=300, deadline=None)
@given(packets=st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=80)), max_size=8))
def test_whatever_comes_is_answered_or_ends_the_session_and_nothing_else(
    packets: list[tuple[int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    talk = Talk(tmp_path_factory.mktemp("jail"))
    for kind, content in packets:
        try:
            reply = talk.session.answer(memoryview(bytes([kind]) + content))
        except protocol.Broken:
            continue
        assert int.from_bytes(reply[:4], "big") == len(reply) - 4
    talk.session.end()
