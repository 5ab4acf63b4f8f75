"""The one place where a third party's parser may fail: whatever it raises on hostile bytes becomes a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from gateway.model.outcomes import Refused

BROKEN: Final = (ValueError, TypeError, LookupError, OverflowError, AttributeError, RecursionError)
"""What asn1crypto raises on structures that are not what they claim to be."""


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Within, a structure is taken apart; raises Refused("as2.cms_broken") where it is not one."""
    try:
        yield
    except BROKEN as error:
        raise Refused("as2.cms_broken", why=f"its {what} cannot be read") from error
