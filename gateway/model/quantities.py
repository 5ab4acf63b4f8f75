"""Numbers kept exactly as they were sent: a decimal is its own text, checked once, and never a float."""

import re
from typing import Annotated

from msgspec import Meta

_DECIMAL = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]{1,3})?"

ExactDecimal = Annotated[str, Meta(pattern=f"^{_DECIMAL}$", description="A decimal number, exactly as it was sent.")]
"""A decimal as text: what `is_decimal` accepts, and what the JSON Schema says of it."""

_decimal = re.compile(_DECIMAL).fullmatch


def is_decimal(text: str) -> bool:
    """Whether this text is a plain decimal number, such as 10, -9.50, .5, 10. or 1E3."""
    # Nearly all are digits with at most one point among them, which is seen faster than any expression can.
    return (text.isascii() and text.replace(".", "", 1).isdecimal()) or _decimal(text) is not None
