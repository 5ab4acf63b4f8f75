"""A file with no interchange in it: empty, a spreadsheet, rubbish. It still ends in a named outcome that a person can find."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gateway.ledger.claim import TransmissionWork
from gateway.ledger.states import Processing
from gateway.model.catalogue import finding
from gateway.model.finding import Finding
from gateway.profiles.agreement import Partner, Profiles
from gateway.x12.reading import Unreadable

_SHOWN = 24  # bytes of the file's start that a message shows


class Nothing(msgspec.Struct, frozen=True, kw_only=True):
    """Why there was nothing to read, and what becomes of the file."""

    state: Processing
    finding: Finding
    partner: str | None
    format: str


def nothing_to_read(
    start: bytes, work: TransmissionWork, unreadable: Sequence[Unreadable], profiles: Profiles
) -> Nothing:
    """Decide by the first bytes and by who uses this channel."""
    partner = _alone_on(work.channel, profiles)
    name = partner.name if partner else None
    if not work.size:
        return Nothing(
            state=Processing.REJECTED, finding=finding("file.empty", name=work.name), partner=name, format="unknown"
        )
    if partner is not None and partner.csv_kinds:
        held = finding("partner.csv_not_built", partner=partner.name)
        return Nothing(state=Processing.HELD, finding=held, partner=name, format="csv")
    said = next((found for odd in unreadable for found in odd.findings), None)
    shown = start[:_SHOWN].decode("latin-1")
    return Nothing(
        state=Processing.REJECTED,
        finding=said or finding("file.unreadable", name=work.name, start=shown, offset=0),
        partner=name,
        format="unknown",
    )


def _alone_on(channel: str, profiles: Profiles) -> Partner | None:
    """The one partner of this channel, where there is just one."""
    found = profiles.channel(channel)
    return profiles.partner(found.carries[0]) if found is not None and len(found.carries) == 1 else None
