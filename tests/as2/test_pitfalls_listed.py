"""The list of pitfalls in docs/interop-as2.md and the tests that bear its numbers are one."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "interop-as2.md"
NOT_OF_THE_CORE = {19}


def test_every_pitfall_that_is_listed_has_a_test_of_its_number() -> None:
    listed = {int(number) for number in re.findall(r"^(\d+)\. ", PAGE.read_text("utf-8"), re.MULTILINE)}
    sources = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_pitfalls_*.py"))
    tested = {int(number) for number in re.findall(r"def test_pitfall_(\d\d)_", sources)}
    assert listed == set(range(1, 21))
    assert tested == listed - NOT_OF_THE_CORE
