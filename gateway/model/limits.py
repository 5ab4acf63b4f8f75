"""How much of a hostile file we are willing to hold in memory; what goes beyond is said, never lost."""

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the readers. How many components and repetitions an element has, its map says.

    X12: `chunk` bytes are read at a time; an interchange may have `interchange` bytes; a set, which is held in memory,
    `set` bytes and `segments` segments; a segment `segment` bytes and `elements` elements; the levels (HL) of a set may
    stand `depth` deep. Of each set, group and interchange `findings` errors and as many warnings are kept, of each
    interchange `ta1` segments TA1.

    Tables (CSV, fixed width): a file may have `table` bytes and `rows` rows, a row `columns` cells, a cell `cell`
    characters.
    """

    chunk: int = 1 << 20
    interchange: int = 1 << 30
    set: int = 16 << 20
    segments: int = 500_000
    segment: int = 1 << 16
    elements: int = 200
    depth: int = 20
    findings: int = 500
    ta1: int = 1_000
    table: int = 64 << 20
    rows: int = 100_000
    columns: int = 500
    cell: int = 32_000
