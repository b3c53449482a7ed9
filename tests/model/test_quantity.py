"""Numbers as people write them, and as messages show them."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import quantity as q
from monitor.model.metric import Unit
from monitor.model.quantity import Hold, Quantity

WRITTEN = [
    ("1%", 0.01, "%"),
    ("1.2%", 0.012, "%"),
    ("20 %", 0.2, "%"),
    ("-5%", -0.05, "%"),
    ("2 points", 0.02, "points"),
    ("1 point", 0.01, "points"),
    ("2.5T", 2.5e12, ""),
    ("350B", 3.5e11, ""),
    ("12M", 1.2e7, ""),
    ("3k", 3e3, ""),
    ("3K", 3e3, ""),
    ("$0.44", 0.44, "$"),
    ("$2.5M", 2.5e6, "$"),
    ("-$1", -1.0, "$"),
    ("12", 12.0, ""),
    (".5", 0.5, ""),
    ("+1", 1.0, ""),
    (" 7 ", 7.0, ""),
    (3, 3.0, ""),
    (0.1, 0.1, ""),
]

REFUSED = [
    "",
    " ",
    "one",
    "1e6",
    "nan",
    "inf",
    "1,000",
    "1_000",
    "1.",
    "1..2",
    "--1",
    "1%%",
    "1 %T",
    "$1%",
    "$1 points",
    "1m",
    "1b",
    "1t",
    "1 pointy",
    "٣",
    "7d",
    "9" * 400 + "T",
    10**400,
    math.nan,
    math.inf,
    True,
    None,
    [1],
]


@pytest.mark.parametrize(("text", "value", "unit"), WRITTEN)
def test_a_written_number_is_read(text: object, value: float, unit: str) -> None:
    """Value and unit are exactly the decimal that was written."""
    assert q.quantity(text) == Quantity(value, unit)
    assert q.number(text) == value
    assert q.quantity(text).is_ratio is (unit in ("%", "points"))


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text)[:20])
def test_anything_else_is_refused_with_what_was_got_and_expected(text: object) -> None:
    """No unreadable number becomes 0, and the message is short however long the input was."""
    with pytest.raises(ValueError, match=r"^got .*, expected a number such as") as refused:
        q.number(text)
    assert len(str(refused.value)) < 160


@given(st.integers(0, 10**9), st.integers(0, 6), st.sampled_from(["", "k", "M", "B", "T", "%"]))
def test_reading_is_decimal_arithmetic(digits: int, places: int, unit: str) -> None:
    """The float is the one nearest to the decimal, never the product of two roundings."""
    exact = Decimal(digits).scaleb(-places)
    exponent = {"": 0, "k": 3, "M": 6, "B": 9, "T": 12, "%": -2}[unit]
    assert q.number(f"{exact:f}{unit}") == float(exact.scaleb(exponent))


@pytest.mark.parametrize(
    ("text", "seconds"), [("90m", 5400), ("24h", 86400), ("7d", 604800), ("2w", 1209600), (" 1 h ", 3600)]
)
def test_a_span_is_read_in_seconds(text: str, seconds: int) -> None:
    """Minutes, hours, days and weeks."""
    assert q.span(text) == seconds


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "-1d", "1.5h", "1y", "1 month", "7days", "999999999w", 7, None])
def test_anything_else_is_no_span(text: object) -> None:
    """Neither zero nor a span longer than a hundred years is taken."""
    with pytest.raises(ValueError, match=r"^got .*, expected a span such as 90m, 24h, 7d or 2w"):
        q.span(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("2 bars", Hold(bars=2)), ("1 bar", Hold(bars=1)), ("3d", Hold(seconds=259200))]
)
def test_a_hold_counts_bars_or_time(text: str, expected: Hold) -> None:
    """`for: 2 bars` and `for: 3d`."""
    assert q.hold(text) == expected


@pytest.mark.parametrize("text", ["0 bars", "2", "bars", "2 of bars", "of 3 bars", "2 of 3", "", 2])
def test_anything_else_is_no_hold(text: object) -> None:
    """The message names both ways of writing it."""
    with pytest.raises(ValueError, match=r"^got .*, expected bars or a span, such as 2 bars or 3d"):
        q.hold(text)


TOKENS = [
    (3.1e12, "3.1T"),
    (3.0e12, "3T"),
    (4.119e12, "4.119T"),
    (2.933e12, "2.933T"),
    (3_123_456_789_012, "3.123T"),
    (350e9, "350B"),
    (52.1e9, "52.1B"),
    (999.96e9, "1T"),
    (999.94e9, "999.9B"),
    (1e15, "1000T"),
    (12_345.6e12, "12346T"),
    (1_500, "1.5k"),
    (999.96, "1k"),
    (12, "12"),
    (0.5, "0.5"),
    (0, "0"),
    (-0.0, "0"),
    (-1.5e9, "-1.5B"),
    (math.nan, "unknown"),
    (math.inf, "unknown"),
]


@pytest.mark.parametrize(("value", "expected"), TOKENS)
def test_tokens_have_four_digits_and_a_suffix(value: float, expected: str) -> None:
    """Trailing zeros go, a carry moves on to the next suffix."""
    assert q.tokens(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.435, "$0.435"),
        (1.74, "$1.74"),
        (3.48, "$3.48"),
        (0.87, "$0.87"),
        (1.7, "$1.70"),
        (3, "$3"),
        (0.0028, "$0.0028"),
        (1.0000000000000002, "$1"),
        (0.43500000000000005, "$0.435"),
        (1234.5678, "$1234.57"),
        (1e-12, "$1e-12"),
        (0, "free"),
        (-0.5, "-$0.50"),
        (math.nan, "unknown"),
    ],
)
def test_prices_read_as_prices(value: float, expected: str) -> None:
    """Cents in full, no float dust, nothing is free but zero."""
    assert q.usd(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0098, "0.98%"),
        (-0.75, "-75%"),
        ((0.435 - 1.74) / 1.74, "-75%"),
        (0.12345, "12.3%"),
        (0.1005, "10.1%"),
        (12.345, "1235%"),
        (1.0, "100%"),
        (0, "0%"),
        (math.nan, "unknown"),
    ],
)
def test_ratios_read_in_per_cent(value: float, expected: str) -> None:
    """Three significant digits, half up as people round, an ASCII minus."""
    assert q.percent(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.021, "+2.1 points"),
        (-0.021, "-2.1 points"),
        (0.01, "+1 point"),
        (0, "0 points"),
        (math.nan, "unknown"),
    ],
)
def test_differences_of_shares_read_in_points(value: float, expected: str) -> None:
    """With their sign."""
    assert q.points(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(13.794, "13.79"), (1_234_567, "1,234,567"), (0.00012345, "0.0001235"), (2, "2"), (math.nan, "unknown")],
)
def test_bare_numbers_are_plain(value: float, expected: str) -> None:
    """Thousands apart, whole digits always kept."""
    assert q.plain(value) == expected


@pytest.mark.parametrize(
    ("epoch", "expected"),
    [
        (1771113600, "2026-02-15"),
        (1771199999.5, "2026-02-15"),
        (0, "1970-01-01"),
        (math.nan, "unknown"),
        (-1, "unknown"),
        (1e300, "unknown"),
    ],
)
def test_dates_are_utc_days(epoch: float, expected: str) -> None:
    """What is no instant is unknown."""
    assert q.date(epoch) == expected


@pytest.mark.parametrize(
    ("epoch", "expected"),
    [
        (1_000_000, "just now"),
        (1_000_000 - 12, "12 seconds ago"),
        (1_000_000 - 61, "1 minute ago"),
        (1_000_000 - 2 * 3600, "2 hours ago"),
        (1_000_000 - 3 * 86400, "3 days ago"),
        (1_000_000 + 86400, "in 1 day"),
        (math.nan, "unknown"),
    ],
)
def test_ago_counts_in_the_largest_whole_unit(epoch: float, expected: str) -> None:
    """From the instant of judging, not from the clock."""
    assert q.ago(epoch, 1_000_000) == expected


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (Unit.TOKENS, "7.2k"),
        (Unit.RATIO, "720000%"),
        (Unit.USD, "$7200"),
        (Unit.SECONDS, "2 hours"),
        (Unit.COUNT, "7,200"),
        (Unit.NUMBER, "7,200"),
        (Unit.DATE, "1970-01-01"),
        (Unit.TEXT, "unknown"),
    ],
)
def test_every_unit_has_its_way_of_being_written(unit: Unit, expected: str) -> None:
    """A message that names no filter reads in the rule's unit."""
    assert q.written(7200.0, unit) == expected


AMOUNTS = sorted(set(Unit) - {Unit.DATE, Unit.TEXT})
"""Units in which every number means something."""


@given(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(AMOUNTS))
def test_every_float_can_be_written(value: float, unit: Unit) -> None:
    """No number of any source can break a message; what is no number is unknown, and only that."""
    assert (q.written(value, unit) == q.UNKNOWN) is not math.isfinite(value)


@given(st.floats(1, 1e15))
def test_written_tokens_read_back_within_half_a_digit(value: float) -> None:
    """Four digits: the error is at most 1 in 2,000."""
    assert q.number(q.tokens(value)) == pytest.approx(value, rel=0.0005)


@given(st.integers(1, 10**9), st.integers(0, 5))
def test_written_prices_of_six_digits_read_back_exactly(digits: int, places: int) -> None:
    """Nothing of a price as sources give it is lost."""
    exact = Decimal(digits % 10**6 or 1).scaleb(-places)
    assert q.number(q.usd(float(exact))) == float(exact)
