"""Column names as people write and misspell them: how two are compared, which may be meant, how a message lists them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

_SHOWN_NAMES: Final = 12
_SHOWN: Final = 60
_ALIKE: Final = 0.6  # of the letters of two names, for one to be taken for a misprint of the other
_WORD: Final = re.compile(r"[^\W_]+")


def plain(name: str) -> str:
    """A name as it is compared: people change case and blanks and mean the same."""
    return " ".join(name.split()).casefold()


def nearest(name: str, spare: Sequence[str]) -> str | None:
    """The name that may be meant; None where none is near."""
    near = max(spare, key=lambda other: _nearness(name, other), default=None)
    return near if near is not None and _nearness(name, near) >= (0, _ALIKE) else None


def _nearness(name: str, other: str) -> tuple[int, float]:
    """How near two names are: by words where one says part of the other, its last word first (Date, Invoice Date); by letters."""
    one, two = plain(name), plain(other[:_SHOWN])
    words, others = _WORD.findall(one), _WORD.findall(two)
    parts = bool(words and others) and (set(words) <= set(others) or set(others) <= set(words))
    return parts + (parts and words[-1] == others[-1]), SequenceMatcher(None, one, two).ratio()


def listed(names: Sequence[str]) -> str:
    """The names, so far as a message has room for them."""
    shown = ", ".join(map(cut, names[:_SHOWN_NAMES]))
    return f"{shown} …" if len(names) > _SHOWN_NAMES else shown


def cut(name: str) -> str:
    """A name as a message shows it: on one line, and not too long."""
    shown = "".join(each if each.isprintable() else "\ufffd" for each in " ".join(name[: 2 * _SHOWN].split()))
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
