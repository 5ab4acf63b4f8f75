from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.channels.http.harness import Site
from tests.channels.inbox import eventually


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server for all tests of a module: to start and stop one takes longer than a test."""
    site = Site(tmp_path_factory.mktemp("http"))
    with site.running():
        yield site


@pytest.fixture
def site(served: Site) -> Site:
    """An HTTP channel whose server runs, and to which nothing came yet."""
    served.reset()
    assert eventually(lambda: served.door.port != 0)
    return served
