"""The levels of a ship notice: its flat run of HL loops, each with the order above it."""

from __future__ import annotations

import msgspec

from gateway.documents import elements as e
from gateway.documents.segments import first, headed
from gateway.x12.reading import Loop, Segment

SHIPMENT, ORDER, ITEM = "S", "O", "I"


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """One HL loop: `order` is the PRF it stands under, `in_item` whether it is an item or part of one."""

    head: Segment
    loop: Loop
    order: Segment | None
    in_item: bool
    is_line: bool

    @property
    def code(self) -> str:
        """HL03: S shipment, O order, T tare, P pack, I item ..."""
        return self.head.get(e.HL.level)


def levels(tree: Loop) -> list[Level]:
    """Every level, in order. One whose parent cannot be told belongs to the order before it, as it was sent.

    A line is an item, or a level that says how many were shipped without being part of an item.
    """
    known: dict[str, Level] = {}
    found: list[Level] = []
    latest: Segment | None = None
    for head, loop in headed(tree, "HL"):
        above = known.get(head.get(e.HL.parent))
        code = head.get(e.HL.level)
        inherited = above.order if above is not None else None if code == SHIPMENT else latest
        order = first(loop, "PRF") or inherited
        inside = above is not None and above.in_item
        level = Level(
            head=head,
            loop=loop,
            order=order,
            in_item=inside or code == ITEM,
            is_line=code == ITEM or (not inside and first(loop, "SN1") is not None),
        )
        known[head.get(e.HL.id)] = level
        found.append(level)
        latest = order or latest
    return found
