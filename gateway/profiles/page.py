"""One TOML file as it was read: its bytes, its values, and where each of them stands."""

import re
import tomllib
from typing import Any

import msgspec

from gateway.profiles.locate import Place, lines_of
from gateway.profiles.mistakes import Mistake, mistake

# Far more than any partner needs; what is larger was dropped here by accident.
LARGEST = 256 * 1024
DEEPEST = 12


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is TOML: `name` as the home names it, `values` as tomllib reads them."""

    name: str
    values: dict[str, Any]
    lines: dict[Place, int]

    def line(self, place: Place) -> int:
        """The line of this value, or of the nearest thing around it that is written."""
        while place not in self.lines:
            place = place[:-1]
        return self.lines[place]

    def origin(self, place: Place) -> str:
        """Where a value comes from, for people."""
        return f"{self.name} line {self.line(place)}"


def read_page(name: str, content: bytes) -> Page | Mistake:
    """Read these bytes; what is too large, not UTF-8 or not TOML is a mistake with its line."""
    if len(content) > LARGEST:
        return mistake("too_large", name, 1, largest=LARGEST)
    try:
        text = content.decode("utf-8-sig")  # Windows editors put a byte order mark in front
        page = Page(name=name, values=tomllib.loads(text), lines=lines_of(text))
    except UnicodeDecodeError as error:
        return mistake("not_utf8", name, content.count(b"\n", 0, error.start) + 1)
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        at = re.search(r"line (\d+)", str(error))
        line = int(at[1]) if at else content.rstrip().count(b"\n") + 1
        return mistake("not_toml", name, line, detail=re.sub(r" \(at .*\)$", "", str(error)))
    except RecursionError:
        return mistake("too_deep", name, 1)
    deep = [line for place, line in page.lines.items() if len(place) > DEEPEST]
    return mistake("too_deep", name, min(deep)) if deep else page
