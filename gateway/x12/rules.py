"""What a map says, as frozen values: what an element, a segment and a loop may hold, and which segment may follow which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import msgspec

from gateway.x12.pattern import Forms

UNBOUNDED: Final = 10**9


class ElementRule(msgspec.Struct, frozen=True, kw_only=True):
    """One element or component: `ref` is its place ("BEG03"), `number` its data element, `type` AN ID DT TM R B N0 N2.

    `codes` is None where any value goes; `doubtful_codes` says that the list's source is weak. A composite has
    `components` and the number of its composite.
    """

    ref: str
    number: str
    name: str
    type: str
    shortest: int
    longest: int
    required: bool
    used: bool
    codes: frozenset[str] | None
    doubtful_codes: bool
    repeats: int
    components: tuple[ElementRule, ...] = ()


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """A condition between elements: P all or none, R at least one, E at most one, C if the first then all, L if the first then one."""

    kind: str
    elements: tuple[int, ...]
    doubtful: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class SegmentRule:
    """What one segment may hold; `elements[0]` is its first element."""

    id: str
    name: str
    elements: tuple[ElementRule, ...]
    relations: tuple[Relation, ...]

    @cached_property
    def forms(self) -> Forms:
        """The fast path: what surely fits this rule, by the number of elements."""
        return Forms(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class LoopNode:
    """One loop of a map: its children in order, the first of them the segment that begins it."""

    trigger: str
    name: str
    most: int
    required: bool
    parent: LoopNode | None
    children: list[SegmentNode | LoopNode] = field(default_factory=list)

    @cached_property
    def key(self) -> str:
        """Under which the instances of this loop stand in their parent."""
        return f"{self.trigger}_loop"

    @property
    def first(self) -> SegmentNode:
        """The segment that begins the loop."""
        first = self.children[0]
        if isinstance(first, LoopNode):
            raise ValueError(f"the loop {self.trigger} of a map does not begin with a segment")  # noqa: TRY004 - a map is wrong, not a type
        return first


@dataclass(frozen=True, eq=False, kw_only=True)
class SegmentNode:
    """One place of a segment in a map; `most` counts all of that id in the loop up to and with this place."""

    rule: SegmentRule
    id: str
    most: int
    required: bool
    loop: LoopNode

    @cached_property
    def forms(self) -> Forms:
        """The fast path of its rule."""
        return self.rule.forms

    @cached_property
    def steps(self) -> Mapping[str, Step]:
        """Where each segment id leads from here."""
        return _steps(self)


class Missing(msgspec.Struct, frozen=True):
    """A required child passed over; it belongs to the loop `above` levels over the innermost open one."""

    above: int
    child: SegmentNode | LoopNode

    @property
    def node(self) -> SegmentNode:
        """The segment that should have been there."""
        return self.child.first if isinstance(self.child, LoopNode) else self.child

    @property
    def key(self) -> str:
        """Under which it would stand in its loop."""
        return self.child.key if isinstance(self.child, LoopNode) else self.child.id


class Step(msgspec.Struct, frozen=True):
    """Where a segment leads: loops to leave, the loop to enter, and what is passed over on the way."""

    node: SegmentNode
    leave: int
    enter: LoopNode | None
    missing: tuple[Missing, ...]


def _steps(node: SegmentNode) -> dict[str, Step]:
    """The first place for each id, looking forward in the node's loop, then in each loop around it."""
    steps: dict[str, Step] = {}
    missing: list[Missing] = []
    came_from: SegmentNode | LoopNode = node
    loop: LoopNode | None = node.loop
    above = 0
    while loop is not None:
        for child in loop.children[loop.children.index(came_from) :]:
            if isinstance(child, LoopNode):
                steps.setdefault(child.trigger, Step(child.first, above, child, tuple(missing)))
            elif child is not loop.first:
                steps.setdefault(child.id, Step(child, above, None, tuple(missing)))
            if child.required and child is not came_from:
                missing.append(Missing(above, child))
        came_from, loop, above = loop, loop.parent, above + 1
    return steps


@dataclass(frozen=True, eq=False, kw_only=True)
class SetMap:
    """One transaction set of one release, ready to read with; `sha256` is over the files it came from."""

    set_id: str
    functional_id: str
    release: str
    sha256: str
    root: LoopNode

    def nodes(self) -> Iterator[SegmentNode]:
        """Every place of a segment, in the order of the map."""
        return _nodes(self.root)

    @cached_property
    def ids(self) -> Mapping[str, SegmentRule]:
        """What each segment id of the set may hold; the same wherever it stands."""
        return {node.id: node.rule for node in self.nodes()}

    def data_element(self, segment: str, element: int, component: int | None = None) -> str | None:
        """The number of the data element at this place ("324" for BEG03), as AK402 wants it; None where there is none."""
        rules = self.ids[segment].elements if segment in self.ids else ()
        for place in (element, component):
            if place is None:
                break
            if not 0 < place <= len(rules):
                return None
            number, rules = rules[place - 1].number, rules[place - 1].components
        return number


def _nodes(loop: LoopNode) -> Iterator[SegmentNode]:
    for child in loop.children:
        if isinstance(child, LoopNode):
            yield from _nodes(child)
        else:
            yield child
