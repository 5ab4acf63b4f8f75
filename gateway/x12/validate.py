"""One set on its way through its map: each segment to its place in the tree, each thing wrong to a finding.

`read` is the fast path: a dictionary says where a segment leads, an expression whether it is surely valid. All that it
cannot vouch for goes to `_inspect` (elements) and `_lost` (segments), which are the authority.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.x12.cut import BLANK, Cutter, Segments, count
from gateway.x12.elements import faults
from gateway.x12.fault import Fault, located, shown
from gateway.x12.gather import Gathered
from gateway.x12.levels import Levels
from gateway.x12.limits import Limits
from gateway.x12.reading import Loop, Segment
from gateway.x12.rules import LoopNode, Missing, Moves, SegmentNode, SegmentRule, SetMap, Step

# Where a segment that has no place is kept, in the innermost open loop.
NO_PLACE: Final = "?"
_LEVEL: Final = "HL"
_SHOWN_STEPS: Final = 12

# A loop of the tree while it is being filled; `Loop` promises what each list holds.
_Instance = dict[str, list[Any]]


class Walk:
    """Reads one set, from ST to SE. `tree` holds what was read, `position` counts the segments."""

    def __init__(self, set_map: SetMap, cutter: Cutter, limits: Limits, findings: Gathered) -> None:
        self.position = 0
        self._tree: _Instance = {}
        self._map = set_map
        self._cutter = cutter
        self._limits = limits
        self._findings = findings
        self._levels = Levels()
        self._loop = self._tree
        self._open = [(set_map.root, self._tree)]
        self._steps: Mapping[str, Step] = {set_map.root.trigger: (set_map.root.first, None)}
        self._missed: dict[tuple[int, str], Finding] = {}
        self._too_long = False

    @property
    def tree(self) -> Loop:
        """The ST loop, as far as it was read."""
        return self._tree

    def read(self, segments: Segments, offset: int) -> None:
        """Take these segments, the first of which begins at this offset in the file."""
        if self.position >= self._limits.segments:
            self._count(segments, offset)
            return
        separator, gap = self._cutter.delimiters.element, segments.gap
        loop, steps, position = self._loop, self._steps, self.position
        after = offset
        for text, shape in zip(segments.texts, segments.shapes, strict=True):
            offset, after = after, after + len(text) + gap
            elements = text.split(separator)
            step = steps.get(elements[0])
            if step is None:
                self._loop, self._steps, self.position = loop, steps, position
                self._lost(text, offset)
                loop, steps, position = self._loop, self._steps, self.position
                continue
            node, moves = step
            position += 1
            segment = Segment(position, offset, elements)
            if moves is not None:
                loop = self._move(node, moves, segment)
            matches, listed = node.rule.forms[len(elements)]
            if not matches(shape):
                self._inspect(node.rule, segment)
            else:
                for place, codes in listed:
                    if elements[place] not in codes:
                        self._inspect(node.rule, segment)
                        break
            kept = loop.get(node.id)
            if kept is None:
                loop[node.id] = [segment]
            else:
                kept.append(segment)
                if len(kept) > node.most:
                    self._too_many(node, segment, len(kept))
            steps = node.steps
        self._loop, self._steps, self.position = loop, steps, position

    def pass_over(self, name: str, size: int, offset: int) -> None:
        """Count a segment that was too long to be read."""
        self.position += 1
        self._say(
            "syntax.segment_too_long", Segment(self.position, offset, [name]), size=size, limit=self._limits.segment
        )

    def _count(self, segments: Segments, offset: int) -> None:
        """The set is too long to be held in memory: count its segments, say so once."""
        first = Segment(self.position + 1, offset, segments.texts[0].split(self._cutter.delimiters.element))
        if not self._too_long:
            self._say("syntax.set_too_long", first, limit=self._limits.segments)
        self._too_long = True
        self.position += count(segments, self._cutter)

    # Loops

    def _move(self, node: SegmentNode, moves: Moves, segment: Segment) -> _Instance:
        """Leave and enter loops on the way to this node; say what was passed over."""
        for missing in moves.missing:
            loop = self._open[-1 - missing.above][1]
            if missing.key not in loop:
                self._miss(missing, loop, segment)
        if moves.leave:
            del self._open[-moves.leave :]
        if moves.enter is not None:
            self._enter(moves.enter, segment)
        if node.id == _LEVEL:
            for fault in self._levels.faults(segment):
                self._found(fault, segment)
        return self._open[-1][1]

    def _enter(self, node: LoopNode, segment: Segment) -> None:
        instance: _Instance = {}
        instances = self._open[-1][1].setdefault(node.key, [])
        instances.append(instance)
        self._open.append((node, instance))
        if len(instances) > node.most:
            self._say("syntax.loop_too_many", segment, name=node.name, count=len(instances), most=node.most)

    # Segments without a place

    def _lost(self, text: str, offset: int) -> None:
        """A segment that cannot follow here, or one that only begins with a line break."""
        trimmed = text.lstrip(self._cutter.lead)
        offset += len(text) - len(trimmed)
        elements = trimmed.split(self._cutter.delimiters.element)
        if elements[0] in self._steps:
            self.read(self._cutter.cut(trimmed), offset)
        elif trimmed:
            self.position += 1
            self._place(Segment(self.position, offset, elements))
        elif self._cutter.terminator not in BLANK:
            self._say("syntax.empty_segment", Segment(self.position, offset, [""]))

    def _place(self, segment: Segment) -> None:
        """Where it should have come earlier, put it there all the same, for people to read; else keep it aside."""
        name = segment.elements[0]
        for above, (loop, instance) in enumerate(reversed(self._open)):
            for child in loop.children:
                if isinstance(child, LoopNode) and child.trigger == name:
                    self._go_back(above, child, segment)
                    return
                if isinstance(child, SegmentNode) and child.id == name:
                    self._late(child.rule.name, (id(instance), name), segment)
                    self._keep(instance, child, segment)
                    return
        self._say("syntax.segment_unexpected" if name in self._map.ids else "syntax.segment_unknown", segment)
        self._loop.setdefault(NO_PLACE, []).append(segment)

    def _go_back(self, above: int, loop: LoopNode, segment: Segment) -> None:
        """Read on inside the loop that this segment begins: what follows it belongs there."""
        del self._open[len(self._open) - above :]
        self._late(loop.name, (id(self._open[-1][1]), loop.key), segment)
        self._enter(loop, segment)
        self._loop, self._steps = self._open[-1][1], loop.first.steps
        self._keep(self._loop, loop.first, segment)

    def _late(self, name: str, missed: tuple[int, str], segment: Segment) -> None:
        """One fault, one finding: what comes late is not missing."""
        if missed in self._missed:
            self._findings.withdraw(self._missed.pop(missed))
        self._say("syntax.segment_out_of_order", segment, name=name)

    def _keep(self, instance: _Instance, node: SegmentNode, segment: Segment) -> None:
        self._inspect(node.rule, segment)
        kept = instance.setdefault(node.id, [])
        kept.append(segment)
        if len(kept) > node.most:
            self._too_many(node, segment, len(kept))

    # Findings

    def _inspect(self, rule: SegmentRule, segment: Segment) -> None:
        for fault in faults(rule, segment.elements, self._cutter.delimiters, self._limits):
            self._found(fault, segment)

    def _found(self, fault: Fault, segment: Segment) -> None:
        self._findings.add(located(fault, segment))

    def _miss(self, missing: Missing, loop: _Instance, segment: Segment) -> None:
        rule = missing.node.rule
        found = finding(
            "syntax.segment_missing",
            segment=rule.id,
            name=rule.name,
            position=segment.position,
            offset=segment.offset,
            set_id=self._map.set_id,
        )
        self._missed[id(loop), missing.key] = found
        self._findings.add(found)

    def _too_many(self, node: SegmentNode, segment: Segment, seen: int) -> None:
        self._say("syntax.segment_too_many", segment, name=node.rule.name, count=seen, most=node.most)

    def _say(self, code: str, segment: Segment, **facts: object) -> None:
        steps = list(self._steps)
        here = ", ".join(steps[:_SHOWN_STEPS]) + (" …" if len(steps) > _SHOWN_STEPS else "")
        place = {"segment": shown(segment.elements[0]), "position": segment.position, "offset": segment.offset}
        self._findings.add(finding(code, **place, here=here, set_id=self._map.set_id, **facts))
