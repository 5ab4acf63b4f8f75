"""What a person reads of a dry run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from gateway.terminal.dryrun import Asked, DryRun
from gateway.terminal.render import Page
from gateway.x12.maps import Maps
from tests.terminal.conftest import NOW
from tests.terminal.files import written


def told(folder: Path, content: bytes, *, show: bool = False) -> list[str]:
    """What a person reads about these bytes, line by line."""
    lines: list[str] = []
    run = DryRun(Asked(file=written(folder, content), at=NOW), Maps())
    Page(lines.append, show=show, colour=False).tell(run)
    return lines


def underlined(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Each quoted segment, and what stands over its carets."""
    for above, below in pairwise(lines):
        if below.strip() and not below.strip("^ "):
            start = below.index("^")
            yield above.strip(), above[start : start + below.count("^")]
