"""The sets of one interchange until its end decides about them: in memory while few, in an unnamed temporary file when many."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO

import msgspec

from gateway.profiles.agreement import OnDuplicate
from gateway.x12.verdict import SetVerdict

PART = 500  # sets in memory at once
_SIZE = 8  # bytes before each part in the file that say how long it is


class SetSeen(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What the end of the interchange needs to know of a set: no keys and no content where it has no document."""

    group_ordinal: int
    verdict: SetVerdict
    number: str | None = None
    business_key: str | None = None
    duplicate_key: str | None = None
    content_sha: str | None = None
    target: str | None = None
    on_duplicate: OnDuplicate = OnDuplicate.HOLD


class Shelf:
    """Sets in the order they were read. The caller closes it."""

    def __init__(self) -> None:
        self._part: list[SetSeen] = []
        self._file: IO[bytes] | None = None
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(list[SetSeen])

    def add(self, one: SetSeen) -> None:
        """Keep one more."""
        self._part.append(one)
        if len(self._part) >= PART:
            self._write_part()

    def parts(self) -> Iterator[list[SetSeen]]:
        """All of them, at most PART at once; as often as asked."""
        place = 0
        while self._file is not None:
            self._file.seek(place)
            size = int.from_bytes(self._file.read(_SIZE), "big")
            if not size:
                break
            place += _SIZE + size
            yield self._decoder.decode(self._file.read(size))
        if self._part:
            yield self._part

    def verdicts(self, group: int) -> Iterator[SetVerdict]:
        """Those of one group."""
        return (one.verdict for part in self.parts() for one in part if one.group_ordinal == group)

    def close(self) -> None:
        """Let go of the temporary file."""
        if self._file is not None:
            self._file.close()

    def _write_part(self) -> None:
        if self._file is None:
            self._file = TemporaryFile()  # noqa: SIM115 - `close` ends it
        content = self._encoder.encode(self._part)
        self._file.seek(0, 2)
        self._file.write(len(content).to_bytes(_SIZE, "big") + content)
        self._part = []
