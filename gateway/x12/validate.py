"""One set on its way through its map: each segment to its place in the tree, each thing wrong to a finding.

`read` is the fast path: a dictionary says where a segment leads, an expression whether it is surely valid. All that it
cannot vouch for goes to `_inspect` (elements) and `_lost` (segments), which are the authority.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.model.limits import Limits
from gateway.x12.bounds import SetBound, oversize
from gateway.x12.cut import BLANK, Cutter, Segments, count
from gateway.x12.elements import faults
from gateway.x12.fault import Facts, Fault, located, shown
from gateway.x12.gather import Gathered
from gateway.x12.levels import level_faults
from gateway.x12.reading import Loop, Segment
from gateway.x12.rules import LoopNode, Missing, SegmentNode, SegmentRule, SetMap, Step

# Where a segment that has no place is kept, in the innermost open loop.
NO_PLACE: Final = "?"
_LEVEL: Final = "HL"
# Judged with the envelope, which tells a number written otherwise from a wrong one.
_ENVELOPE: Final = {("ST", 1), ("ST", 2), ("SE", 1), ("SE", 2)}
_SHOWN_STEPS: Final = 12

# A loop of the tree while it is being filled; `Loop` promises what each list holds.
_Instance = dict[str, list[Any]]


class _Place(NamedTuple):
    """Where a walk stood before it went back into `late`: the open loops, the last segment's place, what may follow it."""

    late: _Instance
    open: list[_Instance]
    at: SegmentNode
    steps: Mapping[str, Step]


class Walk:
    """Reads one set, from ST to SE. `tree` holds what was read, `position` counts the segments."""

    def __init__(self, set_map: SetMap, cutter: Cutter, limits: Limits, findings: Gathered) -> None:
        self.position = 0
        self._tree: _Instance = {}
        self._map = set_map
        self._cutter = cutter
        self._limits = limits
        self._findings = findings
        self._loop = self._tree
        self._open = [self._tree]
        self._at: SegmentNode = set_map.root.first
        self._steps: Mapping[str, Step] = {set_map.root.trigger: Step(set_map.root.first, 0, None, ())}
        self._missed: dict[tuple[int, str], Finding] = {}
        self._before: _Place | None = None
        self._bound = SetBound(limits, cutter)
        self._bound_told = False

    @property
    def tree(self) -> Loop:
        """The ST loop, as far as it was read."""
        return self._tree

    def read(self, segments: Segments, offset: int) -> None:  # noqa: C901, PLR0912 - the one hot loop; a call here costs more than it explains
        """Take these segments, the first of which begins at this offset in the file."""
        if self._bound.passed(segments, offset, self.position):
            self._count(segments, offset)
            return
        separator, gap = self._cutter.delimiters.element, segments.gap
        loop, node, steps, position = self._loop, self._at, self._steps, self.position
        after = offset
        for text, shape in zip(segments.texts, segments.shapes, strict=True):
            offset, after = after, after + len(text) + gap
            elements = text.split(separator)
            step = steps.get(elements[0])
            if step is None:
                self._loop, self._at, self._steps, self.position = loop, node, steps, position
                self._lost(text, offset)
                loop, node, steps, position = self._loop, self._at, self._steps, self.position
                continue
            node = step.node
            position += 1
            segment = Segment(position, offset, elements)
            if step.missing:
                self._pass(step.missing, segment)
            if step.leave:
                del self._open[-step.leave :]
                loop = self._open[-1]
            if step.enter is not None:
                loop = self._enter(step.enter, segment)
            form = node.forms[len(elements)]
            if not form.matches(shape):
                self._inspect(node.rule, segment)
            else:
                for place, codes in form.listed:
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
        self._loop, self._at, self._steps, self.position = loop, node, steps, position

    def close(self) -> None:
        """Look at what only the whole set shows."""
        levels = (instance[_LEVEL][0] for instance in self._tree.get(f"{_LEVEL}_loop", []))
        for level, fault in level_faults(levels, self._limits.depth):
            self._found(fault, level)

    def pass_over(self, name: str, size: int, offset: int) -> None:
        """Count a segment that was too long to be read."""
        self.position += 1
        facts: Facts = {"size": size, "limit": self._limits.segment}
        self._say("syntax.segment_too_long", Segment(self.position, offset, [name]), **facts)

    def _count(self, segments: Segments, offset: int) -> None:
        """The set is more than may be held in memory: count its segments, say so once."""
        first = Segment(self.position + 1, offset, segments.texts[0].split(self._cutter.delimiters.element))
        if self._bound.fault and not self._bound_told:
            self._bound_told = True
            self._say(self._bound.fault.code, first, **self._bound.fault.facts)
        self.position += count(segments, self._cutter)

    # Loops

    def _pass(self, passed: tuple[Missing, ...], segment: Segment) -> None:
        """Say what this segment passed over, unless it came, out of order, before."""
        for missing in passed:
            loop = self._open[-1 - missing.above]
            if missing.key not in loop:
                self._miss(missing, loop, segment)

    def _enter(self, node: LoopNode, segment: Segment) -> _Instance:
        instance: _Instance = {}
        parent, key = self._open[-1], node.key
        instances = parent.get(key)
        if instances is None:
            parent[key] = [instance]
        else:
            instances.append(instance)
            if len(instances) > node.most:
                self._say("syntax.loop_too_many", segment, name=node.name, count=len(instances), most=node.most)
        self._open.append(instance)
        return instance

    # Segments without a place

    def _lost(self, text: str, offset: int) -> None:
        """A segment that cannot follow here, or one that only begins with a line break."""
        trimmed = text.lstrip(self._cutter.lead)
        offset += len(text) - len(trimmed)
        elements = trimmed.split(self._cutter.delimiters.element)
        if elements[0] in self._steps or self._returns(elements[0]):
            self.read(self._cutter.one(trimmed), offset)
        elif trimmed:
            self.position += 1
            self._place(Segment(self.position, offset, elements))
        elif self._cutter.terminator not in BLANK:
            self._say("syntax.empty_segment", Segment(self.position, offset, [""]))

    def _place(self, segment: Segment) -> None:
        """Where it should have come earlier, put it there all the same, for people to read; else keep it aside."""
        name = segment.elements[0]
        for above, child in _children(self._at.loop):
            instance = self._open[-1 - above]
            if isinstance(child, LoopNode) and child.trigger == name:
                self._go_back(above, child, segment)
                return
            if isinstance(child, SegmentNode) and child.id == name and len(instance.get(name, ())) < child.most:
                self._late(child.rule.name, instance, name, segment)
                self._inspect(child.rule, segment)
                instance.setdefault(name, []).append(segment)
                return
        self._say("syntax.segment_unexpected" if name in self._map.ids else "syntax.segment_unknown", segment)
        self._cut_down(segment)
        self._loop.setdefault(NO_PLACE, []).append(segment)

    def _returns(self, name: str) -> bool:
        """Whether this segment goes on where we were before we went back into a loop that came late."""
        before = self._before
        if before is None or name not in before.steps or not any(loop is before.late for loop in self._open):
            return False
        self._open, self._at, self._steps = before.open, before.at, before.steps
        self._loop, self._before = self._open[-1], None
        return True

    def _go_back(self, above: int, loop: LoopNode, segment: Segment) -> None:
        """Read on inside the loop that this segment begins: what follows it belongs there, or where we were."""
        before = list(self._open)
        del self._open[len(self._open) - above :]
        self._late(loop.name, self._open[-1], loop.key, segment)
        self._loop = self._enter(loop, segment)
        self._before = _Place(self._loop, before, self._at, self._steps)
        self._at, self._steps = loop.first, loop.first.steps
        self._inspect(loop.first.rule, segment)
        self._loop[loop.trigger] = [segment]

    def _late(self, name: str, loop: _Instance, key: str, segment: Segment) -> None:
        """One fault, one finding: what comes late is not missing."""
        missed = self._missed.pop((id(loop), key), None)
        if missed:
            self._findings.withdraw(missed)
        self._say("syntax.segment_out_of_order", segment, name=name)

    # Findings

    def _inspect(self, rule: SegmentRule, segment: Segment) -> None:
        if self._cut_down(segment):
            return
        for fault in faults(rule, segment.elements, self._cutter.delimiters):
            if (rule.id, fault.element) not in _ENVELOPE:
                self._found(fault, segment)

    def _cut_down(self, segment: Segment) -> bool:
        """Say of a segment that is too much to be looked at that it is, and keep its name alone."""
        fault = oversize(segment, self._limits)
        if fault:
            self._say(fault.code, segment, **fault.facts)
            del segment.elements[1:]
        return fault is not None

    def _found(self, fault: Fault, segment: Segment) -> None:
        self._findings.add(located(fault, segment, self._map.set_id))

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
        if self._findings.add(found):
            self._missed[id(loop), missing.key] = found

    def _too_many(self, node: SegmentNode, segment: Segment, seen: int) -> None:
        self._say("syntax.segment_too_many", segment, name=node.rule.name, count=seen, most=node.most)

    def _say(self, code: str, segment: Segment, **facts: Any) -> None:  # noqa: ANN401 - facts fill a template
        steps = list(self._steps)
        here = ", ".join(steps[:_SHOWN_STEPS]) + (" …" if len(steps) > _SHOWN_STEPS else "")
        place: Facts = {"segment": shown(segment.elements[0]), "position": segment.position, "offset": segment.offset}
        self._findings.add(finding(code, **place, here=here, set_id=self._map.set_id, **facts))


def _children(loop: LoopNode | None) -> Iterator[tuple[int, LoopNode | SegmentNode]]:
    """What may stand in this loop and in those around it, each with how many levels above."""
    above = 0
    while loop is not None:
        yield from ((above, child) for child in loop.children)
        loop, above = loop.parent, above + 1
