"""HTTP keeps what every channel keeps. Its source is the sender, who has a file until it is told 202 for it."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.contract import ChannelContract, Stage
from tests.channels.http.harness import NumberingDesk, Site, head
from tests.channels.inbox import eventually

GONE = (OSError, http.client.HTTPException)


class HttpStage:
    """A sender that keeps each file with its key until it has an answer, and sends what it has no answer to again."""

    def __init__(self, root: Path) -> None:
        self._site = Site(root)
        self._unanswered: dict[str, tuple[str, bytes]] = {}
        self._sent = 0

    @property
    def desk(self) -> NumberingDesk:
        return self._site.desk

    def start(self) -> None:
        self._site.start()
        for key, (name, content) in list(self._unanswered.items()):
            self._send(key, name, content)

    def stop(self) -> None:
        self._site.stop()
        self._site.ledger.close()

    def die(self) -> None:
        """The process is gone: of an answer under way nothing arrives."""
        self._dead = True
        self.desk.dead.set()
        self._site.stop()

    def put(self, name: str, content: bytes) -> bool:
        self._sent += 1
        self._unanswered[key := f"file-{self._sent}"] = (name, content)
        return self._send(key, name, content)

    def half(self, name: str, content: bytes) -> None:
        connection = self._site.raw(head(f"Content-Length: {2 * len(content)}", f"X-Name: {name}") + content)
        assert eventually(lambda: self._site.spooled != [])
        connection.close()

    def lies(self) -> list[str]:
        return sorted(name for name, _ in self._unanswered.values())

    def _send(self, key: str, name: str, content: bytes) -> bool:
        self._dead = False
        try:
            status = self._site.post(content, key=key, name=name).status
        except GONE:
            return False
        if self._dead:  # this process outlived its death only to be a test
            return False
        del self._unanswered[key]
        return status == 202


@pytest.mark.all  # each test has a server of its own
class TestHttp(ChannelContract):
    """POST /api/v1/transmissions."""

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[HttpStage]:
        stage = HttpStage(tmp_path)
        stage.start()
        yield stage
        stage.stop()

    def test_an_empty_file_is_not_lost(self, stage: Stage) -> None:
        """It is refused, and its sender told so."""
        assert not stage.put("empty.edi", b"")
        assert stage.desk.taken == []
