"""Mailboxes on a real sshd, and on a server that does wrong what sshd cannot."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.profiles.mailbox import Mailbox, SecretPlace
from tests.channels.mailbox.faulty import Faulty
from tests.channels.mailbox.post import Post
from tests.channels.mailbox.sshd import Sshd


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """One sshd for all tests that do not stop it."""
    sshd = Sshd(tmp_path_factory.mktemp("sshd"))
    yield sshd
    sshd.stop()


@pytest.fixture
def sshd(server: Sshd, tmp_path: Path) -> Sshd:
    """The same, with folders of its own."""
    server.remote = tmp_path / "remote"
    for folder in ("out", "in", "done"):
        (server.remote / folder).mkdir(parents=True)
    return server


@pytest.fixture
def post(sshd: Sshd, tmp_path: Path) -> Post:
    """A mailbox on it."""
    return Post(tmp_path / "var", mailbox_on(sshd))


def mailbox_on(sshd: Sshd) -> Mailbox:
    """Settings for its account and folders."""
    return Mailbox(
        host="127.0.0.1",
        port=sshd.port,
        user=sshd.user,
        key=SecretPlace(file=str(sshd.client_key)),
        host_keys=tuple(sshd.host_keys),
        take_from=str(sshd.remote / "out"),
        put_into=str(sshd.remote / "in"),
        connect_seconds=10.0,
        reply_seconds=10.0,
    )


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    """A server that does what a test says."""
    server = Faulty()
    yield server
    server.stop()


@pytest.fixture
def hostile(faulty: Faulty, tmp_path: Path) -> Post:
    """A mailbox on it."""
    mailbox = Mailbox(
        host="127.0.0.1",
        port=faulty.port,
        user="acme",
        password=SecretPlace(file=str(tmp_path / "password")),
        host_keys=(faulty.host_key,),
        take_from="/out",
        put_into="/in",
        connect_seconds=5.0,
        reply_seconds=1.0,
    )
    (tmp_path / "password").write_text("secret")
    return Post(tmp_path / "var", mailbox)
