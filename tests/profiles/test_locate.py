"""Lines in a TOML text."""

import tomllib
from collections.abc import Iterable
from pathlib import Path

from gateway.profiles.locate import Place, lines_of

ROOT = Path(__file__).parents[2]

TEXT = '''\
title = "x" # = [[not.a.table]]
text = """
[[nor this]]
a = "b" """
raw = \'\'\'
key = 1\'\'\'

[a."b.c"]
d.e = [
  "one",  # ] not the end
  { f = 1, g = [2,
    3] },
]
day = 2026-01-31 08:00:00

[[many]]
x = 1
[[many.inner]]
y = 1
[[many]]
x = 2
[[many.inner]]
[[many.inner]]
y = 3
'''


def test_every_table_key_and_element_has_its_line() -> None:
    lines = lines_of(TEXT)
    assert {place: lines[place] for place in places(tomllib.loads(TEXT))} == {
        ("title",): 1,
        ("text",): 2,
        ("raw",): 5,
        ("a",): 8,
        ("a", "b.c"): 8,
        ("a", "b.c", "d"): 9,
        ("a", "b.c", "d", "e"): 9,
        ("a", "b.c", "d", "e", 0): 10,
        ("a", "b.c", "d", "e", 1): 11,
        ("a", "b.c", "d", "e", 1, "f"): 11,
        ("a", "b.c", "d", "e", 1, "g"): 11,
        ("a", "b.c", "d", "e", 1, "g", 0): 11,
        ("a", "b.c", "d", "e", 1, "g", 1): 12,
        ("a", "b.c", "day"): 14,
        ("many",): 16,
        ("many", 0): 16,
        ("many", 0, "x"): 17,
        ("many", 0, "inner"): 18,
        ("many", 0, "inner", 0): 18,
        ("many", 0, "inner", 0, "y"): 19,
        ("many", 1): 20,
        ("many", 1, "x"): 21,
        ("many", 1, "inner"): 22,
        ("many", 1, "inner", 0): 22,
        ("many", 1, "inner", 1): 23,
        ("many", 1, "inner", 1, "y"): 24,
    }


def test_windows_line_ends_count_as_one() -> None:
    assert lines_of("a = 1\r\nb = 2\r\n")[("b",)] == 2


def test_the_outline_of_every_sample_names_what_tomllib_reads() -> None:
    for page in (ROOT / "config" / "gateway.toml", *(ROOT / "partners").glob("*.toml")):
        text = page.read_text("utf-8")
        assert set(places(tomllib.loads(text))) == set(lines_of(text)) - {()}, page.name


def places(value: object, at: Place = ()) -> list[Place]:
    """The place of everything in a value."""
    inner: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
    here = [at] if at else []
    return here + [place for key, each in inner for place in places(each, (*at, key))]
