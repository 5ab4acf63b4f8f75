"""What the verbs of the route need, gathered once by the wiring."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from gateway.ledger.write import Ledger
from gateway.model.limits import Limits
from gateway.ports import Archive, Erp, Outlet
from gateway.profiles.agreement import Profiles
from gateway.x12.maps import Maps


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One home's route. `owner` names this process in claims; `profiles` and `limits` give those in force now."""

    owner: str
    ledger: Ledger
    archive: Archive
    profiles: Callable[[], Profiles]
    maps: Maps
    limits: Callable[[], Limits]
    outlet: Callable[[str], Outlet]
    erp: Callable[[str], Erp]
