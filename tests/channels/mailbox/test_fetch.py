"""Files of a mailbox on a real sshd: each is ours before it goes there, and ours once."""

import os
from pathlib import Path

import pytest

from gateway.channels.mailbox import box, intake
from gateway.channels.room import Room
from gateway.model.outcomes import TryLater
from gateway.ports import Drop
from tests.channels.inbox import eventually
from tests.channels.mailbox.post import Post
from tests.channels.mailbox.sshd import Sshd, needs_sshd

pytestmark = needs_sshd


def put(sshd: Sshd, name: str | bytes, content: bytes = b"ISA*", *, age: float = 60.0) -> Path:
    """A file in the folder that is fetched from."""
    path = sshd.remote / "out" / os.fsdecode(name)
    path.write_bytes(content)
    then = int(path.stat().st_mtime - age)
    os.utime(path, (then, then))
    return path


def left(sshd: Sshd, folder: str = "out") -> list[str]:
    """What lies there."""
    return sorted(path.name for path in (sshd.remote / folder).iterdir())


def claims(post: Post) -> int:
    """How many files are claimed."""
    folder = post.home / "acme" / "claims"
    return len(list(folder.iterdir())) if folder.exists() else 0


def test_what_is_whole_is_fetched_the_oldest_first_and_then_deleted_there(sshd: Sshd, post: Post) -> None:
    put(sshd, "new.edi", b"new", age=10)
    put(sshd, "old.edi", b"old" * 100_000, age=100)
    assert post.look() == 2
    assert post.desk.taken == [("old.edi", b"old" * 100_000), ("new.edi", b"new")]
    assert left(sshd) == []
    assert list((post.home / "acme").rglob("*.part")) == []
    assert claims(post) == 0
    assert post.odd == []


def test_a_file_lies_there_until_it_is_ours(sshd: Sshd, post: Post) -> None:
    put(sshd, "a.edi")
    seen: list[list[str]] = []
    post.desk.before_reading = lambda _drop: seen.append(left(sshd))
    post.desk.after_reading = lambda _drop: seen.append(left(sshd))
    post.look()
    assert seen == [["a.edi"], ["a.edi"]]


def test_what_is_not_admitted_stays_and_is_the_same_offer_the_next_time(sshd: Sshd, post: Post) -> None:
    put(sshd, "a.edi")
    keys: list[str] = []
    post.desk.before_reading = lambda drop: keys.append(drop.source_key)
    original, refused = post.desk.after_reading, [True]

    def full(drop: Drop) -> None:
        original(drop)
        if refused.pop():
            refused.append(False)
            raise TryLater("the ledger is busy")

    post.desk.after_reading = full
    assert post.look() == 0
    assert left(sshd) == ["a.edi"]
    post.again()
    assert post.look() == 1
    assert left(sshd) == []
    assert len(set(keys)) == 1
    assert len(keys) == 2


def test_where_a_folder_is_named_what_is_done_is_moved_there_under_a_name_that_is_free(sshd: Sshd, post: Post) -> None:
    post.set(done=str(sshd.remote / "done"))
    for content in (b"one", b"two"):
        put(sshd, "a.edi", content)
        post.look(later=600)
    assert {path.name: path.read_bytes() for path in (sshd.remote / "done").iterdir()} == {
        "a.edi": b"one",
        "a-2.edi": b"two",
    }
    assert left(sshd) == []


def test_a_folder_for_what_is_done_inside_the_one_that_is_fetched_is_not_told(sshd: Sshd, post: Post) -> None:
    (sshd.remote / "out" / "done").mkdir()
    post.set(done=str(sshd.remote / "out" / "done"))
    put(sshd, "a.edi")
    assert post.look() == 1
    assert left(sshd, "out/done") == ["a.edi"]
    assert post.odd == []


def test_put_there_again_alike_in_name_size_time_and_bytes_it_is_another_file(sshd: Sshd, post: Post) -> None:
    first = put(sshd, "a.edi", age=1000).stat().st_mtime
    post.look()
    again = put(sshd, "a.edi")
    os.utime(again, (first, first))
    assert post.look(later=600) == 1
    assert len(set(post.desk.keys)) == 2


def test_a_file_in_place_is_taken_after_two_looks_as_far_apart_as_agreed(
    sshd: Sshd, tmp_path: Path, post: Post
) -> None:
    post = Post(tmp_path / "var", post.mailbox, complete="stable", stable_seconds=10.0)
    growing = put(sshd, "a.edi", age=86400)  # whatever the host's clock says
    put(sshd, "still.edi")
    post.desk.before_reading = lambda _drop: None
    pause = post.pause

    def grow(seconds: float) -> None:
        with growing.open("ab") as file:
            file.write(b"more")
        pause(seconds)

    post.pause = grow  # type: ignore[method-assign]
    post.again()
    assert post.look() == 1
    assert post.desk.names == ["still.edi"]
    assert post.intake.waiting() == 1
    assert post.pauses == [10.0, 10.0]
    post.pause = pause  # type: ignore[method-assign]
    post.again()
    assert post.look() == 1
    assert post.desk.taken[-1] == ("a.edi", b"ISA*moremore")


def test_a_sentinel_says_that_its_file_is_whole_and_goes_first(sshd: Sshd, post: Post, tmp_path: Path) -> None:
    post = Post(tmp_path / "var", post.mailbox, complete="sentinel", sentinel=".ok")
    put(sshd, "a.edi")
    put(sshd, "a.edi.OK", b"")
    put(sshd, "b.edi")
    put(sshd, "alone.ok")
    assert post.look() == 1
    assert left(sshd) == ["alone.ok", "b.edi"]
    for _ in range(2):
        post.look(later=3700)
    assert post.odd == ["channel.not_complete", "channel.sentinel_alone"]
    assert "'b.edi' has lain in 127.0.0.1 port" in post.said("channel.not_complete")


def test_names_that_say_unfinished_are_left_alone(sshd: Sshd, post: Post) -> None:
    for name in (".hidden", "a.part", "b.filepart", "c.edi~", "d.TMP"):
        put(sshd, name)
    assert post.look() == 0
    assert len(left(sshd)) == 5


@pytest.mark.parametrize(
    "name", [b"a b.edi", b"a\nb.edi", b"caf\xe9.edi", "münchen.edi".encode(), b"'\";$(x).edi", b"x" * 255]
)
def test_any_name_that_a_disk_allows_is_fetched_and_removed(sshd: Sshd, post: Post, name: bytes) -> None:
    put(sshd, name, b"content")
    assert post.look() == 1
    ((said, content),) = post.desk.taken
    assert content == b"content"
    assert said.isprintable()
    assert left(sshd) == []


def test_links_and_folders_are_left_alone_and_told_unless_they_are_to_be_ignored(sshd: Sshd, post: Post) -> None:
    out = sshd.remote / "out"
    (out / "link.edi").symlink_to("/etc/passwd")
    (out / "archive").mkdir()
    os.mkfifo(out / "pipe")
    assert post.look() == 0
    assert "'archive' (and 2 more) in 127.0.0.1 port" in post.said("channel.not_a_file")
    assert left(sshd) == ["archive", "link.edi", "pipe"]
    post.set(ignore=("link.edi", "archive", "pipe"))
    post.look()
    assert post.odd == []


def test_a_file_larger_than_agreed_stays_there_and_is_told(sshd: Sshd, post: Post) -> None:
    post.set(largest=1000)
    put(sshd, "big.edi", bytes(1001))
    put(sshd, "good.edi", bytes(1000))
    assert post.look() == 1
    assert left(sshd) == ["big.edi"]
    assert "has 1001 bytes; largest_mb allows 1000" in post.said("mailbox.too_large")


def test_a_visit_takes_so_many_files_and_the_next_comes_soon(sshd: Sshd, post: Post) -> None:
    post.set(files_per_visit=2)
    for n in range(5):
        put(sshd, f"{n}.edi", age=100 - n)
    assert [post.look(later=6) for _ in range(4)] == [2, 2, 1, 0]
    assert post.desk.names == [f"{n}.edi" for n in range(5)]


def test_many_files_are_admitted_in_batches(sshd: Sshd, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box, "BATCH", 4)
    monkeypatch.setattr(box, "BATCH_BYTES", 1000)
    for n in range(9):
        put(sshd, f"{n}.edi", b"%d" % n, age=100 - n)
    put(sshd, "large.edi", bytes(1000), age=200)
    assert post.look() == 10
    assert [size for size in post.desk.batches if size] == [1, 4, 4, 1]


def test_a_file_of_several_blocks_comes_whole(sshd: Sshd, post: Post) -> None:
    content = os.urandom(1 << 20) * 9 + b"end"
    put(sshd, "large.edi", content)
    assert post.look() == 1
    assert post.desk.taken == [("large.edi", content)]


def test_while_what_was_taken_waits_to_be_read_files_stay_there(sshd: Sshd, post: Post) -> None:
    put(sshd, "a.edi")
    post.crowded = True
    assert post.look() == 0
    assert left(sshd) == ["a.edi"]
    post.crowded = False
    assert post.look(later=6) == 1


def test_without_room_on_our_disk_files_stay_there_and_it_is_told(sshd: Sshd, post: Post, tmp_path: Path) -> None:
    reserve = [1_000_000_000]
    post.room = Room(tmp_path, lambda: reserve[0])
    post.again()
    put(sshd, "a.edi")
    assert post.look() == 0
    assert post.odd == ["mailbox.no_room"]
    assert left(sshd) == ["a.edi"]
    reserve[0] = 0
    assert post.look(later=600) == 1
    assert post.odd == []


def test_an_empty_file_waits_for_its_content_and_is_then_what_it_is(sshd: Sshd, post: Post) -> None:
    put(sshd, "a.edi", b"")
    assert post.look() == 0
    assert post.look(later=301) == 1
    assert [found.code for found in post.desk.findings] == ["channel.empty"]


def test_in_threads_of_its_own_it_fetches_until_it_is_stopped(
    sshd: Sshd, tmp_path: Path, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "_LOOK", 0.05)
    post = Post(tmp_path / "var", post.mailbox)
    put(sshd, "a.edi")
    post.intake.start(post.desk)
    try:
        assert eventually(lambda: post.desk.names == ["a.edi"] and left(sshd) == [])
        put(sshd, "b.edi")
        post.set(files_per_visit=9)  # a saved change begins anew, with a look at once
        assert eventually(lambda: post.desk.names == ["a.edi", "b.edi"])
    finally:
        post.intake.stop()
