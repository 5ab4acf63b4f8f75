"""What is owed appears in a mailbox whole, once, under a name that is free, whatever the host does meanwhile."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.channels.mailbox import outlet
from gateway.model.outcomes import Refused, TryLater
from gateway.ports import Outlet, Parcel, Sent
from tests.channels.mailbox.faulty import CUT, DENIED, DONE_AND_CUT, FAILURE, HANG, Faulty, Stored
from tests.channels.mailbox.post import Post
from tests.channels.mailbox.sshd import Sshd, needs_sshd
from tests.channels.mailbox.test_hostile import reaction


def parcel(name: str, content: bytes = b"ISA*", delivery: int = 1) -> Parcel:
    return Parcel(delivery=delivery, name=name, content=content)


def send(post: Post, *parcels: Parcel) -> Sequence[Sent | Refused | TryLater]:
    way_out: Outlet = post.outlet()
    return way_out.send(parcels)


def there(faulty: Faulty) -> dict[str, bytes]:
    """What lies there."""
    return {path.decode().removeprefix("/in/"): stored.content for path, stored in faulty.files.items()}


@needs_sshd
def test_each_parcel_lies_there_under_its_name_and_nothing_else_does(sshd: Sshd, post: Post) -> None:
    large = bytes(range(256)) * 20_000
    assert send(post, parcel("1.edi", large), parcel("2.edi", b"", delivery=2)) == [
        Sent(name="1.edi"),
        Sent(name="2.edi"),
    ]
    assert {path.name: path.read_bytes() for path in (sshd.remote / "in").iterdir()} == {"1.edi": large, "2.edi": b""}


@needs_sshd
def test_the_same_parcel_again_changes_nothing_and_other_bytes_take_the_next_number(sshd: Sshd, post: Post) -> None:
    for n, content in enumerate((b"1", b"1", b"2", b"2")):
        assert send(post, parcel("ack.edi", content, delivery=n)) == [
            Sent(name="ack.edi" if content == b"1" else "ack-2.edi")
        ]
    assert {path.name: path.read_bytes() for path in (sshd.remote / "in").iterdir()} == {
        "ack.edi": b"1",
        "ack-2.edi": b"2",
    }


@needs_sshd
def test_a_folder_or_link_of_that_name_is_never_written_through(sshd: Sshd, post: Post, tmp_path: Path) -> None:
    (sshd.remote / "in" / "a.edi").mkdir()
    (tmp_path / "outside").write_bytes(b"ISA*")
    (sshd.remote / "in" / "b.edi").symlink_to(tmp_path / "outside")
    assert send(post, parcel("a.edi"), parcel("b.edi", delivery=2)) == [Sent(name="a-2.edi"), Sent(name="b-2.edi")]


@needs_sshd
@pytest.mark.parametrize(
    ("hostile_name", "safe"), [("../../etc/passwd", "_.._etc_passwd"), (".hidden", "hidden"), ("caf\udce9", "caf_")]
)
def test_a_hostile_name_becomes_one_visible_file_of_the_folder(
    sshd: Sshd, post: Post, hostile_name: str, safe: str
) -> None:
    assert send(post, parcel(hostile_name)) == [Sent(name=safe)]
    assert [path.name for path in (sshd.remote / "in").iterdir()] == [safe]


def test_a_parcel_bears_its_name_only_when_it_is_whole(faulty: Faulty, hostile: Post) -> None:
    names: set[tuple[str, bool]] = set()

    def react(kind: str, path: bytes) -> None:
        if kind in {"write", "close"}:
            names.add((kind, path.endswith(b".tmp")))
        if kind == "lstat":
            names.update(("final", False) for name in there(faulty) if not name.endswith(".tmp"))

    faulty.react = react
    assert send(hostile, parcel("a.edi", b"x" * 100_000)) == [Sent(name="a.edi")]
    assert names == {("write", True), ("close", True)}


@pytest.mark.parametrize("kind", ["lstat", "open", "write", "close", "rename"])
@pytest.mark.parametrize("what", [CUT, DONE_AND_CUT, HANG])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_cut_at_any_request_a_repeat_has_the_same_result(
    faulty: Faulty, hostile: Post, kind: str, what: str, after: int
) -> None:
    hostile.set(reply_seconds=0.3)
    seen = [0]

    def react(asked: str, _path: bytes) -> object:
        seen[0] += asked == kind
        return what if asked == kind and seen[0] == after + 1 else None

    faulty.react = react
    parcels = [parcel("a.edi", b"a" * 50_000), parcel("b.edi", b"b" * 50_000, delivery=2)]
    first = send(hostile, *parcels)
    assert all(isinstance(outcome, Sent | TryLater) for outcome in first)
    assert send(hostile, *parcels) == [Sent(name="a.edi"), Sent(name="b.edi")]
    assert there(faulty) == {"a.edi": b"a" * 50_000, "b.edi": b"b" * 50_000}


def test_fetched_by_the_partner_after_we_heard_that_it_arrived_it_is_not_sent_again(
    faulty: Faulty, hostile: Post
) -> None:
    assert send(hostile, parcel("a.edi")) == [Sent(name="a.edi")]
    faulty.files.clear()  # and we died before we wrote it down
    assert send(hostile, parcel("a.edi")) == [Sent(name="a.edi")]
    assert there(faulty) == {}


def test_where_nobody_can_know_whether_it_arrived_a_person_is_asked_and_may_send_it_again(
    faulty: Faulty, hostile: Post
) -> None:
    reaction(faulty, "rename", DONE_AND_CUT, times=1)
    (first,) = send(hostile, parcel("a.edi"))
    assert isinstance(first, TryLater)
    faulty.files.clear()
    (second,) = send(hostile, parcel("a.edi"))
    assert isinstance(second, Refused)
    assert second.code == "mailbox.upload_unsure"
    assert send(hostile, parcel("a.edi")) == [Sent(name="a.edi")]  # released
    assert there(faulty) == {"a.edi": b"ISA*"}


@pytest.mark.parametrize("kind", ["open", "write", "rename"])
def test_what_the_host_declines_comes_later_and_leaves_nothing_there(faulty: Faulty, hostile: Post, kind: str) -> None:
    reaction(faulty, kind, (FAILURE, b"Disk quota exceeded"))
    (outcome,) = send(hostile, parcel("a.edi"))
    assert isinstance(outcome, TryLater)
    assert "'a.edi' could not be put on 127.0.0.1" in str(outcome)
    assert "Disk quota exceeded" in str(outcome)
    assert there(faulty) == {}
    faulty.react = lambda _kind, _path: None
    assert send(hostile, parcel("a.edi")) == [Sent(name="a.edi")]


def test_what_is_declined_holds_up_no_other(faulty: Faulty, hostile: Post) -> None:
    faulty.react = lambda kind, path: (DENIED, b"no") if kind == "open" and b"a.edi" in path else None
    first, second = send(hostile, parcel("a.edi"), parcel("b.edi", delivery=2))
    assert isinstance(first, TryLater)
    assert second == Sent(name="b.edi")


def test_a_disk_there_that_keeps_less_than_it_took_is_found_out(faulty: Faulty, hostile: Post) -> None:
    def lose(kind: str, path: bytes) -> None:
        if kind == "close" and path in faulty.files:
            faulty.files[path] = Stored(faulty.files[path].content[:-1])

    faulty.react = lose
    (outcome,) = send(hostile, parcel("a.edi"))
    assert "4 bytes were written, and 3 are there" in str(outcome)
    assert there(faulty) == {}


def test_too_many_of_one_name_are_refused_with_the_reason(
    faulty: Faulty, hostile: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet, "SAME_NAME_AT_MOST", 3)
    *sent, last = [send(hostile, parcel("ack.edi", b"%d" % n, delivery=n))[0] for n in range(4)]
    assert all(isinstance(outcome, Sent) for outcome in sent)
    assert isinstance(last, Refused)
    assert last.code == "channel.outbox_crowded"
    assert there(faulty) == {"ack.edi": b"0", "ack-2.edi": b"1", "ack-3.edi": b"2"}


def test_without_a_connection_every_parcel_comes_later(faulty: Faulty, hostile: Post) -> None:
    faulty.stop()
    outcomes = send(hostile, parcel("a.edi"), parcel("b.edi", delivery=2))
    assert [type(outcome).__mro__[1] for outcome in outcomes] == [TryLater, TryLater]
    assert "cannot be reached: Connection refused" in str(outcomes[0])
