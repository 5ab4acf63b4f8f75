"""Whether an invoice adds up: lines - allowances + charges + tax, against the total the partner states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, localcontext

import msgspec

from gateway.documents.common import Document, Line
from gateway.documents.terms import AllowanceCharge, Tax
from gateway.model.money import PRICE_IS_FOR, cents, plain, total

_TAX_CODE = "H850"  # X12 element 1300: tax sent as a charge
_ADDED = (None, "A")  # X12 element 662: a tax that is included already or for information adds nothing
_HALF_A_CENT = Decimal("0.005")
_NOTHING = Decimal(0)
_WIDE = 100  # digits: sums of sums that money.total let pass stay exact
# What does not fit raises rather than rounds.
_EXACT = Context(prec=_WIDE, Emax=60, Emin=-60, traps=[Inexact, InvalidOperation, Overflow])


class Extras(msgspec.Struct, frozen=True, kw_only=True):
    """What comes on top of the lines, or off them."""

    allowances: Decimal
    charges: Decimal
    tax: Decimal


_NO_EXTRAS = Extras(allowances=_NOTHING, charges=_NOTHING, tax=_NOTHING)


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """One way to read an invoice's arithmetic."""

    lines: Decimal
    extras: Extras
    total: Decimal

    def __str__(self) -> str:
        """Show the arithmetic, as one would write it in the margin."""
        less = f" - allowances {_shown(self.extras.allowances)}" if self.extras.allowances else ""
        more = f" + charges {_shown(self.extras.charges)} + tax {_shown(self.extras.tax)}"
        return f"lines {_shown(self.lines)}{less}{more} = {_shown(self.total)}"


def mismatch(invoice: Document, *, credit: bool) -> Sum | None:
    """The sum that the stated total is off from by more than half a cent a line; None where all is well.

    Each line is rounded to cents. Some partners repeat the charges and taxes of their lines at the end of the invoice,
    others do not: an invoice adds up where either reading does. A credit may state its total with either sign.
    None too where an amount is missing or unreadable: that is told elsewhere, and nothing is guessed here.
    """
    if invoice.totals.payable is None:
        return None
    stated = Decimal(invoice.totals.payable)

    def off(reading: Sum) -> Decimal:
        return abs(abs(reading.total) - abs(stated)) if credit else abs(reading.total - stated)

    try:
        with localcontext(_EXACT):
            readings = _readings(invoice)
    except (Inexact, InvalidOperation, Overflow):  # more digits than any money
        return None
    with localcontext(prec=_WIDE):
        tolerance = _HALF_A_CENT * max(len(invoice.lines), 1)
        return None if any(off(reading) <= tolerance for reading in readings) else next(iter(readings), None)


def _readings(invoice: Document) -> list[Sum]:
    """What the end says alone, where it says anything; then lines and end together."""
    worths = [_worth(line) for line in invoice.lines]
    more = [line for line in invoice.lines if line.allowance_charges or line.taxes]
    inside = _extras(
        [each for line in more for each in line.allowance_charges], [each for line in more for each in line.taxes]
    )
    closing = _extras(invoice.allowance_charges, invoice.taxes)
    if inside is None or closing is None or any(worth is None for worth in worths):
        return []
    lines = sum(filter(None, worths), _NOTHING)
    charged = [closing] * _any(closing) + [_both(inside, closing)]
    taxed = [closing.tax] * bool(closing.tax) + [inside.tax + closing.tax]
    return [_sum_of(lines, extras, tax) for extras in charged for tax in taxed]


def _sum_of(lines: Decimal, extras: Extras, tax: Decimal) -> Sum:
    whole = lines - extras.allowances + extras.charges + tax
    return Sum(lines=lines, extras=msgspec.structs.replace(extras, tax=tax), total=whole)


def _worth(line: Line) -> Decimal | None:
    quantity, price, basis = line.quantity.value, line.unit_price, line.price_basis
    if quantity is None or price is None:
        is_text = quantity is price and line.raw is None
        return _NOTHING if is_text else None
    amount = Decimal(quantity) * Decimal(price)
    return cents(amount / PRICE_IS_FOR[basis] if basis in PRICE_IS_FOR else amount)


def _extras(sent: Sequence[AllowanceCharge], taxes: Sequence[Tax]) -> Extras | None:
    """What these add: allowances (A) and charges (C), other indicators add nothing; tax counts in one form only."""
    if not sent and not taxes:
        return _NO_EXTRAS
    allowances = _sum(each for each in sent if each.indicator == "A")
    charges = _sum(each for each in sent if each.indicator == "C" and each.code != _TAX_CODE)
    charged = _sum(each for each in sent if each.indicator == "C" and each.code == _TAX_CODE)
    everywhere = (*taxes, *(tax for each in sent for tax in each.taxes))
    tax = _sum(tax for tax in everywhere if tax.relationship in _ADDED)
    if allowances is None or charges is None or tax is None or charged is None:
        return None
    return Extras(allowances=allowances, charges=charges, tax=tax or charged)


def _sum(nodes: Iterable[AllowanceCharge | Tax]) -> Decimal | None:
    return total(_amount(node) for node in nodes)


def _amount(node: AllowanceCharge | Tax) -> Decimal | None:
    """What was sent; nothing where nothing was, None where it cannot be read."""
    if node.amount is None:
        return None if node.raw and "amount" in node.raw else _NOTHING
    return Decimal(node.amount)


def _both(one: Extras, other: Extras) -> Extras:
    return Extras(
        allowances=one.allowances + other.allowances,
        charges=one.charges + other.charges,
        tax=one.tax + other.tax,
    )


def _any(extras: Extras) -> bool:
    return bool(extras.allowances or extras.charges)


def _shown(amount: Decimal) -> str:
    return plain(cents(amount) if cents(amount) == amount else amount)
