"""Series as Prometheus writes them in its rule tests: `1+1x4`, `3-1x2`, `5x3`, `_`, `_x3`, `stale`; with units.

As in promtool, `axn` is a and n more of it, `a+bxn` is a and n steps; `_xn` is n times nothing. Facts are written as
they read: a date as `2026-09-30`, a text as one word or in quotes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from monitor.model.fact import Texts, code
from monitor.model.metric import METRICS, Unit
from monitor.model.quantity import date, day, quantity
from monitor.rules.words import nearest

MOST_VALUES = 100_000
"""Of one series; eleven years of hours."""
GONE = math.inf
"""How `stale` stands among values: a good look no longer showed it. NaN is `_`: nothing was learnt."""

_AMOUNT = r"\$?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:%|[kKMBT])?"
_ITEM = re.compile(rf"(?P<first>_|stale|[+-]?{_AMOUNT})(?P<step>[+-]{_AMOUNT})?(?:x(?P<times>[0-9]{{1,9}}))?", re.ASCII)
_FACT = re.compile(r'(?P<first>"[^"]*"|[^"]+?)(?:x(?P<times>[0-9]{1,9}))?', re.ASCII)
_WORDS = {Unit.TEXT: r'"[^"]*"\S*|\S+'}  # by unit, else all that has no blank in it
_PAIR = re.compile(r'\s*(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*"(?P<value>[^"\\]*)"\s*(?P<end>,|$)')
_NAME = re.compile(r"\s*(?P<metric>[A-Za-z_][A-Za-z0-9_]*)\s*(?:\{(?P<labels>.*)\})?\s*", re.DOTALL)
_FITTING = {"$": Unit.USD, "%": Unit.RATIO}
_POWERS = (("T", 12), ("B", 9), ("M", 6))
_SIGNS = ("_", "stale")
_SHOWN = 40


class NotationError(ValueError):
    """Something that is no series; `offset`: the character (from 0) at which it begins."""

    def __init__(self, message: str, offset: int = 0, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a series as written."""

    metric: str
    labels: tuple[tuple[str, str], ...]


def name(text: str) -> Name:
    """`metric{label="v", …}`; raises NotationError for what is no metric or no label of it."""
    found = _NAME.fullmatch(text)
    if found is None:
        raise NotationError(f"got '{text[:_SHOWN]}', expected a series", 0, 'for example tokens{model="openai/gpt-5"}')
    if found["metric"] not in METRICS:
        hint = nearest(found["metric"], METRICS)
        raise NotationError(f"unknown metric '{found['metric'][:_SHOWN]}'", found.start("metric"), hint)
    return Name(found["metric"], tuple(_labels(found["labels"] or "", found.start("labels"), found["metric"])))


def _labels(text: str, start: int, metric: str) -> Iterator[tuple[str, str]]:
    at, seen = 0, set()
    while text[at:].strip():
        pair = _PAIR.match(text, at)
        if pair is None:
            raise NotationError(f"got '{text[at:][:_SHOWN]}', expected label=\"value\"", start + at)
        known, offset = METRICS[metric].identity, start + pair.start("name")
        if pair["name"] not in known:
            hint = f"{nearest(pair['name'], known)}; what the catalogue knows of a model is added by itself"
            raise NotationError(f"'{metric}' is not stored by label '{pair['name'][:_SHOWN]}'", offset, hint)
        if pair["name"] in seen:
            raise NotationError(f"label '{pair['name']}' is written twice", offset)
        seen.add(pair["name"])
        yield pair["name"], pair["value"]
        at = pair.end()


def values(text: str, unit: Unit) -> tuple[float, ...]:
    """A number a bar, NaN for `_` and GONE for `stale`; raises NotationError for what means nothing."""
    found: list[float] = []
    for word in re.finditer(_WORDS.get(unit, r"\S+"), text):
        try:
            found += _item(word[0], unit)
        except NotationError as error:
            raise NotationError(error.message, word.start() + error.offset, error.hint) from None
        if len(found) > MOST_VALUES:
            raise NotationError(f"more than {MOST_VALUES:,} values", word.start())
    return tuple(found)


def _item(word: str, unit: Unit) -> list[float]:
    if unit in (Unit.DATE, Unit.TEXT):
        return _facts(word, unit)
    found = _ITEM.fullmatch(word)
    if found is None or (found["step"] and found["first"] in _SIGNS) or (found["step"] and not found["times"]):
        hint = "for example 2.4T, $0.44, 1%, 1+1x4, 5x3, _, _x3 or stale"
        raise NotationError(f"got '{word[:_SHOWN]}', expected values", 0, hint)
    times = _times(found)
    if found["first"] in _SIGNS:
        return _signs(found["first"], times)
    first, step = _exact(found["first"], unit), _exact(found["step"] or "0", unit)
    return [float(first + number * step) for number in range((times or 0) + 1)]


def _times(found: re.Match[str]) -> int | None:
    """What stands behind the `x`, if there is one."""
    if found["times"] is None:
        return None
    if int(found["times"]) > MOST_VALUES:
        raise NotationError(f"more than {MOST_VALUES:,} values", found.start("times"))
    return int(found["times"])


def _signs(sign: str, times: int | None) -> list[float]:
    return [math.nan] * (1 if times is None else times) if sign == "_" else [GONE] * ((times or 0) + 1)


def _facts(word: str, unit: Unit) -> list[float]:
    found = _FACT.fullmatch(word)
    if found is None:
        hint = 'for example text, "image in, text in", textx3, _, _x3 or stale'
        raise NotationError(f"got '{word[:_SHOWN]}', expected texts", 0, hint)
    times = _times(found)
    if found["first"] in _SIGNS:
        return _signs(found["first"], times)
    try:
        value = code(found["first"].strip('"')) if unit is Unit.TEXT else float(day(found["first"]))
    except ValueError as error:
        raise NotationError(str(error)) from None
    return [value] * ((times or 0) + 1)


def texts(text: str) -> Texts:
    """By code: the texts that stand in a series of `Unit.TEXT` which `values` can read."""
    words = [_FACT.fullmatch(word) for word in re.findall(_WORDS[Unit.TEXT], text)]
    firsts = {found["first"].strip('"') for found in words if found is not None and found["first"] not in _SIGNS}
    return {code(first): first for first in firsts}


def _exact(text: str, unit: Unit) -> Decimal:
    """So that 0.1+0.1x2 ends with 0.3."""
    amount = quantity(text)
    if amount.unit in _FITTING and _FITTING[amount.unit] is not unit:
        raise NotationError(f"got '{text[:_SHOWN]}', but the metric is in {unit}")
    return Decimal(repr(amount.value))


def notation(cells: Sequence[float], unit: Unit) -> str:
    """Values as they are written, exactly: `values` reads the same from it."""
    return " ".join(_repeated(*group) for group in _runs(cells, unit))


def _runs(cells: Sequence[float], unit: Unit) -> Iterator[tuple[str, int]]:
    for word, same in groupby(_word(cell, unit) for cell in cells):
        yield word, len(list(same))


def _repeated(word: str, count: int) -> str:
    if count == 1 or (count == 2 and len(word) < len("x1 ")):  # noqa: PLR2004 - of two short words
        return " ".join([word] * count)
    return f"{word}x{count if word == '_' else count - 1}"


def _word(cell: float, unit: Unit) -> str:
    if math.isnan(cell):
        return "_"
    if cell == GONE:
        return "stale"
    return exactly(cell, unit)


def exactly(number: float, unit: Unit) -> str:
    """Text that reads back as this very number: "2.933113149T", "$0.435", "1.2%"; dates are whole days."""
    if unit is Unit.DATE:
        return date(number)
    exact = Decimal(repr(float(number)))
    if unit is Unit.USD:
        return f"{'-' if exact < 0 else ''}${_plain(abs(exact))}"
    if unit is Unit.RATIO:
        return f"{_plain(exact.scaleb(2))}%"
    sign, power = next(((sign, power) for sign, power in _POWERS if abs(exact) >= Decimal(10) ** power), ("", 0))
    return min(_plain(exact), _plain(exact.scaleb(-power)) + sign, key=len)


def _plain(exact: Decimal) -> str:
    digits = f"{exact:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
