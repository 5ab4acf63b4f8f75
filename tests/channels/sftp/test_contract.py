"""The SFTP server keeps what every channel keeps."""

from __future__ import annotations

import io
from collections.abc import Iterator

import paramiko
import pytest

from tests.channels.contract import ChannelContract, MortalDesk
from tests.channels.inbox import eventually
from tests.channels.sftp.harness import WITHIN, Site


class SftpStage:
    """A site, and a partner that puts and looks whether all of it is there."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.desk = site.desk = MortalDesk()

    def start(self) -> None:
        self.site.intake.start(self.desk)
        assert eventually(lambda: self.site.intake.port != 0, WITHIN), self.site.said()

    def stop(self) -> None:
        self.site.intake.stop()

    def die(self) -> None:
        """The line goes dead before the desk's answer: what a kill looks like from the server."""
        child = self.site.intake._child  # noqa: SLF001 - nobody else has a way to cut it
        assert child
        child.stop()
        self.desk.dead.set()
        self.site.intake.stop()
        self.site.again()

    def put(self, name: str, content: bytes) -> bool:
        try:
            with self.site.client() as client:
                client.putfo(io.BytesIO(content), f"in/{name}")
        except (OSError, EOFError, paramiko.SSHException):
            return False
        return True

    def half(self, name: str, content: bytes) -> None:
        with self.site.client() as client:
            half = client.open(f"in/{name}", "w")
            half.write(content)
            half.flush()
            client.get_channel().get_transport().close()

    def lies(self) -> list[str]:
        return self.site.staged()


@pytest.mark.all  # half a minute: each test has a server of its own
class TestSftp(ChannelContract):
    """Our SFTP server."""

    @pytest.fixture
    def stage(self, site: Site) -> Iterator[SftpStage]:
        stage = SftpStage(site)
        stage.start()
        yield stage
        stage.stop()
