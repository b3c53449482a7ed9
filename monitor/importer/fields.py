"""What the text of one field may say; every refusal is a ValueError that tells what was got and what was expected."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal

import numpy as np
from numpy.typing import NDArray

from monitor.model.bar import DAY, Bar, seconds

PERIODS = {"day": Bar.DAY, "week": Bar.WEEK}
VARIES = Decimal(-1_000_000)
"""-1 per token, in USD per million: how OpenRouter says that a price depends on the request."""

_EPOCH = date(1970, 1, 1)
_YEARS = range(1970, 2200)  # outside of it a typing error is likelier than a record
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", re.ASCII)
_PRICE = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_LARGEST_COUNT = 2**53  # whole numbers up to it are exact as float64
_TWELVE_DIGITS = Context(prec=12, rounding=ROUND_HALF_EVEN)
_SHOWN = 60


def shown(text: str) -> str:
    """A field for a message: quoted, cut where it is long."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def one_of(expected: Sequence[str]) -> Callable[[str], str]:
    """A field that holds one of a few words."""
    words = " or ".join(filter(None, (", ".join(expected[:-1]), expected[-1])))

    def parse(text: str) -> str:
        if text not in expected:
            raise ValueError(f"{shown(text)} is unknown; expected {words}")
        return text

    return parse


period = one_of(tuple(PERIODS))


def name(text: str) -> str:
    """A model, a source, a key: printable, without blanks around it."""
    if not text:
        raise ValueError("is empty")
    if text != text.strip() or not text.isprintable():
        raise ValueError(f"{shown(text)} has blanks around it or characters that can not be shown")
    return text


def day(text: str) -> int:
    """Epoch seconds of 00:00 UTC of a date."""
    if not _DAY.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a date; expected YYYY-MM-DD")
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{shown(text)} is not a date: {error}") from None
    _check_year(found.year)
    return (found - _EPOCH).days * DAY


def instant(text: str) -> int:
    """Epoch seconds of a time with its offset."""
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a time; expected YYYY-MM-DDTHH:MM:SSZ")
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{shown(text)} is not a time: {error}") from None
    _check_year(found.year)
    return seconds(found)


def tokens(text: str) -> float:
    """A count of tokens."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{shown(text)} is not a whole number of tokens, 0 or more")
    # By length first: int() of thousands of digits is slow, and refused by Python with words of its own.
    if len(text.lstrip("0")) > len(str(_LARGEST_COUNT)) or int(text) > _LARGEST_COUNT:
        raise ValueError(f"{shown(text)} is larger than {_LARGEST_COUNT}, the largest count that is kept exactly")
    return float(text)


def tokens_column(texts: Sequence[str]) -> NDArray[np.float64]:
    """(N,) of N texts; the bulk form of `tokens`, which words the refusals."""
    digits = "".join(texts)
    if not (all(texts) and digits.isascii() and digits.isdigit()):
        raise ValueError("a count of tokens is not a whole number")
    try:
        counts = np.fromiter(map(int, texts), np.int64, len(texts))
    except OverflowError:
        raise ValueError("a count of tokens is too large") from None
    if counts.max(initial=0) > _LARGEST_COUNT:
        raise ValueError("a count of tokens is too large")
    return counts.astype(np.float64)


def price(text: str) -> float:
    """USD per million tokens, NaN = no price: an empty field, or VARIES.

    Sources publish binary floats per token; 12 significant digits take the dust off (0.6000000000000001 is 0.6).
    """
    if text == "":
        return math.nan
    if not _PRICE.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a price; expected a decimal number or nothing")
    exact = Decimal(text)
    if exact == VARIES:
        return math.nan
    if exact < 0:
        raise ValueError(f"{shown(text)} is negative; expected 0 or more, nothing, or {VARIES} for a price that varies")
    value = float(_TWELVE_DIGITS.plus(exact))
    if math.isinf(value):
        raise ValueError(f"{shown(text)} is too large for a price")
    return abs(value)  # -0 is 0


def _check_year(year: int) -> None:
    if year not in _YEARS:
        raise ValueError(f"the year {year} is not between {_YEARS[0]} and {_YEARS[-1]}")
