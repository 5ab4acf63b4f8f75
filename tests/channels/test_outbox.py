"""What is owed to a partner appears in the outbox whole, once, under a name that is safe."""

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from gateway.channels import outbox
from gateway.channels.outbox import FolderOutlet
from gateway.model.outcomes import Refused, TryLater
from gateway.ports import Outlet, Parcel, Sent


def parcel(name: str, content: bytes = b"ISA*") -> Parcel:
    return Parcel(delivery=1, name=name, content=content)


def send(folder: Path, *parcels: Parcel) -> Sequence[Sent | Refused | TryLater]:
    outlet: Outlet = FolderOutlet(folder)
    return outlet.send(parcels)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_parcel_lies_under_its_name_in_a_folder_made_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "outbox" / "acme"
    assert send(folder, parcel("1.edi", b"one"), parcel("2.edi", b"")) == [Sent(name="1.edi"), Sent(name="2.edi")]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"1.edi": b"one", "2.edi": b""}


def test_the_same_parcel_again_changes_nothing(tmp_path: Path) -> None:
    for _ in range(3):
        assert send(tmp_path, parcel("ack.edi")) == [Sent(name="ack.edi")]
    assert names(tmp_path) == ["ack.edi"]


def test_other_bytes_under_a_name_that_is_there_take_the_next_number(tmp_path: Path) -> None:
    first = send(tmp_path, parcel("ack.edi", b"1"), parcel("ack.edi", b"2"), parcel("ack.edi", b"3"))
    assert first == [Sent(name="ack.edi"), Sent(name="ack-2.edi"), Sent(name="ack-3.edi")]
    assert send(tmp_path, parcel("ack.edi", b"2")) == [Sent(name="ack-2.edi")]
    assert (tmp_path / "ack.edi").read_bytes() == b"1"


def test_a_folder_or_a_link_of_that_name_is_never_written_through(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    (folder / "a.edi").mkdir(parents=True)
    (tmp_path / "outside").write_bytes(b"ISA*")
    (folder / "b.edi").symlink_to(tmp_path / "outside")
    assert send(folder, parcel("a.edi"), parcel("b.edi")) == [Sent(name="a-2.edi"), Sent(name="b-2.edi")]


def test_too_many_of_one_name_are_refused_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "SAME_NAME_AT_MOST", 3)
    *sent, last = send(tmp_path, *(parcel("ack.edi", b"%d" % n) for n in range(4)))
    assert all(isinstance(outcome, Sent) for outcome in sent)
    assert isinstance(last, Refused)
    assert last.code == "channel.outbox_crowded"
    assert names(tmp_path) == ["ack-2.edi", "ack-3.edi", "ack.edi"]


@pytest.mark.parametrize(
    ("hostile", "safe"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("/etc/passwd", "_etc_passwd"),
        ("..\\..\\x.edi", "_.._x.edi"),
        (".hidden", "hidden"),
        ("", "unnamed"),
        ("...", "unnamed"),
        ("a\x00b\n.edi", "a_x00b_n.edi"),
        ('<a>:"|?*.edi', "_a______.edi"),
        ("caf\udce9.edi", "caf_.edi"),
        ("\ud800.edi", "_.edi"),
        ("\u202eide.exe", "_u202eide.exe"),
        ("ü" * 300 + ".edi", "ü" * 98 + ".edi"),
        ("x." + "y" * 300, "x." + "y" * 198),
        ("x" * 251 + ".edi.rejected.txt", "x" * 187 + ".rejected.txt"),
        ("caf\\xe9.edi.answer.csv", "caf_xe9.edi.answer.csv"),
        ("café.edi", "café.edi"),
    ],
)
def test_a_hostile_name_becomes_one_visible_entry_of_the_folder(tmp_path: Path, hostile: str, safe: str) -> None:
    folder = tmp_path / "outbox"
    assert send(folder, parcel(hostile)) == [Sent(name=safe)]
    assert names(folder) == [safe]
    assert names(tmp_path) == ["outbox"]


def test_answers_to_names_of_full_length_that_begin_alike_are_two_files(tmp_path: Path) -> None:
    first, second = (parcel("x" * 250 + f"{n}.edi.accepted.txt", b"%d" % n) for n in (1, 2))
    assert send(tmp_path, first, second) == [
        Sent(name="x" * 187 + ".accepted.txt"),
        Sent(name="x" * 187 + ".accepted-2.txt"),
    ]


def test_names_that_differ_in_their_letters_case_alone_do_not_replace_each_other(tmp_path: Path) -> None:
    one, two = send(tmp_path, parcel("Ack.edi", b"1"), parcel("ack.edi", b"2"))
    assert isinstance(one, Sent)
    assert isinstance(two, Sent)
    assert [(tmp_path / sent.name).read_bytes() for sent in (one, two)] == [b"1", b"2"]


def test_what_a_crash_left_is_removed_at_start_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / f".ack.edi.{'0' * 32}.tmp").touch()
    (tmp_path / ".partner.tmp").touch()
    (tmp_path / "ack.edi").touch()
    FolderOutlet(tmp_path)
    assert names(tmp_path) == [".partner.tmp", "ack.edi"]


def failing(which: Callable[[int], bool], number: int) -> Callable[[int], None]:
    def fail(handle: int) -> None:
        if which(handle):
            raise OSError(number, os.strerror(number))

    return fail


def is_folder(handle: int) -> bool:
    return stat.S_ISDIR(os.fstat(handle).st_mode)


def test_a_parcel_that_cannot_be_flushed_comes_later_and_the_others_are_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", failing(lambda handle: os.fstat(handle).st_size == 3, errno.ENOSPC))
    big, good = send(tmp_path, parcel("big.edi", b"big"), parcel("good.edi", b"good"))
    assert isinstance(big, TryLater)
    assert "'big.edi' could not be written to the outbox: No space left on device" in str(big)
    assert good == Sent(name="good.edi")
    assert names(tmp_path) == ["good.edi"]


def test_nothing_counts_as_sent_before_the_names_are_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", failing(is_folder, errno.EIO))
    assert [type(outcome) for outcome in send(tmp_path, parcel("a"), parcel("b"))] == [TryLater, TryLater]
    monkeypatch.undo()
    assert send(tmp_path, parcel("a"), parcel("b")) == [Sent(name="a"), Sent(name="b")]
    assert names(tmp_path) == ["a", "b"]


def test_an_outbox_that_may_not_be_written_is_tried_later() -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "file").touch()
        (outcome,) = send(Path(folder) / "file" / "acme", parcel("a.edi"))
    assert isinstance(outcome, TryLater)
    assert "Not a directory" in str(outcome)


def test_a_batch_of_64_costs_64_flushes_and_one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", flushed.append)
    outcomes = send(tmp_path, *(parcel(f"{n}.edi", b"%d" % n) for n in range(64)))
    assert outcomes == [Sent(name=f"{n}.edi") for n in range(64)]
    assert len(flushed) == 65
