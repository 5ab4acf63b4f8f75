"""A host that lies, refuses, hangs or hangs up: nothing is lost, nothing is ours twice, and what is wrong is told."""

import struct
import threading
import time
from pathlib import Path

import pytest

from gateway.channels.mailbox import claims, session, trouble
from gateway.channels.mailbox.trouble import Unreachable
from tests.channels.mailbox.faulty import CUT, DENIED, DONE_AND_CUT, FAILURE, HANG, NAME, OK, Faulty, Stored, _string
from tests.channels.mailbox.post import Post


def looks(post: Post, *, times: int = 3, later: float = 3700.0) -> None:
    """Several visits, far enough apart for what stands to be told."""
    for _ in range(times):
        post.look(later=later)


def reaction(server: Faulty, kind: str, what: object, *, times: int = 10**6) -> None:
    """React so to this kind of request, so many times."""
    left = [times]

    def react(asked: str, _path: bytes) -> object:
        if asked == kind and left[0]:
            left[0] -= 1
            return what
        return None

    server.react = react


def test_it_serves_files_where_nothing_is_wrong(faulty: Faulty, hostile: Post) -> None:
    faulty.files = {b"/out/a.edi": Stored(b"a"), b"/out/b.edi": Stored(b"b" * 100_000, mtime=5)}
    assert hostile.look() == 2
    assert [name for name, _ in hostile.desk.taken] == ["b.edi", "a.edi"]
    assert faulty.files == {}
    assert hostile.odd == []


@pytest.mark.parametrize("name", [b"../escape.edi", b"a/b.edi", b"/etc/passwd", b"x\0y", b"y" * 256])
def test_what_is_no_name_of_a_file_is_left_alone_and_told(faulty: Faulty, hostile: Post, name: bytes) -> None:
    entry = struct.pack(">I", 1) + _string(name) + _string(b"") + struct.pack(">IQ", 1, 4)
    listings = [0]

    def react(kind: str, _path: bytes) -> object:
        listings[0] += kind == "readdir"
        is_first = kind == "readdir" and listings[0] % 2
        return bytes([NAME]) + entry if is_first else None

    faulty.react = react
    assert hostile.look() == 0
    assert hostile.odd == ["mailbox.strange_name"]
    assert not [asked for asked in faulty.asked if asked[0] in {"open", "remove", "lstat"}]


def test_names_that_only_look_like_folders_are_fetched_as_they_are(faulty: Faulty, hostile: Post) -> None:
    faulty.files = {b"/out/..edi": Stored(b"x"), b"/out/...": Stored(b"y"), b"/out/a\\b.edi": Stored(b"z")}
    assert hostile.look() == 1  # those that begin with a full stop are unfinished by their name
    assert hostile.desk.taken == [("a\\b.edi", b"z")]


def test_a_listing_without_an_end_is_read_up_to_its_bound(
    faulty: Faulty, hostile: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LISTED_AT_MOST", 5000)
    monkeypatch.setattr(session.Session.listing, "__defaults__", (5000,))
    hostile.set(files_per_visit=1)
    faulty.endless = True
    reaction(faulty, "open", (DENIED, b"no"))
    hostile.look()
    assert hostile.odd == ["channel.unreadable", "mailbox.crowded"]
    assert sum(kind == "readdir" for kind, _ in faulty.asked) == 50


def test_of_many_entries_the_oldest_come_first(faulty: Faulty, hostile: Post) -> None:
    faulty.files = {b"/out/%d.edi" % n: Stored(b"%d" % n, mtime=1000 - n) for n in range(600)}
    hostile.set(files_per_visit=3)
    assert hostile.look() == 3
    assert hostile.desk.names == ["599.edi", "598.edi", "597.edi"]


@pytest.mark.parametrize("listed", [3, 5, 1 << 20])
def test_a_size_that_is_not_the_files_is_never_taken_for_it(faulty: Faulty, hostile: Post, listed: int) -> None:
    faulty.files = {b"/out/a.edi": Stored(b"ISA*", listed=listed)}
    looks(hostile)
    assert hostile.desk.taken == []
    assert hostile.odd == ["mailbox.not_whole"]
    assert b"/out/a.edi" in faulty.files


def test_a_size_beyond_all_bounds_is_not_even_asked_for(faulty: Faulty, hostile: Post) -> None:
    faulty.files = {b"/out/a.edi": Stored(b"", listed=(1 << 64) - 1)}
    hostile.look()
    assert hostile.odd == ["mailbox.too_large"]
    assert "open" not in [kind for kind, _ in faulty.asked]


def test_a_file_without_an_end_is_read_as_far_as_it_was_announced(faulty: Faulty, hostile: Post) -> None:
    faulty.files = {b"/out/a.edi": Stored(b"", listed=100_000)}
    faulty.serve = lambda _path, _offset, size: bytes(size)
    looks(hostile)
    assert hostile.desk.taken == []
    assert "it goes on after its 100000 bytes" in hostile.said("mailbox.not_whole")
    assert sum(kind == "read" for kind, _ in faulty.asked) <= 3 * 6


@pytest.mark.parametrize("wrong", [lambda size: size - 1, lambda size: size + 7, lambda _size: 1])
def test_answers_of_another_length_than_asked_for_make_no_other_file(
    faulty: Faulty, hostile: Post, wrong: object
) -> None:
    content = bytes(range(256)) * 1024
    faulty.files = {b"/out/a.edi": Stored(content)}
    assert callable(wrong)
    if wrong(1000) == 1:
        faulty.files = {b"/out/a.edi": Stored(content := content[:300])}
    faulty.serve = lambda _path, offset, size: content[offset : offset + wrong(size)]
    looks(hostile)
    assert all(taken == content for _, taken in hostile.desk.taken)


def test_a_file_that_changes_while_it_is_fetched_is_left_until_it_rests(faulty: Faulty, hostile: Post) -> None:
    faulty.files = {b"/out/a.edi": Stored(b"first")}

    def serve(_path: bytes, offset: int, size: int) -> bytes:
        faulty.files[b"/out/a.edi"] = Stored(b"second", mtime=1_700_000_001)
        return b"first"[offset : offset + size]

    faulty.serve = serve
    assert hostile.look() == 0
    faulty.serve = lambda _path, _offset, _size: None
    assert hostile.look(later=600) == 1
    assert hostile.desk.taken == [("a.edi", b"second")]
    assert faulty.files == {}


def test_a_file_that_is_replaced_between_fetching_and_removing_is_another(faulty: Faulty, hostile: Post) -> None:
    faulty.files = {b"/out/a.edi": Stored(b"first")}

    def replaced(_drop: object) -> None:
        faulty.files[b"/out/a.edi"] = Stored(b"2nd..", mtime=1_700_000_009)
        hostile.desk.after_reading = lambda _drop: None

    hostile.desk.after_reading = replaced
    assert hostile.look() == 1
    assert hostile.look(later=600) == 1
    assert [content for _, content in hostile.desk.taken] == [b"first", b"2nd.."]
    assert faulty.files == {}


def test_a_file_that_goes_between_listing_and_fetching_is_nobodys_loss(faulty: Faulty, hostile: Post) -> None:
    faulty.files = {b"/out/a.edi": Stored(b"a"), b"/out/b.edi": Stored(b"b")}

    def react(kind: str, path: bytes) -> None:
        if (kind, path) == ("open", b"/out/a.edi"):
            faulty.files.pop(path, None)

    faulty.react = react
    assert hostile.look() == 1
    assert hostile.desk.names == ["b.edi"]
    hostile.look(later=600)
    assert hostile.odd == []


@pytest.mark.all  # half a minute together; one of each runs with the properties
@pytest.mark.parametrize("kind", ["opendir", "readdir", "open", "fstat", "read", "lstat", "remove"])
@pytest.mark.parametrize(
    "what", [CUT, DONE_AND_CUT, b"", b"\x68\xff\xff\xff\xff", b"\x65\0\0\0\x09", b"\x69\xff\xff\xff\xff"]
)
def test_cut_at_any_request_or_answered_with_nonsense_each_file_is_ours_once(
    faulty: Faulty, hostile: Post, kind: str, what: object
) -> None:
    files = {b"/out/%d.edi" % n: Stored(b"%d" % n * 70_000, mtime=n + 1) for n in range(3)}
    faulty.files = dict(files)
    if isinstance(what, bytes):
        what = what or bytes([250])
    reaction(faulty, kind, what, times=2)
    looks(hostile, times=2, later=0)
    hostile.again()
    faulty.react = lambda _kind, _path: None
    looks(hostile, times=2)
    assert sorted(hostile.desk.taken) == [(f"{n}.edi", b"%d" % n * 70_000) for n in range(3)]
    assert faulty.files == {}
    assert hostile.odd == []


def test_what_may_not_be_removed_is_ours_once_and_not_fetched_again(faulty: Faulty, hostile: Post) -> None:
    faulty.files = {b"/out/%d.edi" % n: Stored(b"%d" % n, mtime=n + 1) for n in range(5)}
    reaction(faulty, "remove", (DENIED, b"Zugriff verweigert: \xfc"))
    assert hostile.look() == 5
    assert "(and 4 more)" in hostile.said("channel.not_released")
    assert "cannot be removed: Zugriff verweigert: " in hostile.said("channel.not_released")
    asked = len([kind for kind, _ in faulty.asked if kind == "open"])
    hostile.again()  # a restart
    looks(hostile)
    assert hostile.desk.read == [f"{n}.edi" for n in range(5)]
    assert len([kind for kind, _ in faulty.asked if kind == "open"]) == asked == 5
    assert sum(kind == "remove" for kind, _ in faulty.asked) == 5 + 3 * 3
    faulty.react = lambda _kind, _path: None
    looks(hostile, times=1)
    assert faulty.files == {}
    assert hostile.odd == []


def test_what_is_said_to_be_removed_and_is_not_is_ours_once(faulty: Faulty, hostile: Post) -> None:
    faulty.files = {b"/out/a.edi": Stored(b"a")}
    reaction(faulty, "remove", (OK, b""))
    looks(hostile)
    assert hostile.desk.read == ["a.edi"]
    assert "says that it is gone, and shows it still" in hostile.said("channel.not_released")


def test_too_many_that_may_not_be_removed_stop_the_fetching(
    faulty: Faulty, hostile: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "AT_MOST", 3)
    faulty.files = {b"/out/%d.edi" % n: Stored(b"%d" % n, mtime=n + 1) for n in range(5)}
    reaction(faulty, "remove", (FAILURE, b""))
    assert hostile.look() == 3
    assert sorted(hostile.odd) == ["channel.not_released", "mailbox.not_emptied"]


def test_where_moving_to_the_folder_for_what_is_done_is_refused_it_is_ours_once(faulty: Faulty, hostile: Post) -> None:
    hostile.set(done="/done")
    faulty.files = {b"/out/a.edi": Stored(b"a")}
    reaction(faulty, "rename", (DENIED, b"no"))
    looks(hostile)
    assert hostile.desk.read == ["a.edi"]
    assert hostile.odd == ["channel.not_released"]


def test_a_file_that_may_not_be_read_holds_up_no_other(faulty: Faulty, hostile: Post) -> None:
    faulty.files = {b"/out/a.edi": Stored(b"a", mtime=1), b"/out/b.edi": Stored(b"b", mtime=2)}
    faulty.react = lambda kind, path: (
        (DENIED, b"Permission denied") if (kind, path) == ("open", b"/out/a.edi") else None
    )
    assert hostile.look() == 1
    assert hostile.odd == ["channel.unreadable"]


def test_files_that_cannot_be_had_do_not_use_up_the_visits_of_those_that_can(faulty: Faulty, hostile: Post) -> None:
    hostile.set(files_per_visit=2, largest=10)
    faulty.files = {b"/out/bad-%d.edi" % n: Stored(b"a", mtime=n + 1) for n in range(5)}
    faulty.files |= {b"/out/large-%d.edi" % n: Stored(bytes(11), mtime=n + 10) for n in range(5)}
    faulty.files |= {b"/out/%d.edi" % n: Stored(b"a", mtime=n + 100) for n in range(5)}
    faulty.react = lambda kind, path: (DENIED, b"no") if kind == "open" and b"bad" in path else None
    assert [hostile.look(later=6) for _ in range(4)] == [2, 2, 1, 0]
    assert hostile.desk.names == [f"{n}.edi" for n in range(5)]
    assert hostile.odd == ["channel.unreadable", "mailbox.too_large"]


def test_in_the_second_half_of_a_visits_time_no_file_is_begun_and_the_rest_comes_soon(
    faulty: Faulty, hostile: Post
) -> None:
    hostile.set(visit_seconds=20.0)
    faulty.files = {b"/out/%d.edi" % n: Stored(b"a", mtime=n + 1) for n in range(3)}

    def slow(kind: str, _path: bytes) -> None:
        if kind == "open":
            hostile.pass_time(6)

    faulty.react = slow
    assert [hostile.look(later=6) for _ in range(3)] == [2, 1, 0]
    assert hostile.odd == []


def test_a_folder_that_may_not_be_listed_is_told_and_closes_by_itself(faulty: Faulty, hostile: Post) -> None:
    reaction(faulty, "opendir", (DENIED, b"Permission denied"))
    hostile.look()
    assert hostile.odd == ["mailbox.folder_unusable"]
    assert "/out cannot be listed: Permission denied." in hostile.said("mailbox.folder_unusable")
    faulty.react = lambda _kind, _path: None
    hostile.look(later=3600)
    assert hostile.odd == []


def test_a_host_that_hangs_is_given_up_after_its_time(faulty: Faulty, hostile: Post) -> None:
    faulty.files = {b"/out/a.edi": Stored(b"a")}
    reaction(faulty, "read", HANG)
    began = time.monotonic()
    hostile.look()
    assert time.monotonic() - began < 4
    hostile.look(later=1000)
    assert "cannot be reached: it did not answer in time" in hostile.said("mailbox.unreachable")


def test_a_host_that_drips_is_given_up_when_the_visits_time_is_over(faulty: Faulty, hostile: Post) -> None:
    def drip(_path: bytes, _offset: int, _size: int) -> bytes:
        time.sleep(0.3)
        return bytes(1)

    hostile.set(visit_seconds=1.0)
    faulty.files = {b"/out/a.edi": Stored(bytes(1000))}
    faulty.serve = drip
    for _ in range(2):
        hostile.look(later=1000)
    assert "the visit took more than 1 seconds" in hostile.said("mailbox.unreachable")
    assert hostile.desk.taken == []
    assert not list((hostile.home / "acme").glob("*.part"))


def test_a_host_that_hangs_holds_up_no_other(faulty: Faulty, hostile: Post, tmp_path: Path) -> None:
    other = Faulty()
    try:
        password = hostile.mailbox.password
        assert password
        second = Post(tmp_path / "second", hostile.mailbox)
        second.set(port=other.port, host_keys=(other.host_key,))
        hostile.set(reply_seconds=30.0)
        reaction(faulty, "opendir", HANG)
        other.files = {b"/out/a.edi": Stored(b"a")}
        hostile.intake.start(hostile.desk)
        second.intake.start(second.desk)
        end = time.monotonic() + 5
        while not second.desk.taken and time.monotonic() < end:
            time.sleep(0.02)
        assert second.desk.names == ["a.edi"]
    finally:
        second.intake.stop()
        began = time.monotonic()
        hostile.intake.stop()  # breaks the visit off
        assert time.monotonic() - began < 3
        other.stop()


def test_a_listing_of_a_hundred_thousand_is_read_in_seconds(faulty: Faulty, hostile: Post) -> None:
    faulty.endless = True
    hostile.set(files_per_visit=1, visit_seconds=600.0, reply_seconds=30.0)
    reaction(faulty, "open", (DENIED, b"no"))
    began = time.monotonic()
    hostile.look()
    assert "mailbox.crowded" in hostile.odd
    assert time.monotonic() - began < 60


def test_something_else_than_ssh_on_the_port_is_unreachable(hostile: Post) -> None:
    import socket  # noqa: PLC0415 - here alone

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            sock, _ = listening.accept()
            with sock:
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\n" * 200)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        hostile.set(port=listening.getsockname()[1], connect_seconds=1.0)
        hostile.look()
        thread.join()
    hostile.look(later=1000)
    assert hostile.odd == ["mailbox.unreachable"]


def test_what_is_said_of_trouble_is_short_and_of_one_line() -> None:
    assert trouble.said("a\nb" + "x" * 1000)[:6] == "a\\nbxx"
    assert len(trouble.said("x" * 1000)) == 200
    assert str(Unreachable(None, "cut")) == "cut"
