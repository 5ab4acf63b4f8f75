"""The archive keeps what it is given, once, and never half."""

import errno
import io
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pytest

from gateway.archive.local import LocalArchive
from gateway.model.outcomes import Refused, TryLater
from gateway.ports import Archive, Blob

NOVEMBER = datetime(2026, 11, 22, 12, tzinfo=UTC)


def november() -> datetime:
    return NOVEMBER


def archive_in(root: Path) -> LocalArchive:
    return LocalArchive(root, clock=november)


def keep(archive: Archive, *contents: bytes) -> list[Blob]:
    with archive.keeping() as keep_one:
        return [keep_one(io.BytesIO(content)) for content in contents]


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def name(content: bytes) -> str:
    return sha256(content).hexdigest()


def test_what_is_kept_is_read_back_byte_for_byte(tmp_path: Path) -> None:
    content = os.urandom(3 << 20)
    archive = archive_in(tmp_path)
    (blob,) = keep(archive, content)
    assert blob == Blob(name(content), len(content))
    with archive.open(blob.sha256) as stream:
        assert stream.read() == content


def test_a_blob_lies_read_only_in_the_folder_of_its_month(tmp_path: Path) -> None:
    keep(archive_in(tmp_path), b"ISA*00*")
    place = tmp_path / "2026-11" / name(b"ISA*00*")
    assert files(tmp_path) == [f"2026-11/{place.name}"]
    assert place.stat().st_mode & 0o777 == 0o440


def test_the_same_bytes_are_kept_once_even_months_later_and_within_one_batch(tmp_path: Path) -> None:
    keep(LocalArchive(tmp_path, clock=lambda: NOVEMBER - timedelta(days=200)), b"same")
    keep(archive_in(tmp_path), b"same", b"other", b"other")
    assert files(tmp_path) == sorted([f"2026-05/{name(b'same')}", f"2026-11/{name(b'other')}"])


def test_an_empty_file_is_kept_too(tmp_path: Path) -> None:
    assert keep(archive_in(tmp_path), b"") == [Blob(name(b""), 0)]


def test_a_block_that_raises_keeps_nothing(tmp_path: Path) -> None:
    def keep_and_fail() -> None:
        with archive_in(tmp_path).keeping() as keep_one:
            keep_one(io.BytesIO(b"first"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        keep_and_fail()
    assert files(tmp_path) == []


class Broken(io.RawIOBase):
    """A source that ends with an error after some bytes."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self._given = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._given:
            raise self._error
        self._given = True
        buffer[:4] = b"half"
        return 4


@pytest.mark.parametrize("error", [TryLater("it grew"), OSError(errno.EIO, "Input/output error")])
def test_a_source_that_breaks_off_is_not_kept_and_the_rest_of_the_batch_is(tmp_path: Path, error: Exception) -> None:
    with archive_in(tmp_path).keeping() as keep_one:
        with pytest.raises(TryLater, match=r"it grew|to its end where it was dropped: Input/output error"):
            keep_one(io.BufferedReader(Broken(error)))
        keep_one(io.BytesIO(b"whole"))
    assert files(tmp_path) == [f"2026-11/{name(b'whole')}"]


def test_a_full_disk_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    """A real limit: the process may write no file above 64 KiB, as on a disk without room."""
    run = run_python(
        tmp_path,
        "import io, resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        "with archive.keeping() as keep:\n"
        "    for content in (bytes(2 << 20), b'small'):\n"
        "        try: keep(io.BytesIO(content))\n"
        "        except TryLater as later: print(later)\n",
    )
    assert "could not keep a file: File too large" in run.stdout
    assert files(tmp_path) == [f"{datetime.now(tz=UTC):%Y-%m}/{name(b'small')}"]


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "free some space"), (errno.EIO, "check the archive's disk")]
)
def test_a_flush_that_fails_keeps_nothing_of_the_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def fail(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    archive = archive_in(tmp_path)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(TryLater, match=words):
        keep(archive, b"one", b"two")
    assert files(tmp_path) == []


@pytest.mark.parametrize("hostile", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n", "é" * 64])
def test_only_a_sha256_names_a_blob(tmp_path: Path, hostile: str) -> None:
    with pytest.raises(Refused) as refused:
        archive_in(tmp_path).open(hostile)
    assert refused.value.code == "archive.not_a_name"


def test_a_missing_blob_is_refused_by_name(tmp_path: Path) -> None:
    for ask in (archive_in(tmp_path).open, archive_in(tmp_path).verify):
        with pytest.raises(Refused, match="a" * 64) as refused:
            ask("a" * 64)
        assert refused.value.code == "archive.missing"


def damage(root: Path, content: bytes) -> Path:
    place = root / "2026-11" / name(content)
    place.chmod(0o640)
    place.write_bytes(content[:-1] + b"!")
    return place


def test_a_blob_that_was_changed_is_noticed(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    keep(archive, b"as sent")
    assert archive.verify(name(b"as sent"))
    damage(tmp_path, b"as sent")
    assert not archive.verify(name(b"as sent"))


def test_the_same_bytes_again_do_not_trust_a_damaged_copy(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    keep(archive, b"as sent")
    place = damage(tmp_path, b"as sent")
    keep(archive, b"as sent")
    assert archive.verify(name(b"as sent"))
    assert place.with_name(f"{place.name}.damaged").read_bytes() == b"as sen!"


def test_all_blobs_are_listed_newest_month_first_and_nothing_else(tmp_path: Path) -> None:
    keep(LocalArchive(tmp_path, clock=lambda: NOVEMBER - timedelta(days=40)), b"october")
    archive = archive_in(tmp_path)
    keep(archive, b"november")
    (tmp_path / "tmp" / "left").touch()
    (tmp_path / "2026-11" / "README").touch()
    blobs = archive.blobs()
    october, latest = Blob(name(b"october"), 7), Blob(name(b"november"), 8)
    assert list(blobs) == [latest, october]
    assert (len(blobs), blobs[0], blobs[-1], blobs[1:]) == (2, latest, october, (october,))


def test_a_sweep_removes_what_is_old_enough_on_its_way_in(tmp_path: Path) -> None:
    archive = LocalArchive(tmp_path)
    old, young = tmp_path / "tmp" / "old", tmp_path / "tmp" / "young"
    old.touch()
    young.touch()
    an_hour_ago = datetime.now(tz=UTC).timestamp() - 3600
    os.utime(old, (an_hour_ago, an_hour_ago))
    assert archive.sweep(timedelta(minutes=30)) == 1
    assert files(tmp_path) == ["tmp/young"]
    assert archive.sweep() == 1


def test_a_batch_of_64_costs_64_flushes_and_two_more_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = archive_in(tmp_path)
    flushed = counting(monkeypatch)
    keep(archive, *(b"first %d" % n for n in range(64)))
    assert len(flushed) == 66  # the files, their month, and once per process the folder that holds the months
    flushed.clear()
    keep(archive, *(b"second %d" % n for n in range(64)))
    assert len(flushed) == 65


def counting(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every flush of this process from now on, while it still happens."""
    flushed: list[int] = []

    def count(real: object) -> object:
        def one(handle: int) -> None:
            flushed.append(handle)
            real(handle)  # type: ignore[operator]

        return one

    for call in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, call, count(getattr(os, call)))
    return flushed


def test_every_file_is_flushed_before_it_has_its_name_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = archive_in(tmp_path)
    keep(archive, b"the month is there")
    seen: list[str] = []
    real = os.fsync

    def note(handle: int) -> None:
        seen.append(Path(f"/proc/self/fd/{handle}").readlink().relative_to(tmp_path).parts[0])
        real(handle)

    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc")
    monkeypatch.setattr(os, "fsync", note)
    keep(archive, b"one", b"two")
    assert seen == ["tmp", "tmp", "2026-11"]


def test_many_threads_keep_the_same_bytes_at_once(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    start = threading.Barrier(4)
    blobs: list[Blob] = []

    def work() -> None:
        start.wait()
        for n in range(8):
            blobs.extend(keep(archive, *(b"%d" % (n * 8 + i) for i in range(8))))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(blobs) == 256
    assert len(list(archive.blobs())) == 64
    assert all(archive.verify(blob.sha256) for blob in archive.blobs())
    assert list((tmp_path / "tmp").iterdir()) == []


def run_python(root: Path, lines: str, failpoint: str = "") -> subprocess.CompletedProcess[str]:
    """Run these lines in a process of their own, with `archive` at hand."""
    head = (
        "from pathlib import Path\n"
        "from gateway.archive.local import LocalArchive\n"
        "from gateway.model.outcomes import TryLater\n"
        f"archive = LocalArchive(Path({str(root)!r}))\n"
    )
    return subprocess.run(
        [sys.executable, "-c", head + lines],
        env={**os.environ, "GATEWAY_FAILPOINT": failpoint},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("failpoint", "kept"), [("archive.written", 0), ("archive.placed", 3), ("archive.kept", 3), ("", 3)]
)
def test_killed_anywhere_no_blob_is_half_there_and_a_second_try_keeps_all(
    tmp_path: Path, failpoint: str, kept: int
) -> None:
    lines = "import io\nwith archive.keeping() as keep:\n    for n in range(3): keep(io.BytesIO(b'%d' % n * 70000))\n"
    assert run_python(tmp_path, lines, failpoint).returncode == (-9 if failpoint else 0)
    archive = LocalArchive(tmp_path)
    assert [archive.verify(blob.sha256) for blob in archive.blobs()] == [True] * kept
    assert archive.sweep() == 3 - kept
    keep(archive, *(b"%d" % n * 70000 for n in range(3)))
    assert {blob.sha256 for blob in archive.blobs()} == {name(b"%d" % n * 70000) for n in range(3)}


def test_an_archive_fits_its_port(tmp_path: Path) -> None:
    archive: Archive = archive_in(tmp_path)
    stream: BinaryIO = archive.open(keep(archive, b"x")[0].sha256)
    with stream:
        assert stream.read(1) == b"x"
