"""The wheel is the gateway without a checkout: package, maps and samples, and a command that starts."""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.all


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from this checkout, with the build tools of this environment: no network."""
    target = tmp_path_factory.mktemp("wheel")
    root = Path(__file__).resolve().parents[2]
    _run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", str(target), str(root))
    (built,) = target.glob("edi_gateway-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment's folder of programs: the wheel, and the dependencies borrowed from this environment."""
    home = tmp_path_factory.mktemp("fresh")
    venv.create(home, with_pip=False, symlinks=True)
    programs = home / "bin"
    python = str(programs / "python")
    _run(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", str(wheel))
    (site,) = home.glob("lib/python*/site-packages")
    # Folders named by a .pth file are not searched for .pth files: the checkout, installed editable, stays out.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_carries_maps_samples_and_configuration(wheel: Path, texts: dict[str, str]) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("edi_maps/", "partners/", "config/"):
        wanted = {f"gateway/_carried/{name}" for name in texts if name.startswith(folder)}
        assert wanted
        assert wanted <= names


def test_the_wheel_carries_nothing_of_a_running_installation(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"gateway"}
    assert [name for name in names if name.endswith((".pyc", ".db"))] == []


def test_the_command_starts_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    where = _run(str(installed / "python"), "-c", "import gateway; print(gateway.__file__)", cwd=tmp_path).strip()
    assert Path(where).is_relative_to(installed.parent)
    assert "explain" in _run(str(installed / "gateway"), "--help", cwd=tmp_path)


def test_an_installation_made_by_the_wheel_is_sound(installed: Path, tmp_path: Path) -> None:
    gateway = str(installed / "gateway")
    _run(gateway, "init", str(tmp_path / "home"), cwd=tmp_path)
    assert (tmp_path / "home" / "partners" / "acme.toml").is_file()
    assert "acme" in _run(gateway, "check", "acme", "--home", str(tmp_path / "home"), cwd=tmp_path).lower()
