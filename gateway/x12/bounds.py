"""What of a set is more than we hold in memory: then its segments are counted, or a segment is known by its name alone."""

from __future__ import annotations

from gateway.model.limits import Limits
from gateway.x12.cut import Cutter, Segments, count
from gateway.x12.fault import Fault
from gateway.x12.reading import Segment


class SetBound:
    """How far one set may go; `fault` says what it went beyond."""

    def __init__(self, limits: Limits, cutter: Cutter) -> None:
        self.fault: Fault | None = None
        self._limits = limits
        self._cutter = cutter
        self._begin: int | None = None

    def passed(self, segments: Segments, offset: int, position: int) -> bool:
        """Whether the set is too much with these, which begin at this offset after so many others; then for good."""
        if self.fault is None:
            self._begin = offset if self._begin is None else self._begin
            size = offset - self._begin + sum(map(len, segments.texts)) + segments.gap * len(segments.texts)
            room = self._limits.segments - position
            if size > self._limits.set:
                self.fault = Fault(code="syntax.set_too_large", facts={"limit": self._limits.set})
            elif len(segments.texts) > room and count(segments, self._cutter) > room:
                self.fault = Fault(code="syntax.set_too_long", facts={"limit": self._limits.segments})
        return self.fault is not None


def oversize(segment: Segment, limits: Limits) -> Fault | None:
    """Why a segment is too much to be looked at: it is too long, or has too many elements."""
    size = sum(map(len, segment.elements)) + len(segment.elements) - 1
    if size > limits.segment:
        return Fault(code="syntax.segment_too_long", facts={"size": size, "limit": limits.segment})
    width = len(segment.elements) - 1
    if width > limits.elements:
        return Fault(code="syntax.segment_too_wide", facts={"count": width, "limit": limits.elements})
    return None
