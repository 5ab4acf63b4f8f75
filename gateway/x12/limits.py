"""How much of a hostile file we are willing to hold in memory; what goes beyond is counted and said, never lost."""

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the reader.

    `chunk` bytes are read at a time; a segment may be `segment` bytes long; a set may hold `segments`; an element
    may be repeated `repetitions` times and have `components`; `findings` are kept of each set, group and interchange,
    `ta1` segments of each interchange.
    """

    chunk: int = 1 << 20
    segment: int = 1 << 16
    segments: int = 500_000
    repetitions: int = 100
    components: int = 100
    findings: int = 500
    ta1: int = 1_000
