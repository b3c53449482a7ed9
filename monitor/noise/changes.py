"""A few small changes that calm a rule, written into it as a person would; what its kind does not take is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from monitor.model.quantity import quantity
from monitor.rules.load import load
from monitor.rules.rule import Rule
from monitor.rules.written import Written

_WAITS: tuple[Mapping[str, str], ...] = ({"for": "2 bars"}, {"for": "3 bars"})
_KEEPS: tuple[Mapping[str, str], ...] = ({"margin": "5%"}, {"keep_firing_for": "3 bars"}, {"keep_firing_for": "7d"})
_BACK = {
    "above": ("below", Decimal("0.9")),
    "crosses_above": ("below", Decimal("0.9")),
    "below": ("above", Decimal("1.1")),
    "crosses_below": ("above", Decimal("1.1")),
}
"""By condition: what clears it, a tenth beyond its limit."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A rule with one change; its alert has a name of its own. `change`: as it is written in the rule."""

    change: str
    rule: Rule


def variants(written: Written, earlier: Iterable[Written] = ()) -> Iterator[Variant]:
    """The rule with each change that it takes, the mildest first. `earlier`: the rules that it comes `after`."""
    others = [(f"{number}", each.text) for number, each in enumerate(earlier)]
    for change in (_WAITS[0], *_cleared(written), *_KEEPS, _WAITS[1]):
        changed = replace(written, keys={**written.keys, **change})
        loaded = load([*others, (written.path, changed.text)])
        rule = next((each for each in loaded.rules if each.name == written.name), None)
        if rule is not None and not loaded.problems:
            said = ", ".join(f"{key}: {_shown(value)}" for key, value in change.items())
            yield Variant(said, replace(rule, alert=replace(rule.alert, name=f"{written.name} with {said}")))


def _cleared(written: Written) -> Iterator[Mapping[str, object]]:
    """Clearing only well beyond a limit that is a plain amount."""
    for key, (clears, factor) in _BACK.items():
        limit = written.keys.get(key)
        if isinstance(limit, str) and (amount := _times(limit, factor)):
            yield {"clear": {clears: amount}}


def _times(limit: str, factor: Decimal) -> str:
    """The amount as people write it; empty where there is none above zero."""
    try:
        read = quantity(limit)
    except ValueError:
        return ""
    if read.value <= 0:
        return ""
    exact = Decimal(repr(read.value)) * factor * (100 if read.is_ratio else 1)
    number = f"{exact.normalize():f}"
    return f"${number}" if read.unit == "$" else f"{number}{'' if read.unit in ('', '%') else ' '}{read.unit}"


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {inner}" for key, inner in value.items()) + "}"
    return str(value)
