"""One measured figure, beside what it is compared with, and whether it is what we promise."""

from __future__ import annotations

from typing import Literal

import msgspec

Promise = Literal["at least", "at most"]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """`value` in `unit`; `beside` is the floor or the peer of the same run. A target binds the ratio where there is one.

    `gate`: it does not depend on how fast or busy the machine is, so missing it is a fault, not a measurement.
    """

    what: str
    value: float
    unit: str
    beside: float | None = None
    beside_what: str = ""
    promise: Promise = "at least"
    target: float | None = None
    gate: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times what it is compared with."""
        return self.value / self.beside if self.beside else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        measured = self.value if self.ratio is None else self.ratio
        return measured >= self.target if self.promise == "at least" else measured <= self.target

    @property
    def broken(self) -> bool:
        """Whether this figure fails the run."""
        return self.gate and self.met is False
