"""A route of one's own, in a home of one's own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.passage.home import found_home
from tests.passage.route import Passage
from tests.passage.table import MAP


@pytest.fixture
def agreed(tmp_path: Path) -> Iterator[Callable[..., Passage]]:
    """Make the route of a home in which this was agreed: `agreed(north='ta1 = "always"')`."""
    made: list[Passage] = []

    def make(north: str = "", acme: str = "", bolt: str = MAP, more_config: str = "") -> Passage:
        home = found_home(tmp_path / f"home{len(made)}", north=north, acme=acme, bolt=bolt, more_config=more_config)
        made.append(Passage(home))
        return made[-1]

    yield make
    for passage in made:
        passage.close()


@pytest.fixture
def passage(agreed: Callable[..., Passage]) -> Passage:
    """The route of a home in which nothing special was agreed."""
    return agreed()
