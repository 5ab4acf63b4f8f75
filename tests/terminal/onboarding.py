"""What the tests of onboarding share: a person at a terminal, and a partner's file under another name."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from gateway.settings import Home
from gateway.terminal.onboarding.add import add
from gateway.terminal.onboarding.asking import Asker
from gateway.terminal.onboarding.wanted import Wanted
from tests.terminal.files import order, x12


def added(home: Home, *, typed: str | None = None, yes: bool = True, **flags: Any) -> tuple[int, str]:  # noqa: ANN401
    """Add a partner with these flags; `typed` is what a person types on a terminal (None: there is none)."""
    out = io.StringIO()
    asker = Asker(io.StringIO(typed or ""), out, terminal=typed is not None, yes=yes)
    samples = tuple(flags.pop("samples", ()))
    return add(home, Wanted(samples=samples, yes=yes, **flags), asker), out.getvalue()


def sample(folder: Path, name: str = "delta.edi", **how: Any) -> Path:  # noqa: ANN401 - what `x12` takes
    """An order of a sender that no home knows."""
    path = folder / name
    path.write_bytes(x12(order(name="Delta Labs, Main Street"), **{"sender": "DELTALABS", **how}))
    return path


def at_once(home: Home) -> None:
    """Let every sample partner's files be taken as they appear: tests need not wait for them to rest."""
    for page in home.partners.glob("*.toml"):
        text = page.read_text("utf-8").replace('complete = "stable"', 'complete = "rename"')
        page.write_text(text.replace("stable_seconds", "# stable_seconds"), "utf-8")
