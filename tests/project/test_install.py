"""What docs/install.md hands out: the unit is sound and has few rights, the image holds what the wheel needs and is nobody's root."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "edi-gateway.service"
IMAGE = (ROOT / "deploy" / "Containerfile").read_text("utf-8")

with_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def analyzed(*arguments: str) -> str:
    command = ["systemd-analyze", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


@with_systemd
def test_systemd_knows_every_line_of_the_unit(tmp_path: Path) -> None:
    here = tmp_path / UNIT.name
    here.write_text(UNIT.read_text("utf-8").replace("/opt/edi-gateway/bin/gateway", "/bin/true"), "utf-8")
    assert analyzed("verify", "--man=no", str(here)) == ""


@with_systemd
def test_the_service_has_few_rights() -> None:
    told = analyzed("security", "--offline=true", "--no-pager", str(UNIT))
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert exposure is not None, told
    assert float(exposure[1]) <= 1.5


def test_the_image_holds_what_the_wheel_is_built_from() -> None:
    copied = {name for line in IMAGE.splitlines() if line.startswith("COPY ") for name in line.split()[1:-1]}
    carried = re.findall(r'^"(\w+)" = "gateway/_carried', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert {*carried, "gateway", "pyproject.toml", "constraints.txt"} <= copied
    assert all((ROOT / name).exists() for name in copied if not name.startswith("--") and "/" not in name)


def test_the_image_pins_its_packages_and_runs_as_nobody_of_the_host() -> None:
    assert "-c constraints.txt" in IMAGE
    users = re.findall(r"^USER (\S+)", IMAGE, re.MULTILINE)
    assert users == ["10001:10001"]


def test_the_unit_and_the_image_name_the_same_home() -> None:
    home = re.search(r"--home (\S+)", UNIT.read_text("utf-8"))
    assert home is not None
    assert f"GATEWAY_HOME={home[1]}" in IMAGE
    assert f"VOLUME {home[1]}" in IMAGE
