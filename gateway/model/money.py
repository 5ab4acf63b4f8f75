"""Money without rounding by accident: implied decimals, exact products and sums, and the one rounding there is, to cents."""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation, Overflow

from gateway.model.quantities import is_decimal

# Wide enough for any two X12 numbers (17 digits) and their sum over a million lines. What does not fit raises
# rather than rounds, so that a hostile 1E999 costs nothing and a result is exact or absent.
_EXACT = Context(prec=60, Emax=60, Emin=-60, traps=[Inexact, InvalidOperation, Overflow])
_CENTS = Context(prec=70, rounding=ROUND_HALF_UP)
_CENT = Decimal("0.01")
_INTEGER = re.compile(r"(-?)([0-9]+)").fullmatch

# X12 element 639: how many units one price is for, where it is not one.
PRICE_IS_FOR = {"HP": Decimal(100), "TP": Decimal(1000)}


def with_implied_decimals(text: str, places: int = 2) -> str | None:
    """Put the decimal point where X12 type N2 leaves it out: "36596" is "365.96"; None where `text` is no integer."""
    integer = _INTEGER(text)
    if integer is None:
        return None
    sign, digits = integer.groups()
    digits = digits.lstrip("0").zfill(places + 1)
    return f"{sign if digits.strip('0') else ''}{digits[:-places]}.{digits[-places:]}"


def extended(quantity: str | None, price: str | None, basis: str | None = None) -> Decimal | None:
    """Quantity times price, the price divided by its basis (element 639); exact, or None where it cannot be told."""
    if quantity is None or price is None or not (is_decimal(quantity) and is_decimal(price)):
        return None
    try:
        product = _EXACT.multiply(Decimal(quantity), Decimal(price))
        return _EXACT.divide(product, PRICE_IS_FOR[basis]) if basis in PRICE_IS_FOR else product
    except (Inexact, InvalidOperation, Overflow):
        return None


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The exact sum; None where one of them is, or where the sum has more digits than any money."""
    result = Decimal(0)
    try:
        for amount in amounts:
            if amount is None:
                return None
            result = _EXACT.add(result, amount)
    except (Inexact, InvalidOperation, Overflow):
        return None
    return result


def cents(amount: Decimal) -> Decimal:
    """The amount rounded to cents, halves away from zero, as invoices are."""
    return _CENTS.quantize(amount, _CENT)


def plain(amount: Decimal) -> str:
    """The amount as digits and a point, never with an exponent."""
    return format(amount, "f")
