"""Every code of the catalogue said once: of a real occurrence where a small file provokes it, else of sample facts."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.model.catalogue import facts_of, finding, reasons
from gateway.model.finding import Finding, Severity, Who
from tests.messages.occurrences import CHANGES, occurrence

ROOT: Final = Path(__file__).parents[2]
GOLDEN: Final = ROOT / "tests" / "golden" / "messages"
UPDATE: Final = "UPDATE_GOLDEN=1 .venv/bin/pytest tests/messages  # then review what changed"

ACTS: Final = {
    Who.PARTNER: "the sender acts",
    Who.US: "we act",
    Who.ERP: "whoever runs the ERP acts",
}


def spoken(code: str) -> Finding:
    """The finding of this code; fails where its change does not provoke it or a fact has no sample."""
    if code in CHANGES:
        found = occurrence(code)
        assert found is not None, f"{code} is not found in its file: mend tests/messages/occurrences.py"
        return found
    declared = _samples()
    samples = (
        declared["facts"] | declared["areas"].get(code.split(".", maxsplit=1)[0], {}) | declared["codes"].get(code, {})
    )
    lacking = [fact for fact in facts_of(code) if fact not in samples]
    assert not lacking, f"say in tests/messages/samples.toml what {', '.join(lacking)} of {code} may be"
    return finding(code, **{fact: samples[fact] for fact in facts_of(code)})


def sentences(code: str) -> list[str]:
    """What it says: what we saw, what we expected, what to do."""
    found = spoken(code)
    return [
        found.message,
        *([f"Expected: {found.expected}"] if found.expected else []),
        *([f"To do: {found.fix}"] if found.fix else []),
    ]


def weight(code: str) -> str:
    """How much it weighs, and who acts next."""
    reason = reasons()[code]
    return f"{'error' if reason.severity is Severity.ERROR else 'warning'}, {ACTS[reason.who]}"


def acknowledged(code: str) -> str:
    """Where an acknowledgment reports it, in 997 terms; empty where none does."""
    ack = reasons()[code].ack
    return f"{ack.segment} {ack.code}" if ack else ""


@cache
def _samples() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("samples.toml").read_text("utf-8"))
