from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.lab.process import Simulator


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Simulator]:
    """An ERP that outlives the daemon, as real ones do."""
    with Simulator.start(tmp_path / "lab.db") as simulator:
        yield simulator
