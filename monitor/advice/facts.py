"""What is known of the world that rules are written for: the catalogue's words, the other rules, stored history."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, fields

from monitor.catalog import Catalog
from monitor.catalog.vendor import UNKNOWN
from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.transition import Change, Transition
from monitor.rules.rule import Rule

_NAMING = frozenset({"alert", "group", "text", "path", "line"})  # what a rule is called; all else is what it judges


@dataclass(frozen=True, slots=True)
class Extreme:
    """The least or the greatest value there was, and the start of its bar (epoch seconds)."""

    value: float
    at: int


@dataclass(frozen=True, slots=True)
class Instance:
    """What a rule did with one member over stored history.

    `first`, `last`: the starts of its first and last bar with a value. `bars`: how many bars lie between, both
    included.
    """

    labels: Labels
    first: int
    last: int
    bars: int
    low: Extreme
    high: Extreme
    transitions: tuple[Transition, ...]

    @property
    def starts(self) -> tuple[Transition, ...]:
        """The beginnings of its episodes."""
        return tuple(each for each in self.transitions if each.kind is Change.FIRING)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a ledger holds.

    `bars`: by metric, the native bars that any source sealed. `values`: by (metric, label), every value that a series
    has or that the catalogue gives it. `spans`: by metric, the first and the last instant with a sample.
    """

    bars: Mapping[str, frozenset[Bar]]
    values: Mapping[tuple[str, str], frozenset[str]]
    spans: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that advice is drawn from.

    `words`: by catalogue label, every value it can give. `twins`: by alert, an earlier rule that judges the same.
    `stored`: None without a ledger. `outcomes`: by alert, its instances over history; none where there was no bar to
    judge; rules that were not looked at are missing.
    """

    words: Mapping[str, frozenset[str]]
    twins: Mapping[str, Rule] = field(default_factory=dict)
    stored: Stored | None = None
    outcomes: Mapping[str, tuple[Instance, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, catalog: Catalog, rules: Iterable[Rule], stored: Stored | None = None) -> Facts:
        """From a catalogue, all rules together, and what is stored."""
        return cls(words(catalog), twins(rules), stored)


def twins(rules: Iterable[Rule]) -> Mapping[str, Rule]:
    """By alert, the first rule that judges the same, however that is spelled: both fire at the very same bars."""
    firsts: dict[Hashable, Rule] = {}
    found: dict[str, Rule] = {}
    for rule in rules:
        judged = (repr(getattr(rule, name.name)) for name in fields(rule) if name.name not in _NAMING)
        first = firsts.setdefault(tuple(judged), rule)
        if first is not rule:
            found[rule.name] = first
    return found


def words(catalog: Catalog) -> Mapping[str, frozenset[str]]:
    """By label of the catalogue, every value that it can give; names and variants are open sets."""
    vendors = catalog.vendors.values()
    families = {family for vendor in vendors for _, family in vendor.families}
    return {
        "vendor": frozenset({*catalog.vendors, UNKNOWN}),
        "family": frozenset({*families, UNKNOWN}),
        "origin": frozenset({*(vendor.origin for vendor in vendors), UNKNOWN}),
        "country": frozenset({*(vendor.country for vendor in vendors), UNKNOWN}),
        "open": frozenset({"open", "closed", UNKNOWN}),
    }
