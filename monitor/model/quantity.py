"""Numbers as people write them (`1%`, `2.5T`, `$0.44`, `7d`) and as messages show them.

Decimal arithmetic all the way to the float: "1%" is exactly the float 0.01.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal

from monitor.model.bar import DAY, HOUR
from monitor.model.metric import Unit

UNKNOWN = "unknown"
"""What every format says of a value that is no finite number."""

_EXPONENTS = {"": 0, "k": 3, "K": 3, "M": 6, "B": 9, "T": 12}
_SUFFIXES = {0: "", 1: "k", 2: "M", 3: "B", 4: "T"}
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<dollar>\$?)(?P<digits>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*(?P<unit>%|points?|[kKMBT]?)"
)
_SPAN = re.compile(r"([0-9]{1,9})\s*([mhdw])")
_BARS = re.compile(r"([0-9]{1,9})(?:\s+of\s+([0-9]{1,9}))?\s*bars?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SECONDS = {"m": 60, "h": HOUR, "d": DAY, "w": 7 * DAY}
_LONGEST = 36_525 * DAY  # a hundred years: epoch seconds minus this still fit every column
_LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z
_TINY = 1e-9  # below this a number is written as a power of ten


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the unit it was written in: "", "%", "points" (both as ratios: 1% is 0.01) or "$"."""

    value: float
    unit: str = ""

    @property
    def is_ratio(self) -> bool:
        """Whether it was written as a part of a hundred."""
        return self.unit in ("%", "points")


@dataclass(frozen=True, slots=True)
class Hold:
    """How long something must hold: a count of bars (`of` the last so many) or a span in seconds; the other is None."""

    bars: int | None = None
    seconds: int | None = None
    of: int | None = None


def quantity(text: object) -> Quantity:
    """The number a person wrote, as text or as a plain number; raises ValueError with what was got and expected."""
    if isinstance(text, str):
        return _parsed(text)
    if isinstance(text, bool) or not isinstance(text, int | float) or not _fits(text):
        raise ValueError(_refusal(text))
    return Quantity(float(text))


def number(text: object) -> float:
    """The value alone: "1%" → 0.01, "2 points" → 0.02, "2.5T" → 2.5e12; raises ValueError as `quantity`."""
    return quantity(text).value


def span(text: object) -> int:
    """Seconds of "90m", "24h", "7d" or "2w"; above zero, at most a hundred years; raises ValueError."""
    match = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    length = int(match[1]) * _SECONDS[match[2]] if match else 0
    if not 0 < length <= _LONGEST:
        raise ValueError(f"got {_shown(text)}, expected a span such as 90m, 24h, 7d or 2w")
    return length


def hold(text: object) -> Hold:
    """A count of bars ("1 bar", "2 of 3 bars") or a span ("3d"); raises ValueError."""
    match = _BARS.fullmatch(text.strip()) if isinstance(text, str) else None
    if match and int(match[1]) > 0:
        return Hold(bars=int(match[1]), of=int(match[2]) if match[2] else None)
    try:
        return Hold(seconds=span(text))
    except ValueError:
        raise ValueError(f"got {_shown(text)}, expected bars or a span, such as 2 bars or 3d") from None


def day(text: object) -> int:
    """Epoch seconds at which a UTC day such as "2027-03-31" begins; raises ValueError."""
    try:
        if isinstance(text, str) and _DAY.fullmatch(text.strip()):
            return int(datetime.fromisoformat(text.strip()).replace(tzinfo=UTC).timestamp())
    except ValueError:
        pass
    raise ValueError(f"got {_shown(text)}, expected a day such as 2027-03-31")


def written(value: float, unit: Unit) -> str:
    """A value in the way its unit is read."""
    match unit:
        case Unit.TOKENS:
            return tokens(value)
        case Unit.RATIO:
            return percent(value)
        case Unit.USD:
            return usd(value)
        case Unit.SECONDS:
            return duration(value)
        case Unit.DATE | Unit.TEXT:
            return date(value) if unit is Unit.DATE else UNKNOWN  # a text is written by whoever has the texts
        case Unit.COUNT | Unit.NUMBER:
            return plain(value)


def tokens(value: float) -> str:
    """Four significant digits, trailing zeros dropped: "4.119T", "3T", "350B"; whole digits are never rounded away."""
    if not math.isfinite(value):
        return UNKNOWN
    exact = _decimal(value)
    rounded = Context(prec=4, rounding=ROUND_HALF_UP).plus(exact)
    thousands = min(max(rounded.adjusted() // 3, 0), 4) if rounded else 0
    return _digits(exact.scaleb(-3 * thousands), 4) + _SUFFIXES[thousands]


def usd(value: float) -> str:
    """Up to six significant digits, cents in full: "$0.435", "$1.70", "$3"; zero is "free"."""
    if not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "free"
    whole, point, cents = _digits(_decimal(abs(value)), 6).partition(".")
    padded = cents if "e" in cents or not point else cents.ljust(2, "0")
    return f"{'-' if value < 0 else ''}${whole}{point}{padded}"


def percent(value: float) -> str:
    """A ratio in per cent, three significant digits, trailing zeros dropped: 0.0098 → "0.98%", -0.75 → "-75%"."""
    return f"{_digits(_decimal(value).scaleb(2), 3)}%" if math.isfinite(value) else UNKNOWN


def points(value: float) -> str:
    """A difference of ratios in percentage points, with its sign: 0.021 → "+2.1 points"."""
    if not math.isfinite(value):
        return UNKNOWN
    digits = _digits(_decimal(value).scaleb(2), 3)
    return f"{'+' if value > 0 else ''}{digits} {'point' if digits in ('1', '-1') else 'points'}"


def plain(value: float) -> str:
    """A bare number, four significant digits, thousands apart: "13.79", "1,234,567"."""
    return _digits(_decimal(value), 4, group=",") if math.isfinite(value) else UNKNOWN


def date(epoch: float) -> str:
    """The UTC day of epoch seconds: "2026-02-15"."""
    return moment(epoch)[:10] if _in_calendar(epoch) else UNKNOWN


def moment(epoch: float) -> str:
    """The UTC minute of epoch seconds: "2026-02-16 00:20 UTC"."""
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d %H:%M} UTC" if _in_calendar(epoch) else UNKNOWN


def duration(seconds: float) -> str:
    """A length of time in its largest whole unit: "3 days", "5 hours", "1 minute", "12 seconds"."""
    if not math.isfinite(seconds):
        return UNKNOWN
    for name, length in (("day", DAY), ("hour", HOUR), ("minute", 60)):
        if abs(seconds) >= length:
            return _counted(int(abs(seconds) // length), name)
    return _counted(int(abs(seconds)), "second")


def ago(epoch: float, at: float) -> str:
    """How long before `at` (epoch seconds) an instant was: "3 days ago", "just now", "in 2 hours"."""
    if not (math.isfinite(epoch) and math.isfinite(at)):
        return UNKNOWN
    if abs(at - epoch) < 1:
        return "just now"
    return f"{duration(at - epoch)} ago" if at > epoch else f"in {duration(epoch - at)}"


def _parsed(text: str) -> Quantity:
    match = _NUMBER.fullmatch(text.strip())
    if match is None or (match["dollar"] and match["unit"] not in _EXPONENTS):
        raise ValueError(_refusal(text))
    written_in = "points" if match["unit"] == "point" else match["unit"]
    exact = Decimal(match["sign"] + match["digits"]).scaleb(_EXPONENTS.get(written_in, -2))
    if not _fits(exact):
        raise ValueError(_refusal(text))
    return Quantity(float(exact), "$" if match["dollar"] else "" if written_in in _EXPONENTS else written_in)


def _fits(value: float | Decimal) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _refusal(text: object) -> str:
    return f"got {_shown(text)}, expected a number such as 12, 1%, 2 points, 350B, 2.5T or $0.44"


def _shown(got: object) -> str:
    return repr(got)[:60]


def _decimal(value: float) -> Decimal:
    """The shortest decimal that reads back as this float."""
    return Decimal(repr(float(value)))


def _digits(exact: Decimal, significant: int, *, group: str = "") -> str:
    """Rounded half up to so many significant digits, whole digits always kept, trailing zeros dropped."""
    if exact and abs(exact) < _TINY:
        return f"{float(exact):.{significant}g}"
    places = max(0, significant - 1 - exact.adjusted()) if exact else 0
    wide = Context(prec=400, rounding=ROUND_HALF_UP)  # the largest float has 309 digits
    rounded = exact.quantize(Decimal(1).scaleb(-places), context=wide)
    digits = f"{rounded:{group}f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "0" if digits == "-0" else digits


def _in_calendar(epoch: float) -> bool:
    return 0 <= epoch <= _LAST_SECOND


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
