"""What never ends is refused in memory that does not grow with it: measured in a process of its own, against a small file."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.settings import Home
from tests.badinput.huge import GIGA, KILO, MEGA, gateway, many_rows, never_ended, one_cell, written
from tests.passage.home import assert_balanced, drop, found_home, out, rows
from tests.passage.x12 import answer, orders

Make = Callable[[int], Iterator[bytes]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return found_home(tmp_path / "home", "http://127.0.0.1:1")


def explained(home: Home, make: Make, size: int, partner: str) -> tuple[str, int]:
    """What `gateway explain` says of so much of it, and the memory it took."""
    file = home.root / "huge"
    assert written(file, make(size)) == size
    code, printed, peak = gateway("explain", "--json", "--partner", partner, "--home", str(home.root), str(file))
    assert code in (0, 1), printed
    return json.dumps(json.loads(printed)), peak


# A file, whose it is, what is said of it, how large one is, and what it may take in memory more than a small one.
HUGE = [
    (never_ended, "northclinic", "syntax.segment_too_long", 64 * MEGA, 16 * MEGA),
    (one_cell, "bolt", "table.cell_too_long", 10 * MEGA, 60 * MEGA),
    (many_rows, "bolt", "table.too_large", 80 * MEGA, 160 * MEGA),
]
GIGANTIC = [
    (never_ended, "northclinic", "syntax.segment_too_long", GIGA, 16 * MEGA),
    (one_cell, "bolt", "table.too_large", GIGA, 160 * MEGA),
    (many_rows, "bolt", "table.too_large", GIGA, 160 * MEGA),
]


@pytest.mark.parametrize(
    ("make", "partner", "code", "size", "more"),
    [*HUGE, *(pytest.param(*case, marks=pytest.mark.all) for case in GIGANTIC)],
)
def test_a_file_without_end_is_refused_in_bounded_memory(  # noqa: PLR0913 - a row of the table
    home: Home, make: Make, partner: str, code: str, size: int, more: int
) -> None:
    _, little = explained(home, make, 100 * KILO, partner)
    told, much = explained(home, make, size, partner)
    assert code in told
    assert much - little < more


@pytest.mark.all
def test_the_daemon_takes_keeps_and_refuses_it_in_bounded_memory(home: Home) -> None:
    run = ("run", "--once", "--home", str(home.root))
    drop(home, "sound.edi", orders("PO-0", control=2))
    _, _, little = gateway(*run)
    written(home.root / "huge", never_ended(64 * MEGA))
    (home.root / "huge").rename(home.inbox / "northclinic" / "huge.edi")
    code, printed, much = gateway(*run)
    assert code == 0, printed
    assert rows(home, "SELECT state, size FROM transmission WHERE name = 'huge.edi'") == [("rejected", 64 * MEGA)]
    assert [answer(content).ta1 for content in out(home).values() if b"TA1*" in content] == [
        ("000000001", "261116", "0812", "R", "023")
    ]
    assert_balanced(home)
    assert much - little < 16 * MEGA
