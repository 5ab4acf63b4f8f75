import re
import subprocess
import sys
from pathlib import Path

import pytest

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
ADAPTERS = "Wiring alone names adapters"
ROUTE = "Adapters know neither the route nor the ledger"
LAYERS = "Imports point down, and every module has its layer"
TABLES = "Those above the route read views, never tables"
PURE = "Bytes and documents do no I/O and have no clock"

# Every layer there may be, also those that are not built yet, as the smallest package that keeps the contracts.
SKELETON = {
    "cli": "import gateway.wiring\nimport gateway.ledger.views",
    "bench": "import gateway.terminal",
    "terminal/__init__": "import gateway.wiring",
    "control": "import gateway.settings",
    "wiring": "import gateway.daemon\nimport gateway.channels.folder\nimport gateway.archive",
    "daemon": "import gateway.flow",
    "console/__init__": "import gateway.flow\nimport gateway.ledger.views",
    "api/__init__": "import gateway.flow",
    "channels/__init__": "",
    "channels/folder": "import gateway.ports",
    "erp/__init__": "",
    "archive/__init__": "import gateway.failpoints",
    "lab/__init__": "",
    "flow/__init__": "import gateway.ports\nimport gateway.ledger.tables",
    "ledger/__init__": "",
    "ledger/tables": "",
    "ledger/views": "import gateway.ledger.tables",
    "ports": "import gateway.model",
    "trail/__init__": "import gateway.model",
    "documents/__init__": "import gateway.x12",
    "x12/__init__": "import gateway.profiles",
    "flatfile/__init__": "",
    "flatfile/rows": "",
    "as2/__init__": "",
    "profiles/__init__": "import gateway.model",
    "settings": "import gateway.model",
    "model/__init__": "",
    "failpoints": "",
}


@pytest.fixture
def skeleton(root: Path, tmp_path: Path) -> Path:
    """A project of empty modules under the contracts of the real one."""
    for name, source in {"__init__": "", **SKELETON}.items():
        module = tmp_path / "gateway" / f"{name}.py"
        module.parent.mkdir(exist_ok=True)
        module.write_text(f"{source}\n")
    (tmp_path / "pyproject.toml").write_text((root / "pyproject.toml").read_text())
    return tmp_path


def _lint(project: Path) -> "subprocess.CompletedProcess[str]":
    command = [str(LINT_IMPORTS), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def test_the_package_keeps_its_contracts(root: Path) -> None:
    linted = _lint(root)
    assert linted.returncode == 0, linted.stdout
    assert "0 broken" in linted.stdout


def test_the_architecture_as_drawn_keeps_its_contracts(skeleton: Path) -> None:
    linted = _lint(skeleton)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(
    ("module", "wrong", "contract"),
    [
        ("model/__init__", "import gateway.ports", LAYERS),
        ("flow/__init__", "import gateway.erp", ADAPTERS),
        ("flow/__init__", "import gateway.wiring", LAYERS),
        ("helpers", "", LAYERS),
        ("cli", "import gateway.archive", ADAPTERS),
        ("daemon", "import gateway.channels.folder", ADAPTERS),
        ("console/__init__", "import gateway.lab", ADAPTERS),
        ("channels/folder", "import gateway.flow", ROUTE),
        ("archive/__init__", "import gateway.ledger.views", ROUTE),
        ("cli", "def show() -> None:\n    import gateway.ledger.tables", TABLES),
        ("api/__init__", "import gateway.ledger.tables", TABLES),
        ("x12/__init__", "import time", PURE),
        ("documents/__init__", "import pyx12", PURE),
        ("flatfile/rows", "import sqlalchemy", PURE),
    ],
)
def test_a_wrong_import_is_named(skeleton: Path, module: str, wrong: str, contract: str) -> None:
    with (skeleton / "gateway" / f"{module}.py").open("a") as source:
        source.write(f"{wrong}\n")
    linted = _lint(skeleton)
    assert linted.returncode != 0
    assert contract in re.findall(r"^(.+) BROKEN$", linted.stdout, re.MULTILINE)
