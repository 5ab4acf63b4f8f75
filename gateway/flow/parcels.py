"""From a debt to the parcel that pays it: what an outlet must know to put it where its partner looks."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from gateway.flow.answer_file import Ending
from gateway.flow.letters import FOR_PEOPLE
from gateway.flow.route import Route
from gateway.ledger import tables
from gateway.ledger.claim import DeliveryWork
from gateway.ports import Parcel, RefusedFile

_D, _T = tables.delivery, tables.transmission


def parcels_of(route: Route, channel: str, works: Sequence[DeliveryWork]) -> list[Parcel]:
    """A parcel for each; answers in words to a refused file name it, on channels that show it beside them."""
    settings = route.profiles().channel(channel)
    refused = _refused(route, works) if settings and settings.sftp else {}
    return [
        Parcel(
            delivery=work.id,
            name=work.name or f"{work.id}",
            content=work.content or b"",
            acknowledgment=work.acknowledgment_kind,
            refused=refused.get(work.transmission_id) if work.acknowledgment_kind in FOR_PEOPLE else None,
        )
        for work in works
    ]


def _refused(route: Route, works: Sequence[DeliveryWork]) -> dict[int | None, RefusedFile]:
    """The files, among those that these answer, of which the text says that something was refused."""
    files = {work.transmission_id for work in works if work.acknowledgment_kind in FOR_PEOPLE}
    if not files:
        return {}
    query = select(_T.c.id, _T.c.name, _T.c.sha256).join(_D, _D.c.transmission_id == _T.c.id)
    query = query.where(_T.c.id.in_(files), _D.c.name.endswith(f".{Ending.REJECTED}.txt", autoescape=True))
    with route.ledger.read() as snapshot:
        return {row.id: RefusedFile(name=row.name, sha256=row.sha256) for row in snapshot.execute(query)}
