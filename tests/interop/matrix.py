"""The matrix of what was exchanged with whom: printed by `make interop`, kept in docs/interop-as2.md."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[2] / "docs" / "interop-as2.md"
UPDATE: Final = "UPDATE_GOLDEN=1 make interop  # then review what changed"

Case = tuple[str, str, str]
"""Cipher, digest, compression; whatever else a peer can do differently stands in one of them."""


def table(title: str, results: Mapping[Case, str]) -> str:
    """A row for each cipher, a column for each digest and compression; what failed says how."""
    rows = list(dict.fromkeys(cipher for cipher, _, _ in results))
    columns = list(dict.fromkeys((digest, compression) for _, digest, compression in results))
    head = " | ".join(f"{digest}, {compression}" for digest, compression in columns)
    lines = [f"{title}: {_count(results.values())}", "", f"| | {head} |", "| --- |" + " --- |" * len(columns)]
    for row in rows:
        cells = " | ".join(results.get((row, *column), "-") for column in columns)
        lines.append(f"| {row} | {cells} |")
    return "\n".join(lines)


def _count(found: Iterable[str]) -> str:
    results = list(found)
    return f"{results.count('yes')} of {len(results)}"


def keep(peer: str, text: str) -> None:
    """Print this peer's part and compare it with the page; written anew where one asks for that."""
    print(f"\n{text}\n")  # noqa: T201 - the matrix is what `make interop` is for
    page = PAGE.read_text("utf-8")
    block = re.compile(rf"(<!-- {peer}: [^\n]* -->\n).*?(<!-- end -->)", re.DOTALL)
    assert block.search(page), f"{PAGE.name} has no place for {peer}"
    told = block.sub(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", page)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(told, "utf-8")
    assert told == PAGE.read_text("utf-8"), UPDATE
