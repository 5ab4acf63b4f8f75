"""A site with a running server for the tests that talk to it over the network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.channels.sftp.hostkeys import ensure
from tests.channels.sftp.harness import Site, make_key


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Host keys and a client's: made once, since a key of 3072 bits takes its time."""
    folder = tmp_path_factory.mktemp("keys")
    ensure(folder / "keys")
    make_key(folder / "id_ed25519")
    return folder


@pytest.fixture
def site(tmp_path: Path, keys: Path) -> Site:
    """A site whose server does not run yet."""
    shutil.copytree(keys, tmp_path / "site")
    return Site(tmp_path / "site")


@pytest.fixture
def running(site: Site) -> Iterator[Site]:
    """A site whose server runs."""
    with site.running():
        yield site
