"""Texts of alerts: `{{ name | filter }}` and nothing more; no logic, no attributes, no format strings.

Every name and filter is checked when a template is compiled, so that rendering can not fail.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from monitor.model import quantity
from monitor.model.metric import Unit

LONGEST = 2_000
"""Characters of a template at most."""

_NUMBERS = ("value", "reference", "previous", "change")
_INSTANTS = ("bar", "fired_at")
_TEXTS = ("alert", "evidence", "level", "source.citation")
NAMES = (*_NUMBERS, *_INSTANTS, *_TEXTS)
"""What a template may name, beside labels.<any>."""

_FORMATS: Mapping[str, Callable[[float], str]] = {
    "tokens": quantity.tokens,
    "usd": quantity.usd,
    "percent": quantity.percent,
    "points": quantity.points,
    "number": quantity.plain,
    "date": quantity.date,
}
_OF_INSTANTS = ("date", "ago")
FILTERS = (*_FORMATS, "ago")
"""How a name may be written."""
_OF_UNITS: Mapping[Unit, tuple[str, ...]] = {Unit.DATE: _OF_INSTANTS, Unit.TEXT: ()}
_BOTH = "write {{ reference }} and {{ value }}"

_LABEL = re.compile(r"labels\.[A-Za-z_][A-Za-z0-9_]*")


class TemplateError(ValueError):
    """A template that can not be compiled; `offset` counts characters from 0 to the fault."""

    def __init__(self, message: str, *, offset: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Slot:
    """One `{{ name | filter }}`; an empty filter writes the name in the way of its kind."""

    name: str
    filter: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled text: literal pieces and slots in order."""

    text: str
    parts: tuple[str | Slot, ...]

    @classmethod
    def compile(cls, text: str) -> Self:
        """Check and take apart; raises TemplateError for unknown names and filters, braces that do not pair, length."""
        if len(text) > LONGEST:
            raise TemplateError(f"got {len(text):,} characters, expected at most {LONGEST:,}", offset=LONGEST)
        return cls(text, tuple(_parts(text)))

    def check(self, unit: Unit) -> None:
        """Raises TemplateError for what can not be said of values in that unit: a text has no filter, and no change."""
        if unit not in _OF_UNITS:
            return
        fitting = _OF_UNITS[unit]
        for slot in (part for part in self.parts if isinstance(part, Slot) and part.name in _NUMBERS):
            if slot.name == "change":
                raise TemplateError(f"'change' has no meaning where values are a {unit}", offset=0, hint=_BOTH)
            if slot.filter and slot.filter not in fitting:
                hint = f"it takes {' or '.join(fitting)}" if fitting else "it takes no filter"
                message = f"filter '{slot.filter}' does not go with '{slot.name}', which is a {unit}"
                raise TemplateError(message, offset=0, hint=hint)

    @property
    def names(self) -> frozenset[str]:
        """Every name it uses, such as "value" or "labels.model"."""
        return frozenset(part.name for part in self.parts if isinstance(part, Slot))

    def render(self, names: Mapping[str, object], *, unit: Unit = Unit.NUMBER, at: float = math.nan) -> str:
        """The text with every slot filled.

        `names`: numbers as floats, instants as epoch seconds, the rest as text; `change` is relative, or a word for
        what has no ratio ("from free"). A missing label is empty, a missing number reads "unknown".
        `unit`: how numbers without a filter read. `at`: epoch seconds, what `ago` counts from.
        """
        return "".join(part if isinstance(part, str) else _filled(part, names, unit, at) for part in self.parts)


def _parts(text: str) -> Iterable[str | Slot]:
    position = 0
    while position < len(text):
        opening = text.find("{{", position)
        literal = text[position:] if opening < 0 else text[position:opening]
        if "}}" in literal:
            raise TemplateError("got '}}' without '{{' before it", offset=position + literal.index("}}"))
        if literal:
            yield literal
        if opening < 0:
            return
        closing = text.find("}}", opening)
        if closing < 0 or "{{" in text[opening + 2 : closing]:
            raise TemplateError("got '{{' without '}}' after it", offset=opening, hint="write {{ name | filter }}")
        yield _slot(text[opening + 2 : closing], opening + 2)
        position = closing + 2


def _slot(inside: str, start: int) -> Slot:
    name, *filters = inside.split("|")
    starts = [start]
    for piece in (name, *filters):
        starts.append(starts[-1] + len(piece) + 1)
    if len(filters) > 1:
        raise TemplateError("got more than one filter, expected at most one", offset=starts[2] - 1)
    known = _checked_name(name.strip(), _first(name, start))
    if not filters:
        return Slot(known)
    return Slot(known, _checked_filter(filters[0].strip(), known, _first(filters[0], starts[1])))


def _first(piece: str, start: int) -> int:
    """Where the first character that is not blank stands."""
    return start + len(piece) - len(piece.lstrip())


def _checked_name(name: str, offset: int) -> str:
    if name in NAMES or _LABEL.fullmatch(name):
        return name
    known = (*NAMES, "labels.NAME")
    hint = "write labels.NAME" if name.startswith("labels") else _nearest(name, known)
    raise TemplateError(f"unknown name '{name[:60]}'", offset=offset, hint=hint)


def _checked_filter(name: str, of: str, offset: int) -> str:
    if name not in FILTERS:
        raise TemplateError(f"unknown filter '{name[:60]}'", offset=offset, hint=_nearest(name, FILTERS))
    fitting = _fitting(of)
    if name not in fitting:
        takes = f"takes {' or '.join(fitting)}" if fitting else "is text and takes no filter"
        raise TemplateError(f"filter '{name}' does not go with '{of}'", offset=offset, hint=f"'{of}' {takes}")
    return name


def _fitting(name: str) -> tuple[str, ...]:
    if name == "change":
        return tuple(each for each in FILTERS if each not in _OF_INSTANTS)
    return FILTERS if name in _NUMBERS else _OF_INSTANTS if name in _INSTANTS else ()


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}"


def _filled(slot: Slot, names: Mapping[str, object], unit: Unit, at: float) -> str:
    if slot.name in _INSTANTS:
        return _instant(_float(names.get(slot.name)), slot.filter, at)
    if slot.name not in _NUMBERS:
        return str(names.get(slot.name, ""))
    if slot.name == "change":
        return _change(slot.filter, names)
    shown = names.get(slot.name)
    if isinstance(shown, str):
        return shown
    value = _float(shown)
    if slot.filter == "ago":
        return quantity.ago(value, at)
    return _FORMATS[slot.filter](value) if slot.filter else quantity.written(value, unit)


def _instant(epoch: float, chosen: str, at: float) -> str:
    return quantity.ago(epoch, at) if chosen == "ago" else quantity.date(epoch)


def _change(chosen: str, names: Mapping[str, object]) -> str:
    """In per cent it is relative (or a word); in any other way it is the plain difference of value and reference."""
    if chosen in ("", "percent"):
        change = names.get("change")
        return change if isinstance(change, str) else quantity.percent(_float(change))
    difference = _float(names.get("value")) - _float(names.get("reference"))
    return "no change" if chosen == "usd" and difference == 0 else _FORMATS[chosen](difference)


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
