"""`0.5%..3%/0.25%`, `1..6 bars`, `7d,28d`: the values that a sweep goes through, as they would be written in a rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

LIMIT = 200
"""Values of one sweep at most."""

_AMOUNT = re.compile(
    r"(?P<sign>[+-]?)(?P<dollar>\$?)(?P<digits>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*(?P<unit>%|points?|bars?|[kKMBTmhdw]?)"
)
_KINDS = {
    "number": {"": 0, "k": 3, "K": 3, "M": 6, "B": 9, "T": 12},
    "per cent": {"%": 0},
    "points": {"point": 0, "points": 0},
    "bars": {"bar": 0, "bars": 0},
}
_SPANS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
_EXAMPLE = "such as 0.5%..3%/0.25%, 1..6 bars, 1T..3T/500B, 7d..28d/7d, or values with commas between"


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number as written, with the size of its unit; `unit` empty = none was written."""

    number: Decimal
    dollar: str
    unit: str

    @property
    def kind(self) -> str:
        """What may be added to it."""
        if self.unit in _SPANS:
            return "span"
        return next(kind for kind, units in _KINDS.items() if self.unit in units)

    @property
    def size(self) -> Decimal:
        """How much one of its unit is."""
        if self.unit in _SPANS:
            return Decimal(_SPANS[self.unit])
        return Decimal(1).scaleb(_KINDS[self.kind][self.unit])


def steps(text: str) -> tuple[str, ...]:
    """Every value of a range START..END/STEP, both ends included, or of a list; raises ValueError.

    A unit may be written once; the step is 1 where none is written and the ends are whole numbers.
    """
    if ".." not in text:
        values = tuple(each.strip() for each in text.split(","))
        if not all(values):
            raise ValueError(f"got '{text[:60]}', expected values, {_EXAMPLE}")
        _check(len(values))
        return values
    ends, _, step = text.partition("/")
    first, _, last = ends.partition("..")
    written = [_amount(each) for each in (first, last, *((step,) if step else ()))]
    start, end, width = _alike(written, text)
    return tuple(_range(start, end, width, text))


def _amount(text: str) -> _Amount:
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"got '{text.strip()[:60]}', expected a number with or without a unit, {_EXAMPLE}")
    return _Amount(Decimal(match["sign"] + match["digits"]), match["dollar"], match["unit"])


def _alike(written: list[_Amount], text: str) -> tuple[_Amount, _Amount, _Amount]:
    """Start, end and step in one unit: the smallest of those written."""
    named = [each for each in written if each.unit]
    smallest = min(named, key=lambda each: each.size) if named else written[0]
    dollar = "$" if any(each.dollar for each in written) else ""
    if any(each.kind != smallest.kind for each in named) or (dollar and smallest.kind != "number"):
        raise ValueError(f"got '{text[:60]}', expected one kind of unit in it")
    bare = named[-1].size if named else Decimal(1)  # a number without a unit has that of the number beside it
    amounts = [
        _Amount(each.number * (each.size if each.unit else bare) / smallest.size, dollar, smallest.unit)
        for each in written
    ]
    if len(amounts) == 2:  # noqa: PLR2004 - no step
        if any(each.number % 1 for each in amounts):
            raise ValueError(f"got '{text[:60]}', expected a step, such as {text[:60]}/0.25")
        amounts.append(_Amount(Decimal(1), dollar, smallest.unit))
    return amounts[0], amounts[1], amounts[2]


def _range(start: _Amount, end: _Amount, step: _Amount, text: str) -> Iterator[str]:
    if step.number <= 0 or end.number < start.number:
        raise ValueError(f"got '{text[:60]}', an empty range: expected the smaller end first and a step above zero")
    count = int((end.number - start.number) / step.number) + 1
    _check(count)
    for number in range(count):
        yield _written(start.number + number * step.number, start)


def _check(count: int) -> None:
    if count > LIMIT:
        raise ValueError(f"got {count:,} values, expected {LIMIT} at most: take a greater step")


def _written(number: Decimal, like: _Amount) -> str:
    digits = f"{number.normalize():f}"
    unit = {"point": "points", "bar": "bars"}.get(like.unit, like.unit)
    if unit in ("points", "bars"):
        return f"{digits} {unit[:-1] if number == 1 else unit}"
    sign = "-" if number < 0 else ""
    return f"{sign}{like.dollar}{digits.removeprefix('-')}{unit}"
