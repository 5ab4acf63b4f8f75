"""Interpret a table: one interchange with one group, and a set for each document that its rows make. Pure, as `interpret` is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

import msgspec

from gateway.documents import Envelope, Kind, ReadContext, RowsRead, documents_in, kind_of
from gateway.documents.from_rows import RELEASE
from gateway.flatfile.table import Table, read_table
from gateway.flow.interpret import Found, GroupFound, InterchangeFound, Parties, SetFound
from gateway.model.catalogue import finding
from gateway.model.identifiers import PartyId
from gateway.model.limits import Limits
from gateway.profiles.agreement import Agreement, Partner, Profiles
from gateway.x12.maps import Maps
from gateway.x12.reading import Delimiters, GroupHeader, GroupRead, InterchangeHeader, InterchangeRead, Unreadable
from gateway.x12.verdict import GroupTally, judge_interchange, judge_set


def interpret_table(  # noqa: PLR0913 - what a reading depends on, all of it named
    stream: BinaryIO,
    partner: Partner,
    agreed: Sequence[Agreement],
    *,
    profiles: Profiles,
    maps: Maps,
    limits: Limits,
    at: datetime,
) -> Iterator[Found]:
    """Read a table of this partner to its end with that map of the agreed ones which fits it; all Unreadable where none does.

    One that only an agreement of another time fits is read with that, and held.
    """
    now = [each for each in agreed if each.in_force(at.date())]
    other = [each for each in agreed if not each.in_force(at.date())]
    table, agreement = _fitting(stream, now or other, limits)
    if agreement is None and now and other:
        stream.seek(0)
        again, agreement = _fitting(stream, other, limits)
        table = table if agreement is None else again
    kind = kind_of(agreement.kind) if agreement else None
    if agreement is None or kind is None:
        yield Unreadable(offset=0, size=table.size, findings=table.findings)
        return
    entity = next((one for one in profiles.entities if one.name == agreement.entity), None)
    in_force = agreement.in_force(at.date())
    hold = None if in_force else finding("partner.not_agreed", partner=partner.name, kind=kind.kind, usage="P")
    parties = Parties(partner=partner, entity=entity, hold=hold)
    yield from _interpret(table, kind, agreement, parties, maps, limits)


def _fitting(stream: BinaryIO, agreed: Sequence[Agreement], limits: Limits) -> tuple[Table, Agreement | None]:
    """The table as the one of these agreements reads it whose column map fits; None where none does."""
    table = read_table(stream, [(each.kind, each.columns) for each in agreed if each.columns is not None], limits)
    fits = table.layout and (table.layout.kind, table.layout.agreed)
    return table, next((each for each in agreed if (each.kind, each.columns) == fits), None)


def _interpret(  # noqa: PLR0913 - the same
    table: Table, kind: Kind, agreement: Agreement, parties: Parties, maps: Maps, limits: Limits
) -> Iterator[Found]:
    envelope = _envelope(table, kind, agreement, parties)
    context = ReadContext(timezone=agreement.timezone, partner=agreement.partner)
    read_with = maps.get(kind.kind, RELEASE)
    tally, counted = GroupTally(), 0
    for rows in documents_in(table, kind, envelope, context, maps, limits):
        found = _set(rows, agreement, parties, read_with.sha256 if read_with else None)
        tally.add(found.verdict)
        counted += 1
        yield found
    group = GroupRead(
        interchange=envelope.interchange,
        group=envelope.group,
        claimed=None,
        counted=counted,
        complete=True,
        findings=(),
    )
    yield _group(group, tally, agreement, parties)
    read = InterchangeRead(
        interchange=envelope.interchange,
        claimed=None,
        counted=1,
        complete=True,
        size=table.size,
        sha256=table.sha256,
        ta1=(),
        findings=table.findings,
    )
    yield InterchangeFound(read=read, verdict=judge_interchange(read), parties=parties, agreement=agreement)


def _set(rows: RowsRead, agreement: Agreement, parties: Parties, map_sha: str | None) -> SetFound:
    verdict = judge_set(rows.read)
    return SetFound(
        read=rows.read,
        verdict=msgspec.structs.replace(verdict, findings=rows.read.findings + rows.odd) if rows.odd else verdict,
        parties=parties,
        agreement=agreement,
        document=rows.document,
        map_sha=map_sha,
    )


def _group(read: GroupRead, tally: GroupTally, agreement: Agreement, parties: Parties) -> GroupFound:
    verdict = tally.close(read, partial_acceptance=agreement.partial_acceptance)
    if verdict.code == "R" and tally.accepted:
        verdict = msgspec.structs.replace(verdict, findings=(finding("file.all_or_nothing"),))
    return GroupFound(read=read, verdict=verdict, parties=parties, agreement=agreement, hold=None)


def _envelope(table: Table, kind: Kind, agreement: Agreement, parties: Parties) -> Envelope:
    """What a table stands in: whose it is and of what kind, and no control numbers."""
    partner = parties.partner
    ids = partner.ids if partner else ()
    interchange = InterchangeHeader(
        ordinal=1,
        offset=0,
        control="",
        sender=ids[0] if ids else PartyId("name", agreement.partner),
        receiver=agreement.our_id,
        date="",
        time="",
        version="",
        usage="P",
        ack_requested=False,
        delimiters=Delimiters(element=table.layout.delimiter if table.layout else "", component="", segment="\n"),
    )
    group = GroupHeader(
        ordinal=1,
        offset=0,
        functional_id=kind.functional_id,
        sender="",
        receiver="",
        date="",
        time="",
        control="",
        agency="",
        version="",
        release=RELEASE,
    )
    return Envelope(interchange=interchange, group=group)
