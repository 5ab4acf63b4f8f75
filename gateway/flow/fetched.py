"""Fetched: a partner has downloaded all of what we put out for it, which the trail keeps."""

from __future__ import annotations

from sqlalchemy import select

from gateway.flow.route import Route
from gateway.ledger import tables
from gateway.ledger.states import Delivering

_D, _E = tables.delivery, tables.event
_FETCHED = "delivery.fetched"


def tell_of_fetched(route: Route, channel: str, name: str) -> None:
    """Write down, once, that the delivery which lies there under this name ("out/850-7.edi") was fetched.

    What is no delivery (the copy of a refused file beside its answer) leaves no trace.
    """
    paid = (_D.c.target == f"channel:{channel}", _D.c.reference == name, _D.c.state == Delivering.DONE)
    latest = select(_D.c.id).where(*paid).order_by(_D.c.id.desc()).limit(1)
    with route.ledger.write() as tx:
        number = tx.execute(latest).scalar_one_or_none()
        if number is None:
            return
        about = f"delivery {number}"
        if tx.execute(select(_E.c.id).where(_E.c.about == about, _E.c.what == _FETCHED).limit(1)).first() is None:
            tx.event(f"partner on {channel}", _FETCHED, about, channel=channel, name=name)
