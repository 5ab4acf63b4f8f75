"""TryLater in the catalogue's words."""

from gateway.model.catalogue import reasons
from gateway.model.outcomes import TryLater


def later(code: str, **facts: object) -> TryLater:
    """What the catalogue says for `code` about these facts, as a TryLater to raise or to return."""
    return TryLater(reasons()[code].message.format_map(facts))
