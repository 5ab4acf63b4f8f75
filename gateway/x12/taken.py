"""What a partner told us with a TA1, 997 or 999: taken as it stands, never answered, matched with what we sent elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from gateway.x12.reading import Loop, Segment, SetRead, Ta1Read

_SET_TRAILERS: Final = ("AK5", "IK5")
_AK5_CODES: Final = range(2, 7)
_AK9_CODES: Final = range(5, 10)


class SetTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What the partner says of one set of ours: AK201, AK202, AK501 and AK502-06 as `notes` (999: IK5), verbatim."""

    set_id: str
    control: str
    code: str
    notes: tuple[str, ...]


class AcknowledgmentTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What the partner says of one group of ours (997, 999) or of one interchange (TA1), verbatim.

    A 997 or 999 has `group_control` (AK102), `functional_id` (AK101), `code` (AK901) and `notes` (AK905-09);
    a TA1 has `interchange_control` (TA101), `code` (TA104) and one note (TA105). `code` is empty where it was left out.
    """

    kind: Literal["997", "999", "TA1"]
    interchange_control: str | None = None
    group_control: str | None = None
    functional_id: str | None = None
    code: str
    sets: tuple[SetTaken, ...] = ()
    notes: tuple[str, ...]


def take_set(read: SetRead) -> AcknowledgmentTaken | None:
    """The 997 or 999 in this set; None where it names no group of ours (or is no acknowledgment), which a person must see."""
    kind = _kind(read.set_id)
    group = _first(read.tree, "AK1")
    if kind is None or group is None or not group.get(2).strip():
        return None
    trailer = _first(read.tree, "AK9")
    return AcknowledgmentTaken(
        kind=kind,
        group_control=group.get(2),
        functional_id=group.get(1),
        code=trailer.get(1) if trailer else "",
        sets=tuple(_sets(read.tree)),
        notes=_codes(trailer, _AK9_CODES),
    )


def take_ta1(read: Ta1Read) -> AcknowledgmentTaken:
    """What this TA1 says of an interchange of ours."""
    return AcknowledgmentTaken(kind="TA1", interchange_control=read.control, code=read.code, notes=(read.note,))


def _kind(set_id: str) -> Literal["997", "999"] | None:
    return "997" if set_id == "997" else "999" if set_id == "999" else None


def _sets(tree: Loop) -> Iterator[SetTaken]:
    for loop in _loops(tree, "AK2_loop"):
        named = _first(loop, "AK2")
        if named is None:
            continue
        trailer = next((found for each in _SET_TRAILERS if (found := _first(loop, each))), None)
        yield SetTaken(
            set_id=named.get(1),
            control=named.get(2),
            code=trailer.get(1) if trailer else "",
            notes=_codes(trailer, _AK5_CODES),
        )


def _codes(segment: Segment | None, places: range) -> tuple[str, ...]:
    return tuple(code for place in places if (code := segment.get(place))) if segment else ()


def _first(loop: Loop, segment_id: str) -> Segment | None:
    return next((each for each in loop.get(segment_id, ()) if isinstance(each, Segment)), None)


def _loops(loop: Loop, name: str) -> Iterator[Loop]:
    return (each for each in loop.get(name, ()) if isinstance(each, dict))
