"""Spooling: a body goes to disk while it comes in, bounded in size, time, number and room. For every edge of the HTTP server."""

from __future__ import annotations

import asyncio
import errno
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from starlette.requests import ClientDisconnect

from gateway.api.problem import Problem
from gateway.ports import Spooled
from gateway.profiles.http import MB, HttpServer

_PIECE = 256 * 1024  # bytes gathered before they are written: one step into another thread for so many


class Spool:
    """A folder for bodies. `room` is how many bytes may be taken in now, `limits` what the server bears."""

    def __init__(self, folder: Path, room: Callable[[], int], limits: Callable[[], HttpServer]) -> None:
        self._folder = folder
        self._room = room
        self._limits = limits
        self._under_way: Counter[str] = Counter()  # by channel; only the loop's thread counts

    def open(self) -> None:
        """Make the folder; what a dead process left there was promised to nobody."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._folder.glob("*.body"):
            left.unlink(missing_ok=True)

    @asynccontextmanager
    async def keep(self, owner: str, chunks: AsyncIterator[bytes], declared: int | None) -> AsyncIterator[Spooled]:
        """The whole body on disk, until the block ends; raises Problem. `declared` is its Content-Length, where there is one."""
        limits = self._limits()
        with self._counted(owner, limits):
            self._check(declared or 0, limits)
            path = self._folder / f"{uuid4()}.body"
            try:
                yield await self._spool(path, chunks, limits)
            finally:
                path.unlink(missing_ok=True)

    @contextmanager
    def _counted(self, owner: str, limits: HttpServer) -> Iterator[None]:
        if self._under_way[owner] >= limits.bodies_per_channel:
            raise Problem("http.too_many", most=limits.bodies_per_channel)
        if self._under_way.total() >= limits.bodies:
            raise Problem("http.busy")
        self._under_way[owner] += 1
        try:
            yield
        finally:
            self._under_way[owner] -= 1

    def _check(self, size: int, limits: HttpServer, more: int = 0) -> None:
        """Whether a body of this size may be, and `more` bytes of it find room."""
        if size > limits.max_body_mb * MB:
            raise Problem("http.too_large", largest=limits.max_body_mb)
        if self._room() <= (more or size):
            raise Problem("http.no_room")

    async def _spool(self, path: Path, chunks: AsyncIterator[bytes], limits: HttpServer) -> Spooled:
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("xb", buffering=0) as file:
                async for piece in _pieces(chunks, limits):
                    size += len(piece)
                    self._check(size, limits, len(piece))
                    await asyncio.to_thread(_write, file, piece, digest.update)
        except TimeoutError as error:
            raise Problem("http.too_slow", idle=limits.idle_seconds, whole=limits.body_seconds) from error
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            raise Problem("http.no_room" if full else "http.not_taken") from error
        except ClientDisconnect as error:
            raise Problem("http.cut") from error
        return Spooled(path=path, sha256=digest.hexdigest(), size=size)


async def _pieces(chunks: AsyncIterator[bytes], limits: HttpServer) -> AsyncIterator[bytes]:
    """The body in pieces worth writing; raises TimeoutError where it comes too slowly."""
    gathered = bytearray()
    deadline = asyncio.get_running_loop().time() + limits.body_seconds
    while True:
        within = min(limits.idle_seconds, deadline - asyncio.get_running_loop().time())
        try:
            gathered += await asyncio.wait_for(anext(chunks), within)
        except StopAsyncIteration:
            break
        if len(gathered) >= _PIECE:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def _write(file: BinaryIO, piece: bytes, update: Callable[[bytes], None]) -> None:
    update(piece)
    rest = memoryview(piece)
    while rest:
        rest = rest[file.write(rest) :]
