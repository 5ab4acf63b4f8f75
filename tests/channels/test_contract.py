"""The drop folder keeps what every channel keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.channels.folder import FolderIntake
from tests.channels.contract import ChannelContract, MortalDesk
from tests.channels.inbox import RENAME


class FolderStage:
    """A drop folder whose partner renames."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "acme"
        self.folder.mkdir(parents=True)
        self.desk = MortalDesk()
        self._intake = self._again()

    def _again(self) -> FolderIntake:
        return FolderIntake(lambda: [RENAME], self.root, odd=lambda _standing: None)

    def start(self) -> None:
        self._intake.start(self.desk)

    def stop(self) -> None:
        self._intake.stop()

    def die(self) -> None:
        self.desk.dead.set()
        self._intake.stop()
        self._intake = self._again()

    def put(self, name: str, content: bytes) -> bool:
        part = self.folder / ".sending.part"
        part.write_bytes(content)
        part.rename(self.folder / name)
        return True

    def half(self, name: str, content: bytes) -> None:
        (self.folder / f"{name}.part").write_bytes(content)

    def lies(self) -> list[str]:
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file() and path.suffix != ".part")


class TestDropFolder(ChannelContract):
    """inbox/<channel>."""

    says_yes = False

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[FolderStage]:
        stage = FolderStage(tmp_path)
        stage.start()
        yield stage
        stage.stop()
