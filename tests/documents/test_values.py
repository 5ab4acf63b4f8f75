"""Decimals, money and dates, as they come in X12."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.dates import calendar_date, instant, time_of_day
from gateway.model.money import cents, extended, plain, total, with_implied_decimals
from gateway.model.quantities import is_decimal


@pytest.mark.parametrize("text", ["10", "-9.50", ".5", "10.", "+1", "0", "1E3", "1.5E-2", "007"])
def test_decimals_are_recognised(text: str) -> None:
    assert is_decimal(text)
    assert Decimal(text).is_finite()


@pytest.mark.parametrize(
    "text", ["", ".", "-", "five", "1,5", "1_000", " 1", "1 ", "NaN", "inf", "1E9999", "²", "٣", "0x1"]
)
def test_what_is_no_decimal_is_not(text: str) -> None:
    assert not is_decimal(text)


@given(st.text())
def test_what_is_taken_for_a_decimal_is_one(text: str) -> None:
    assert not is_decimal(text) or Decimal(text).is_finite()


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_implied_decimals_divide_by_a_hundred_exactly(sent: int) -> None:
    amount = with_implied_decimals(str(sent))
    assert amount is not None
    assert Decimal(amount) * 100 == sent


@pytest.mark.parametrize("text", ["", "365.96", "abc", "-", "1E3", " 5", "5-"])
def test_only_whole_numbers_have_implied_decimals(text: str) -> None:
    assert with_implied_decimals(text) is None


def test_a_product_is_exact_to_the_last_digit() -> None:
    product = extended("999999999999999", "99999999999.999999")
    assert product is not None
    assert plain(product).replace(".", "") == str(999_999_999_999_999 * 99_999_999_999_999_999)


@pytest.mark.parametrize(
    ("quantity", "price", "basis", "worth"),
    [("600", "14.75", "HP", "88.50"), ("600", "14.75", "TP", "8.85"), ("2", "3", "PE", "6"), ("2", "3", None, "6")],
)
def test_a_price_is_for_its_basis(quantity: str, price: str, basis: str | None, worth: str) -> None:
    assert extended(quantity, price, basis) == Decimal(worth)


@pytest.mark.parametrize(("quantity", "price"), [(None, "1"), ("1", None), ("x", "1"), ("1E99", "1E99")])
def test_what_cannot_be_told_exactly_is_not_told(quantity: str | None, price: str | None) -> None:
    assert extended(quantity, price) is None


def test_a_sum_with_a_hole_is_no_sum() -> None:
    assert total([Decimal(1), None]) is None
    assert total([Decimal("1E50"), Decimal("1E-50")]) is None
    assert total([]) == 0


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.005", "0.01"), ("-0.005", "-0.01"), ("1.004", "1.00"), ("2", "2.00")]
)
def test_halves_of_a_cent_round_away_from_zero(amount: str, rounded: str) -> None:
    assert str(cents(Decimal(amount))) == rounded


@pytest.mark.parametrize("text", ["20261132", "20260229", "2026-W01", "261122", "", "2026112 ", "²0261122", "00000101"])
def test_a_day_that_is_none_is_none(text: str) -> None:
    assert calendar_date(text) is None


def test_a_leap_day_is_a_day() -> None:
    assert calendar_date("20280229") == date(2028, 2, 29)


@pytest.mark.parametrize("text", ["2460", "24", "0", "09000", "noon", "-100", "²²²²"])
def test_a_time_that_is_none_is_none(text: str) -> None:
    assert time_of_day(text) is None


@pytest.mark.parametrize(
    ("clock", "code", "hour", "minute"),
    [
        ("0645", "", 12, 45),
        ("0645", "LT", 12, 45),
        ("0645", "UT", 6, 45),
        ("0645", "ES", 11, 45),
        ("0645", "ED", 10, 45),
        ("0645", "ET", 11, 45),
        ("0645", "NS", 10, 15),
        ("0645", "02", 4, 45),
        ("0645", "23", 8, 45),
        ("06450000", "24", 7, 45),
    ],
)
def test_a_time_is_in_the_zone_it_names_or_else_in_the_partners(clock: str, code: str, hour: int, minute: int) -> None:
    moment = instant(date(2026, 11, 25), clock, code, "America/Chicago")
    assert moment == datetime(2026, 11, 25, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(("clock", "code", "zone"), [("0645", "Q9", "UTC"), ("0645", "", "No/Where"), ("x", "", "UTC")])
def test_a_moment_that_cannot_be_told_is_none(clock: str, code: str, zone: str) -> None:
    assert instant(date(2026, 11, 25), clock, code, zone) is None


def test_a_fraction_of_a_second_is_kept() -> None:
    moment = instant(date(2026, 11, 25), "06450112", "", "UTC")
    assert moment == datetime(2026, 11, 25, 6, 45, 1, 120_000, tzinfo=UTC)
