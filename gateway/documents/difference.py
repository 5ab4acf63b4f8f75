"""What one version of a document says otherwise than another, field by field, as a person would point at it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, Final

import msgspec

from gateway.documents.content import NUMBERS, shortest
from gateway.x12.charset import opening

_LONGEST: Final = 40  # characters of a value
_HIDDEN: Final = "•••"
_SOMETHING: Final = "..."  # what has parts of its own
# What is no content (content.py), and what people write in their own words: the words are nobody's who reads a queue.
_NO_CONTENT: Final = frozenset({"src", "source", "role", "group", "at"})
_FREE_TEXT: Final = frozenset(
    {"name", "more_names", "addresses", "address", "contacts", "text", "description", "descriptions", "notes", "raw"}
)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One field ("line 2 quantity"), what it was and what it is now; None where it is not there."""

    field: str
    earlier: str | None
    now: str | None


def differences(earlier: bytes, now: bytes) -> Iterator[Difference]:
    """Where the contents of two documents (canonical JSON) differ, in the order of the fields; numbers by their worth."""
    return _between(msgspec.json.decode(earlier), msgspec.json.decode(now), ())


def _between(earlier: Any, now: Any, path: tuple[str, ...]) -> Iterator[Difference]:  # noqa: ANN401 - JSON
    if isinstance(earlier, dict) and isinstance(now, dict):
        for name in dict.fromkeys((*earlier, *now)):
            if name not in _NO_CONTENT:
                number = name == "value" and ("uom" in now or "amounts" in path)
                place = path if number and "uom" in now else (*path, name)
                yield from _of_field(earlier.get(name), now.get(name), place, number=number or name in NUMBERS)
    elif isinstance(earlier, list) and isinstance(now, list):
        for ordinal, (one, other) in enumerate(zip_longest(earlier, now), 1):
            yield from _between(one, other, (*path, str(ordinal)))
    elif earlier != now:
        hidden = not _FREE_TEXT.isdisjoint(path)
        yield Difference(field=_field(path), earlier=_shown(earlier, hidden=hidden), now=_shown(now, hidden=hidden))


def _field(path: tuple[str, ...]) -> str:
    """The way to it in words: one of the lines is line 2."""
    words = (_one_of(name) if after.isdigit() else name for name, after in zip_longest(path, path[1:], fillvalue=""))
    return " ".join(opening(word.replace("_", " "), _LONGEST) for word in words)


def _one_of(names: str) -> str:
    return f"{names[:-3]}y" if names.endswith("ies") else names.removesuffix("s")


def _of_field(earlier: Any, now: Any, path: tuple[str, ...], *, number: bool) -> Iterator[Difference]:  # noqa: ANN401
    both = number and isinstance(earlier, str) and isinstance(now, str)
    if not (both and shortest(earlier) == shortest(now)):
        yield from _between(earlier, now, path)


def _shown(value: Any, *, hidden: bool) -> str | None:  # noqa: ANN401
    if value is None:
        return None
    if hidden:
        return _HIDDEN
    return _SOMETHING if isinstance(value, dict | list) else opening(str(value), _LONGEST)
