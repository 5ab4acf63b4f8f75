"""Interchange, group and set while they are open: what they count, and what their trailers must agree with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.model.limits import Limits
from gateway.x12.cut import Cutter, Segments, count
from gateway.x12.fault import Facts, place_of, shown
from gateway.x12.gather import Gathered
from gateway.x12.headers import group_findings, interchange_findings, set_findings, ta1_findings
from gateway.x12.isa import Isa
from gateway.x12.maps import Maps
from gateway.x12.reading import GroupHeader, GroupRead, InterchangeHeader, InterchangeRead, SetRead, Ta1Read
from gateway.x12.validate import Walk

# What is said of a trailer's control number: where it is another one, and where it is the same number written otherwise.
_DISAGREE: Final = {
    "SE": ("envelope.se_control", "envelope.se_control_form"),
    "GE": ("envelope.ge_control", "envelope.ge_control_form"),
    "IEA": ("envelope.iea_control", "envelope.iea_control_form"),
}


def element(elements: Sequence[str], place: int) -> str:
    """The element at this place, or an empty string where the segment ends before it."""
    return elements[place] if place < len(elements) else ""


def _agreement(trailer: Sequence[str], offset: int, control: str, position: int | None = None) -> Finding | None:
    """A trailer repeats its header's control number, verbatim; the same number written otherwise is odd, not wrong."""
    claimed = element(trailer, 2)
    claimed = claimed.strip() if trailer[0] == "IEA" else claimed  # as that of ISA, which is padded
    if claimed == control:
        return None
    same = (
        claimed.isascii()
        and control.isascii()
        and claimed.isdigit()
        and control.isdigit()
        and int(claimed) == int(control)
    )
    return finding(
        _DISAGREE[trailer[0]][same],
        **place_of(trailer, offset, 2),
        position=position,
        value=shown(claimed),
        control=control,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None  # noqa: PLR2004 - no count is longer


class Stray:
    """Segments where none may stand, gathered from one place to the next."""

    def __init__(self, code: str, findings: Gathered) -> None:
        self._code = code
        self._findings = findings
        self._count = 0
        self._first = ""
        self._offset = 0

    def add(self, segments: Segments, offset: int, cutter: Cutter) -> None:
        """Count these."""
        counted = count(segments, cutter)
        if counted and not self._count:
            at = next(at for at, text in enumerate(segments.texts) if text.strip(cutter.lead))
            text = segments.texts[at].lstrip(cutter.lead)
            self._first = shown(text.split(cutter.delimiters.element)[0])
            blanks = sum(len(blank) + segments.gap for blank in segments.texts[:at])
            self._offset = offset + blanks + len(segments.texts[at]) - len(text)
        self._count += counted

    def close(self) -> None:
        """Say what came together."""
        if self._count:
            facts: Facts = {"segment": self._first, "offset": self._offset, "count": self._count}
            self._findings.add(finding(self._code, **facts))
        self._count = 0


class OpenInterchange:
    """An interchange between its ISA and its IEA."""

    def __init__(self, isa: Isa, ordinal: int, offset: int, limits: Limits) -> None:
        self.header: InterchangeHeader = isa.header(ordinal, offset)
        self.cutter = Cutter(isa.delimiters)
        self.groups = 0
        self.findings = Gathered(limits.findings, "envelope.more_findings")
        self.stray = Stray("envelope.stray_group_segments", self.findings)
        self.group_numbers: set[str] = set()
        self._ta1: list[Ta1Read] = []
        self._too_many_ta1 = False
        self._limits = limits
        for found in interchange_findings(isa, offset):
            self.findings.add(found)

    def take_ta1(self, elements: Sequence[str], offset: int) -> None:
        """A TA1 about an interchange of ours."""
        control, date, time, code, note = (element(elements, place) for place in range(1, 6))
        if len(self._ta1) < self._limits.ta1:
            self._ta1.append(Ta1Read(control=control, date=date, time=time, code=code, note=note))
            for found in ta1_findings(self._ta1[-1], offset):
                self.findings.add(found)
        elif not self._too_many_ta1:
            self._too_many_ta1 = True
            self.findings.add(finding("envelope.too_many_ta1", segment="TA1", offset=offset, limit=self._limits.ta1))

    def close(self, iea: Sequence[str] | None, offset: int, size: int, sha256: str) -> InterchangeRead:
        """With its IEA, or without where the file or the next ISA ends it."""
        self.stray.close()
        if size > self._limits.interchange:
            facts: Facts = {"offset": self.header.offset + self._limits.interchange, "limit": self._limits.interchange}
            self.findings.add(finding("envelope.interchange_too_long", segment="ISA", **facts))
        elif iea is None:
            facts = {"control": self.header.control}
            self.findings.add(finding("envelope.iea_missing", segment="IEA", offset=offset, **facts))
        else:
            self._check(iea, offset)
        return InterchangeRead(
            interchange=self.header,
            claimed=None if iea is None else element(iea, 1),
            counted=self.groups,
            complete=iea is not None,
            size=size,
            sha256=sha256,
            ta1=tuple(self._ta1),
            findings=self.findings.all(),
        )

    def _check(self, iea: Sequence[str], offset: int) -> None:
        claimed = element(iea, 1)
        if _number(claimed) != self.groups:
            facts: Facts = {"value": shown(claimed), "counted": self.groups}
            self.findings.add(finding("envelope.iea_count", **place_of(iea, offset, 1), **facts))
        found = _agreement(iea, offset, self.header.control)
        if found:
            self.findings.add(found)


class OpenGroup:
    """A group between its GS and its GE."""

    def __init__(
        self, gs: Sequence[str], offset: int, interchange: OpenInterchange, maps: Maps, limits: Limits
    ) -> None:
        interchange.groups += 1
        release, exact = maps.release_of(element(gs, 8))
        self.interchange = interchange
        self.counted = 0
        self.set_numbers: set[str] = set()
        self.findings = Gathered(limits.findings, "envelope.more_findings")
        self.stray = Stray("envelope.stray_segments", self.findings)
        self.header = GroupHeader(
            ordinal=interchange.groups,
            offset=offset,
            functional_id=element(gs, 1),
            sender=element(gs, 2),
            receiver=element(gs, 3),
            date=element(gs, 4),
            time=element(gs, 5),
            control=element(gs, 6),
            agency=element(gs, 7),
            version=element(gs, 8),
            release=release,
        )
        for found in group_findings(gs, self.header, maps, exact=exact):
            self.findings.add(found)
        if self.header.control in interchange.group_numbers:
            value = shown(self.header.control)
            self.findings.add(finding("envelope.group_repeated", **place_of(gs, offset, 6), value=value))
        interchange.group_numbers.add(self.header.control)

    def close(self, ge: Sequence[str] | None, offset: int) -> GroupRead:
        """With its GE, or without where something else ends it."""
        self.stray.close()
        if ge is None:
            facts: Facts = {"control": self.header.control, "counted": self.counted}
            self.findings.add(finding("envelope.ge_missing", segment="GE", offset=offset, **facts))
        else:
            self._check(ge, offset)
        return self._read(ge)

    def give_up(self) -> GroupRead:
        """As far as it was read; the interchange tells why."""
        self.stray.close()
        return self._read(None)

    def _read(self, ge: Sequence[str] | None) -> GroupRead:
        return GroupRead(
            interchange=self.interchange.header,
            group=self.header,
            claimed=None if ge is None else element(ge, 1),
            counted=self.counted,
            complete=ge is not None,
            findings=self.findings.all(),
        )

    def _check(self, ge: Sequence[str], offset: int) -> None:
        claimed = element(ge, 1)
        if _number(claimed) != self.counted:
            facts: Facts = {"value": shown(claimed), "counted": self.counted}
            self.findings.add(finding("envelope.ge_count", **place_of(ge, offset, 1), **facts))
        found = _agreement(ge, offset, self.header.control)
        if found:
            self.findings.add(found)


class OpenSet:
    """A set between its ST and its SE: walked through its map, or counted where there is none."""

    def __init__(self, st: Segments, offset: int, group: OpenGroup, maps: Maps, limits: Limits) -> None:
        cutter = group.interchange.cutter
        elements = st.texts[0].split(cutter.delimiters.element)
        group.counted += 1
        self._group = group
        self._ordinal = group.counted
        self._offset = offset
        self._cutter = cutter
        self._set_id = element(elements, 1)
        self._control = element(elements, 2)
        self._implementation = element(elements, 3) or None
        self._findings = Gathered(limits.findings, "syntax.more_findings")
        self._counted = 0
        set_map = maps.get(self._set_id, group.header.release)
        self._walk = Walk(set_map, cutter, limits, self._findings) if set_map else None
        for found in set_findings(elements, group.header, maps, offset, repeated=self._control in group.set_numbers):
            self._findings.add(found)
        group.set_numbers.add(self._control)
        self.read(st, offset)

    @property
    def segments(self) -> int:
        """How many segments were read so far, ST counted."""
        return self._walk.position if self._walk else self._counted

    def read(self, segments: Segments, offset: int) -> None:
        """Take these segments of the set."""
        if self._walk:
            self._walk.read(segments, offset)
        else:
            self._counted += count(segments, self._cutter)

    def pass_over(self, name: str, size: int, offset: int) -> None:
        """Count a segment that was too long to be read."""
        if self._walk:
            self._walk.pass_over(name, size, offset)
        else:
            self._counted += 1

    def close(self, se: Segments | None, offset: int) -> SetRead:
        """With its SE, or without where something else ends it."""
        if se is None:
            facts: Facts = {"control": self._control, "counted": self.segments, "position": self.segments + 1}
            self._findings.add(finding("envelope.se_missing", segment="SE", offset=offset, **facts))
        else:
            self.read(se, offset)
            self._check(se.texts[0].split(self._cutter.delimiters.element), offset)
        if self._walk:
            self._walk.close()
        return SetRead(
            interchange=self._group.interchange.header,
            group=self._group.header,
            ordinal=self._ordinal,
            offset=self._offset,
            set_id=self._set_id,
            control=self._control,
            implementation=self._implementation,
            segments=self.segments,
            complete=se is not None,
            tree=self._walk.tree if self._walk else {},
            findings=self._findings.all(),
        )

    def _check(self, se: Sequence[str], offset: int) -> None:
        claimed = element(se, 1)
        if _number(claimed) != self.segments:
            facts: Facts = {"position": self.segments, "value": shown(claimed), "counted": self.segments}
            self._findings.add(finding("envelope.se_count", **place_of(se, offset, 1), **facts))
        found = _agreement(se, offset, self._control, self.segments)
        if found:
            self._findings.add(found)
