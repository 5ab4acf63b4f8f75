from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.settings import init
from gateway.terminal.explain import explain
from gateway.terminal.report import Report
from tests.terminal.files import written

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

Explain = Callable[..., Report]


@pytest.fixture
def explained(tmp_path: Path) -> Explain:
    """Explain these bytes, without an installation unless one is given."""

    def run(content: bytes, **how: Any) -> Report:  # noqa: ANN401 - what `explain` takes
        return explain(written(tmp_path, content), at=NOW, **how)

    return run


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with the sample partners and no ledger yet; tests leave it as it is."""
    return init(tmp_path_factory.mktemp("home") / "home").root


def decoded(report: Report) -> Any:  # noqa: ANN401 - JSON
    """What a program sees."""
    return msgspec.json.decode(report.json())
