"""Renumber: after a restore, our control numbers leave out those that may have gone out since the backup was made.

A ledger that was restored does not know what was sent after it was copied. Partners take a gap in the numbers, and may
refuse a number that comes twice.
"""

from __future__ import annotations

from itertools import product

from sqlalchemy import select

from gateway.ledger import tables
from gateway.ledger.write import Tx
from gateway.profiles.agreement import Profiles

_N = tables.control_next
_LEVELS, _USAGES = ("ISA", "GS"), ("P", "T")


def leave_out_numbers(tx: Tx, profiles: Profiles, by: int, who: str) -> int:
    """Raise every counter by so many, also of pairs that were never answered as far as this ledger knows; how many there are."""
    known = {(row.own_id, row.partner_id, row.level, row.usage) for row in tx.execute(select(_N)).all()}
    ours = {str(own) for entity in profiles.entities for own in entity.ids}
    theirs = {str(id_) for partner in profiles.partners for id_ in partner.ids}
    places = sorted(known.union(product(ours, theirs, _LEVELS, _USAGES)))
    for own, partner, level, usage in places:
        first = tx.next_control(own, partner, level, usage, by)
        about = f"numbers {own} {partner} {level} {usage}"
        tx.event(who, "numbers.left_out", about, first=first, last=first + by - 1)
    return len(places)
