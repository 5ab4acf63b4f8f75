"""Where everything stands in a TOML text: the line of every table, key and list element, which `tomllib` does not tell.

The text must be valid TOML (parse it first): this reads its outline, not its values.
"""

import re
import tomllib
from collections.abc import Iterator

Place = tuple[str | int, ...]
"""The way to a value: ("agreement", 0, "kinds", 1) is the second kind of the first agreement."""

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}|"  # texts over several lines
    r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'|"  # texts on one line
    r"#[^\n]*|[ \t]+|[\[\]{}=,\n]|[^\s\[\]{}=,#\"']+",
    re.DOTALL,
)


def lines_of(text: str) -> dict[Place, int]:
    """The line, counted from 1, of everything in this valid TOML text; the place () is the file itself."""
    outline = _Outline(text.replace("\r\n", "\n"))
    outline.read()
    return outline.lines


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line = 1
    for match in _TOKEN.finditer(text):
        token = match.group()
        if not token.startswith(("#", " ", "\t")):
            yield token, line
        line += token.count("\n")
    yield "", line


def _parts(key: str) -> list[str]:
    """The names in a dotted key as TOML itself reads them: `a."b.c"` is a and b.c."""
    names: list[str] = []
    nested: object = tomllib.loads(key + "=0")
    while isinstance(nested, dict):
        [(name, nested)] = nested.items()
        names.append(name)
    return names


class _Outline:
    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.lines: dict[Place, int] = {(): 1}
        self.counts: dict[Place, int] = {}  # how many [[tables]] of this name there are so far

    def read(self) -> None:
        table: Place = ()
        while self._peek():
            if self._peek() == "\n":
                self.at += 1
            elif self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _peek(self) -> str:
        return self.tokens[self.at][0]

    def _line(self) -> int:
        return self.tokens[self.at][1]

    def _until(self, *ends: str) -> str:
        start = self.at
        while self._peek() not in (*ends, ""):
            self.at += 1
        return "".join(token for token, _ in self.tokens[start : self.at])

    def _mark(self, place: Place, line: int) -> None:
        for depth in range(1, len(place) + 1):
            self.lines.setdefault(place[:depth], line)

    def _header(self) -> Place:
        line = self._line()
        self.at += 1
        repeats = self._peek() == "["
        self.at += repeats
        place: Place = ()
        for name in _parts(self._until("]")):
            place = (*self._latest(place), name)
        self.at += 1 + repeats
        if repeats:
            self.counts[place] = self.counts.get(place, 0) + 1
        place = self._latest(place)
        self._mark(place, line)
        return place

    def _latest(self, place: Place) -> Place:
        return (*place, self.counts[place] - 1) if place in self.counts else place

    def _pair(self, table: Place) -> None:
        line = self._line()
        place = (*table, *_parts(self._until("=")))
        self._mark(place, line)
        self.at += 1
        self._value(place)

    def _value(self, place: Place) -> None:
        if self._peek() == "[":
            self._inside(place, "]")
        elif self._peek() == "{":
            self._inside(place, "}")
        else:
            self._until(",", "]", "}", "\n")

    def _inside(self, place: Place, end: str) -> None:
        self.at += 1
        element = 0
        while self._peek() not in (end, ""):
            if self._peek() in (",", "\n"):
                self.at += 1
            elif end == "}":
                self._pair(place)
            else:
                self._mark((*place, element), self._line())
                self._value((*place, element))
                element += 1
        self.at += 1
