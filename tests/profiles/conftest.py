"""A home of one's own, with the sample partners, to break and mend."""

from pathlib import Path

import pytest

from gateway.settings import Home, init


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A fresh home with the sample partners."""
    return init(tmp_path / "home")
