"""Text cut into segments: as they stand, and in the uniform shape that the fast path looks at."""

from __future__ import annotations

from typing import Final

import msgspec

from gateway.x12.isa import terminator
from gateway.x12.pattern import ELEMENT
from gateway.x12.reading import Delimiters

# What may stand between a terminator and the next segment, besides the suffix, and means nothing.
BLANK: Final = " \t\r\n"
_SEGMENT: Final = "\x1c"
# A component, a repetition or a character that only looks like a separator: never surely valid.
_DOUBT: Final = "\x1f"


class Segments(msgspec.Struct, frozen=True):
    """Whole segments: their `texts`, their uniform `shapes`, and how many bytes of separator follow each."""

    texts: list[str]
    shapes: list[str]
    gap: int


class Cutter:
    """Cuts up the text of one interchange."""

    def __init__(self, delimiters: Delimiters) -> None:
        self.delimiters = delimiters
        self.terminator = terminator(delimiters)
        marks = {delimiters.element, delimiters.component, delimiters.segment, delimiters.repetition}
        self.lead = "".join(sorted((set(BLANK) | set(delimiters.suffix)) - marks))
        suffix = "" if marks & set(delimiters.suffix) or delimiters.suffix >= "\x80" else delimiters.suffix
        self._with_suffix = self.terminator + suffix
        self._table = _uniform(delimiters)

    def cut(self, text: str) -> Segments:
        """The segments of a text whose last terminator was left off."""
        # Where every terminator has its suffix, both are cut off together, and no segment begins with a line break.
        mark = self._with_suffix
        texts = text.split(mark)
        if len(texts) <= text.count(self.terminator):
            mark = self.terminator
            texts = text.split(mark)
        return Segments(texts, self._shape(text).split(self._shape(mark)), len(mark))

    def one(self, text: str) -> Segments:
        """A single segment."""
        return Segments([text], [self._shape(text)], 0)

    def _shape(self, text: str) -> str:
        return text.encode("latin-1").translate(self._table).decode("latin-1")


def _uniform(delimiters: Delimiters) -> bytes:
    table = bytearray(range(256))
    for character in (ELEMENT, _SEGMENT, delimiters.component, delimiters.repetition or _DOUBT):
        table[ord(character)] = ord(_DOUBT)
    table[ord(delimiters.element)] = ord(ELEMENT)
    table[ord(delimiters.segment)] = ord(_SEGMENT)
    return bytes(table)


def count(segments: Segments, cutter: Cutter) -> int:
    """How many of these are segments, not blanks."""
    return sum(1 for text in segments.texts if text.strip(cutter.lead))
