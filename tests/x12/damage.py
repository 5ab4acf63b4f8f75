"""Damages sound files, the same way for the same seed: one fault of one kind a file."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.x12.interchanges import GOLDEN

Segments = list[list[str]]
Damage = Callable[[random.Random, Segments], None]


def _any(chance: random.Random, segments: Segments) -> int:
    """A segment between ST and SE."""
    return chance.randrange(1, len(segments) - 1)


def _element(chance: random.Random, segments: Segments, value: Callable[[str], str]) -> None:
    segment = segments[_any(chance, segments)]
    place = chance.randrange(1, len(segment)) if len(segment) > 1 else 0
    if place:
        segment[place] = value(segment[place])


def _delete(chance: random.Random, segments: Segments) -> None:
    del segments[_any(chance, segments)]


def _repeat(chance: random.Random, segments: Segments) -> None:
    place = _any(chance, segments)
    segments.insert(place, list(segments[place]))


def _swap(chance: random.Random, segments: Segments) -> None:
    place = _any(chance, segments[:-1])
    segments[place], segments[place + 1] = segments[place + 1], segments[place]


def _move(chance: random.Random, segments: Segments) -> None:
    segment = segments.pop(_any(chance, segments))
    segments.insert(_any(chance, segments), segment)


def _unknown(chance: random.Random, segments: Segments) -> None:
    segments.insert(_any(chance, segments), ["ZZZ", "1"])


def _foreign(chance: random.Random, segments: Segments) -> None:
    segments.insert(
        _any(chance, segments), chance.choice([["BIG", "1"], ["LX", "1"], ["N4", "X"], ["CUR", "BY", "USD"]])
    )


def _cut(chance: random.Random, segments: Segments) -> None:
    segment = segments[_any(chance, segments)]
    del segment[chance.randrange(1, len(segment) + 1) :]


def _lengthen(chance: random.Random, segments: Segments) -> None:
    segments[_any(chance, segments)].extend(["1"] * chance.randrange(1, 30))


def _trailer(chance: random.Random, segments: Segments) -> None:
    segments[-1][chance.choice([1, 2])] = "0999"


KINDS: dict[str, Damage] = {
    "segment deleted": _delete,
    "segment doubled": _repeat,
    "segments swapped": _swap,
    "segment moved": _move,
    "segment unknown": _unknown,
    "segment of elsewhere": _foreign,
    "segment cut short": _cut,
    "elements added": _lengthen,
    "trailer wrong": _trailer,
    "value missing": lambda chance, segments: _element(chance, segments, lambda _: ""),
    "code wrong": lambda chance, segments: _element(chance, segments, lambda _: "QQ"),
    "value too long": lambda chance, segments: _element(chance, segments, lambda value: value + "X" * 90),
    "date wrong": lambda chance, segments: _element(chance, segments, lambda _: "20261345"),
    "letters among digits": lambda chance, segments: _element(chance, segments, lambda value: f"{value}a"),
    "control character": lambda chance, segments: _element(chance, segments, lambda value: f"{value}\x07"),
}


def damaged_files(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """So many files with what was done to each, evenly over the sound files and the kinds of damage."""
    sources = [(path.name, path.read_text("latin-1")) for path in sorted(GOLDEN.glob("*.edi"))]
    chance = random.Random(seed)
    for number in range(count):
        name, text = sources[number % len(sources)]
        kind = list(KINDS)[(number // len(sources)) % len(KINDS)]
        yield f"{number} {name}: {kind}", _damaged(text, KINDS[kind], chance, recount=kind != "trailer wrong")


def _damaged(text: str, damage: Damage, chance: random.Random, *, recount: bool) -> bytes:
    lines = [segment.strip().split("*") for segment in text.split("~") if segment.strip()]
    first = next(place for place, segment in enumerate(lines) if segment[0] == "ST")
    last = next(place for place, segment in enumerate(lines) if segment[0] == "SE")
    inside = lines[first : last + 1]
    damage(chance, inside)
    if recount:
        inside[-1][1] = str(len(inside))
    segments = [*lines[:first], *inside, *lines[last + 1 :]]
    return "".join("*".join(segment) + "~\n" for segment in segments).encode("latin-1")
