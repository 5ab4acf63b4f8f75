"""What lies in a channel and is no drop (a link, a file that cannot be read): a case, told once."""

from __future__ import annotations

from gateway.flow.cases import open_case_for
from gateway.flow.route import Route
from gateway.ledger.views import has_open_case
from gateway.model.finding import Finding


def tell_of_oddity(route: Route, channel: str, name: str, found: Finding) -> None:
    """Open a case about it, unless one is open: after a restart the channel tells it again."""
    subject = f"drop {channel}/{name}"
    with route.ledger.read() as snapshot:
        if has_open_case(snapshot, subject, found.code):
            return
    with route.ledger.write() as tx:
        open_case_for(tx, found, subject)
