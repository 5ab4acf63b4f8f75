"""What may stand in [limits] of config/gateway.toml: each bound of the readers, and between which numbers it can be moved."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.model.limits import Limits
from gateway.profiles.strict import Shape

_USUAL = Limits()
_KILO, _MEGA, _GIGA = 1 << 10, 1 << 20, 1 << 30


class LimitsShape(Shape):
    """Every field of `Limits` but `chunk`; low enough to be held in memory, high enough that ordinary files pass."""

    interchange: Annotated[int, Field(ge=_KILO, le=64 * _GIGA)] = _USUAL.interchange  # not held in memory
    set: Annotated[int, Field(ge=_KILO, le=512 * _MEGA)] = _USUAL.set
    segments: Annotated[int, Field(ge=100, le=10_000_000)] = _USUAL.segments
    segment: Annotated[int, Field(ge=_KILO, le=16 * _MEGA)] = _USUAL.segment
    elements: Annotated[int, Field(ge=50, le=10_000)] = _USUAL.elements  # no segment of a map has more than 31
    depth: Annotated[int, Field(ge=5, le=1_000)] = _USUAL.depth  # shipment, order, tare, pack, item
    findings: Annotated[int, Field(ge=10, le=10_000)] = _USUAL.findings
    ta1: Annotated[int, Field(ge=1, le=100_000)] = _USUAL.ta1
    table: Annotated[int, Field(ge=_KILO, le=512 * _MEGA)] = _USUAL.table
    rows: Annotated[int, Field(ge=10, le=1_048_576)] = _USUAL.rows  # as many as a spreadsheet has
    columns: Annotated[int, Field(ge=10, le=16_384)] = _USUAL.columns  # the same
    cell: Annotated[int, Field(ge=100, le=_MEGA)] = _USUAL.cell

    def limits(self) -> Limits:
        """The bounds for the readers."""
        return Limits(**self.model_dump())
