"""A pack of evidence as one file: what it holds, and the container in which every byte counts.

The container is a plain zip with nothing compressed and one possible value for every field, so that `verify_pack.py`
can say of each byte what it must be. The manifest comes first and names every entry with its SHA-256; the key of the
trail signs it.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from importlib.resources import files
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, Any, BinaryIO, Self

import msgspec

from gateway.model.outcomes import Refused
from gateway.trail.note import Signer, signed

PROGRAM = "verify_pack.py"
MANIFEST, SIGNATURE, KEY = "manifest.json", "manifest.sig", "trail/public_key.txt"
LARGEST = 1 << 31  # beyond this a zip needs fields of another form
MOST = 0xFFFF
_IN_MEMORY = 8 << 20
_PIECE = 1 << 20


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: its name (ASCII), size and SHA-256, and how to read it from its start."""

    name: str
    size: int
    sha256: str
    opened: Callable[[], AbstractContextManager[IO[bytes]]]


class Pack:
    """The entries of a pack as they come together; what was made for it lies in temporary files until `close`."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._files = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def add(self, name: str, content: bytes) -> None:
        """An entry with this content."""
        self.add_pieces(name, (content,))

    def add_pieces(self, name: str, pieces: Iterable[bytes]) -> None:
        """An entry whose content is these pieces, one after the other; they are read once."""
        file = self._files.enter_context(SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - closed with the pack
        digest, size = hashlib.sha256(), 0
        for piece in pieces:
            digest.update(piece)
            size += file.write(piece)

        def opened() -> AbstractContextManager[IO[bytes]]:
            file.seek(0)
            return _Kept(file)

        self.entries.append(Entry(name=name, size=size, sha256=digest.hexdigest(), opened=opened))

    def add_blob(self, name: str, size: int, sha256: str, opened: Callable[[str], BinaryIO]) -> None:
        """An entry with what the archive keeps under this hash."""
        self.entries.append(Entry(name=name, size=size, sha256=sha256, opened=lambda: opened(sha256)))

    def write(self, out: BinaryIO, manifest: dict[str, Any], signer: Signer) -> None:
        """The whole pack, its manifest signed; raises Refused where it is too large, or the archive holds other bytes by now."""
        entries = sorted(self.entries, key=_order)
        listed = [{"name": one.name, "size": one.size, "sha256": one.sha256} for one in entries]
        head = msgspec.json.format(msgspec.json.encode(manifest | {"entries": listed}), indent=1) + b"\n"
        note = signed(signer, f"{signer.public.name}/pack\n{hashlib.sha256(head).hexdigest()}\n").encode()
        size = len(head) + sum(one.size for one in entries)
        if size > LARGEST or len(entries) > MOST:
            raise Refused("trail.pack_too_large", size=size, largest=LARGEST, entries=len(entries), most=MOST)
        with zipfile.ZipFile(out, "w") as container:
            for name, content in ((MANIFEST, head), (SIGNATURE, note)):
                _write(container, name, len(content), io.BytesIO(content))
            for one in entries:
                with one.opened() as stream:
                    sha256 = _write(container, one.name, one.size, stream)
                if sha256 != one.sha256:
                    raise Refused("archive.changed", sha256=one.sha256)


class _Kept:
    """A temporary file lent out: who is done with it does not close it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __enter__(self) -> IO[bytes]:
        return self._file

    def __exit__(self, *_: object) -> None:
        pass


def program() -> bytes:
    """The stand-alone program that checks packs."""
    return files("gateway.trail").joinpath(PROGRAM).read_bytes()


def _order(entry: Entry) -> tuple[bool, bool, str]:
    """The key first, since it opens the rest; then what people read, then the folders."""
    return entry.name != KEY, "/" in entry.name, entry.name


def _write(container: zipfile.ZipFile, name: str, size: int, stream: IO[bytes]) -> str:
    entry = zipfile.ZipInfo(name)  # its date is the first day of 1980, the same in every pack
    entry.create_system, entry.external_attr, entry.file_size = 3, 0o100644 << 16, size
    digest = hashlib.sha256()
    with container.open(entry, "w") as out:
        while piece := stream.read(_PIECE):
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()
