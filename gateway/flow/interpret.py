"""Interpret: a file's bytes become sets with verdicts and documents. Pure: no clock, disk or ledger; the daemon and `explain` share it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Any, BinaryIO

import msgspec

from gateway import documents
from gateway.documents import Document, ReadContext
from gateway.model.catalogue import finding
from gateway.model.finding import Finding, has_errors
from gateway.model.limits import Limits
from gateway.profiles.agreement import AckKind, Agreement, Direction, Identity, Partner, Profiles
from gateway.x12.fault import place_of, shown
from gateway.x12.maps import Maps
from gateway.x12.read import read
from gateway.x12.reading import (
    GroupHeader,
    GroupRead,
    InterchangeHeader,
    InterchangeRead,
    SetRead,
    Unreadable,
    element_offset,
)
from gateway.x12.verdict import (
    GroupTally,
    GroupVerdict,
    InterchangeVerdict,
    SetVerdict,
    acknowledges,
    judge_interchange,
    judge_set,
)

# What an unknown sender is read with: the defaults of an agreement that nobody made.
_NOBODY = "unknown"


class Parties(msgspec.Struct, frozen=True, kw_only=True):
    """Who an interchange is from and for. `hold` says why none of it may be processed, None where it may."""

    partner: Partner | None
    entity: Identity | None
    hold: Finding | None


class SetFound(msgspec.Struct, kw_only=True):
    """One set: as read, judged, and as a document where one can be built; `verdict` has what was found in either."""

    read: SetRead
    verdict: SetVerdict
    parties: Parties
    agreement: Agreement
    document: Document | None
    map_sha: str | None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found in it, as a set and as a document."""
        return self.verdict.findings


class GroupFound(msgspec.Struct, frozen=True, kw_only=True):
    """One group, judged; `agreement` is that of its sets, `hold` why they may not go on although their sender is known.

    `verdict` has what was found in it, read alone and beside its agreement.
    """

    read: GroupRead
    verdict: GroupVerdict
    parties: Parties
    agreement: Agreement
    hold: Finding | None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is said of the group itself."""
        return self.verdict.findings if self.hold is None else (*self.verdict.findings, self.hold)


class InterchangeFound(msgspec.Struct, frozen=True, kw_only=True):
    """One interchange, judged as far as its own bytes tell; `agreement` is that of its first group."""

    read: InterchangeRead
    verdict: InterchangeVerdict
    parties: Parties
    agreement: Agreement


Found = SetFound | GroupFound | InterchangeFound | Unreadable


def interpret(  # noqa: PLR0913 - what a reading depends on, all of it named
    stream: BinaryIO, *, profiles: Profiles, maps: Maps, limits: Limits, at: datetime, channel: str | None = None
) -> Generator[Found, None, None]:
    """Read a file to its end, one set in memory at a time.

    `channel` names the door it came through, which must carry its sender; None asks no such question.
    """
    parties: Parties | None = None
    tally = GroupTally()
    first_agreement: Agreement | None = None
    of_sets: Agreement | None = None  # that of the last set: those beside it are of its kind
    kind: str | None = None
    ordinal = 0
    for part in read(stream, maps, limits):
        if isinstance(part, Unreadable):
            yield part
            continue
        if part.interchange.ordinal != ordinal or parties is None:
            ordinal, parties = part.interchange.ordinal, parties_of(part.interchange, profiles, channel)
            of_sets = None
        if isinstance(part, SetRead):
            if of_sets is None or of_sets.kind != part.set_id:
                of_sets, _ = _agreement(part.set_id, part.interchange, parties, profiles, at)
            found = _set(part, parties, of_sets, maps)
            kind = kind or part.set_id
            tally.add(found.verdict)
            yield found
        elif isinstance(part, GroupRead):
            named = _named(part.group.functional_id, kind)
            agreed, hold = _agreement(named, part.interchange, parties, profiles, at)
            yield _group(part, tally, parties, agreed, hold)
            first_agreement = first_agreement or agreed
            tally, kind = GroupTally(), None
        else:
            agreed = first_agreement or _any_agreement(part.interchange, parties, at)
            yield InterchangeFound(read=part, verdict=judge_interchange(part), parties=parties, agreement=agreed)
            first_agreement = None


def parties_of(header: InterchangeHeader, profiles: Profiles, channel: str | None) -> Parties:
    """Whose interchange it is, which of us it is for, and whether this channel carries that partner."""
    partner, entity = profiles.partner_of(header.sender), profiles.entity_of(header.receiver)
    hold = None
    if partner is None:
        hold = finding("partner.unknown", sender=header.sender, **_place(header, 6))
    elif entity is None:
        hold = finding("partner.not_for_us", receiver=header.receiver, **_place(header, 8))
    elif channel is not None and not _carries(profiles, channel, partner.name):
        facts: dict[str, Any] = {
            "partner": partner.name,
            "channel": channel,
            "own": partner.channel,
            "sender": header.sender,
        }
        hold = finding("partner.not_carried", **facts, **_place(header, 6))
    return Parties(partner=partner, entity=entity, hold=hold)


def _place(header: InterchangeHeader, element: int) -> dict[str, Any]:
    return {"segment": "ISA", "element": element, "offset": header.offset_of(element)}


def _carries(profiles: Profiles, channel: str, partner: str) -> bool:
    found = profiles.channel(channel)
    return found is not None and partner in found.carries


def _set(part: SetRead, parties: Parties, agreement: Agreement, maps: Maps) -> SetFound:
    document, odd = documents.read(part, ReadContext(timezone=agreement.timezone, partner=agreement.partner))
    read_with = maps.get(part.set_id, part.group.release)
    verdict = judge_set(part)
    return SetFound(
        read=part,
        verdict=msgspec.structs.replace(verdict, findings=part.findings + odd) if odd else verdict,
        parties=parties,
        agreement=agreement,
        document=document,
        map_sha=read_with.sha256 if read_with else None,
    )


def _group(part: GroupRead, tally: GroupTally, parties: Parties, agreed: Agreement, hold: Finding | None) -> GroupFound:
    verdict = tally.close(part, partial_acceptance=agreed.partial_acceptance)
    known = parties.partner is not None and parties.entity is not None and hold is None
    odd = (*_refusal(verdict, part, tally.accepted), *(_other_ids(part.group, agreed) if known else ()))
    # An acknowledgment of our own files needs no agreement: it is taken, never answered.
    waits = _in_group(hold, part.group) if hold and acknowledges(part.group.functional_id) else None
    verdict = msgspec.structs.replace(verdict, findings=(*verdict.findings, *odd)) if odd else verdict
    return GroupFound(read=part, verdict=verdict, parties=parties, agreement=agreed, hold=waits)


def _refusal(verdict: GroupVerdict, part: GroupRead, accepted: int) -> Iterator[Finding]:
    """Why a group is refused where neither it nor all of its sets have an error that says so."""
    if verdict.code != "R" or has_errors(part.findings):
        return
    place: dict[str, Any] = {"segment": "GS", "offset": part.group.offset, "control": shown(part.group.control)}
    if not part.counted:
        yield finding("envelope.group_without_sets", **place, claimed=shown(part.claimed or ""))
    elif accepted:
        yield finding("partner.group_refused", **place)


def _other_ids(group: GroupHeader, agreed: Agreement) -> Iterator[Finding]:
    """Ids in GS that are not those agreed; one that is missing is told already."""
    gs = ("GS", group.functional_id, group.sender, group.receiver)
    for element, code, expected in (
        (2, "envelope.group_sender", agreed.partner_gs),
        (3, "envelope.group_receiver", (agreed.our_gs,)),
    ):
        sent = gs[element].strip()
        if sent and sent not in expected:
            yield finding(code, **place_of(gs, group.offset, element), value=shown(sent), agreed=" or ".join(expected))


def _agreement(
    kind: str, header: InterchangeHeader, parties: Parties, profiles: Profiles, at: datetime
) -> tuple[Agreement, Finding | None]:
    """The agreement for this kind (a set id, or GS01 of an empty group), or the defaults and why the set must wait."""
    partner, entity = parties.partner, parties.entity
    if partner is None or entity is None:
        return _defaults(kind, header, "", _NOBODY), None
    kind = next((known.kind for known in documents.KINDS if known.functional_id == kind), kind)
    agreed = profiles.agreement_for(entity.name, partner.name, Direction.IN, kind, header.usage, at)
    if agreed is not None:
        return agreed, None
    hold = finding("partner.not_agreed", partner=partner.name, kind=kind, usage=header.usage)
    return _defaults(kind, header, entity.name, partner.name), hold


def _named(functional_id: str, first: str | None) -> str:
    """What tells the kind of a group: its GS01 where we know such groups, else its first set."""
    return (
        functional_id
        if first is None or any(known.functional_id == functional_id for known in documents.KINDS)
        else first
    )


def _in_group(hold: Finding, group: GroupHeader) -> Finding:
    """The same, at the GS01 that says what is in the group."""
    offset = element_offset(("GS", group.functional_id), group.offset, 1)
    return msgspec.structs.replace(hold, segment="GS", element=1, offset=offset, value=group.functional_id)


def _any_agreement(header: InterchangeHeader, parties: Parties, at: datetime) -> Agreement:
    """Any agreement in force for what this partner sends: an interchange without groups has no kind to ask by."""
    inward = (
        agreement
        for agreement in (parties.partner.agreements if parties.partner else ())
        if agreement.direction is Direction.IN and agreement.in_force(at.date())
    )
    return next(inward, _defaults("", header, "", _NOBODY))


def _defaults(kind: str, header: InterchangeHeader, entity: str, partner: str) -> Agreement:
    return Agreement(
        entity=entity,
        partner=partner,
        direction=Direction.IN,
        kind=kind,
        our_id=header.receiver,
        our_gs=header.receiver.id,
        partner_gs=(header.sender.id,),
        acknowledgment=AckKind.X997,
    )
