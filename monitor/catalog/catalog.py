"""The catalogue: adds to the labels of a series what is known of its model. Pure: nothing it adds is ever stored."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.catalog.identity import Identities
from monitor.catalog.makers import Made, Makers
from monitor.catalog.spelling import cut
from monitor.catalog.vendor import NOBODY, UNKNOWN, Vendor
from monitor.model.labels import Labels, app_alias
from monitor.model.metric import REST

_BY_PERMASLUG = frozenset({"tokens"})  # metrics whose sources name models by permaslug, not by public id


@dataclass(frozen=True, slots=True)
class Duplicate:
    """In sources that match, `alias` repeats the very tokens of `of`."""

    source: re.Pattern[str]
    of: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """What people know of models; made by `load`.

    `makers`: the vendors by all that they are called. `renames`: one model's other names. `duplicates`: by alias.
    `routed`: sources whose prices are what a router chose at the moment.
    """

    vendors: Mapping[str, Vendor]
    makers: Makers
    renames: Mapping[str, str]
    duplicates: Mapping[str, tuple[Duplicate, ...]]
    routed: frozenset[str]

    @property
    def spellings(self) -> Mapping[str, Vendor]:
        """Every vendor by each of its names, case folded."""
        return self.makers.spellings

    def identities(self, aliases: Mapping[str, str]) -> Identities:
        """What names of models mean, given permaslug → public id as learnt from the list of models."""
        return Identities(self.makers, self.renames, aliases)

    def labels(self, metric: str, labels: Labels, aliases: Mapping[str, str]) -> Labels:
        """The labels to add to a series; none that it has already.

        `aliases`: permaslug → public id, as learnt from the models list, and app → what it is called. Only `name`
        depends on them: what is judged by vendor, family or origin must not change with what was polled.
        """
        return self.joined(metric, labels, aliases, self.identities(aliases))

    def joined(self, metric: str, labels: Labels, aliases: Mapping[str, str], identities: Identities) -> Labels:
        """As `labels`, for callers that ask often: with the identities of these aliases."""
        own = dict(labels.pairs)
        if model := own.get("model") or own.get("repo"):
            added = self._of_model(metric, own, model, aliases, identities)
        elif author := own.get("author") or own.get("lab"):
            vendor = self.makers.vendor(author) or NOBODY
            added = _described(vendor, open_=vendor.open_overall, rest=author in REST)
        elif app := own.get("app"):
            added = (("name", aliases.get(app_alias(own.get("source", ""), app), "")),)
        else:
            return Labels()
        return Labels(tuple([pair for pair in added if pair[1] and pair[0] not in own]))

    def made(self, source: str, model: str) -> Made:
        """Who makes and who sells what `source` calls `model`."""
        hosted = source in self.makers.hosted
        return self.makers.made(self._renamed(model, cut_off=not hosted)[0], hosted=hosted)

    def duplicate_of(self, labels: Labels) -> str | None:
        """The model under which the same source reports the same tokens a second time; None for all others."""
        candidates = self.duplicates.get(labels.get("model"), ())
        source = labels.get("source")
        return next((duplicate.of for duplicate in candidates if duplicate.source.fullmatch(source)), None)

    def unknown_vendors(self, shares: Mapping[str, float]) -> list[tuple[str, float]]:
        """Authors the catalogue does not know, with their share (0 to 1) of all tokens, largest first.

        `shares`: model → tokens, the rest row included. Authors listed as unnamed are not missing from it.
        """
        tokens: defaultdict[str, float] = defaultdict(float)
        for model, count in shares.items():
            author = self.makers.made(model, hosted=False).author or model
            if model not in REST and not self.makers.knows(author):
                tokens[author] += count
        whole = sum(shares.values()) or 1.0
        return sorted(((author, count / whole) for author, count in tokens.items()), key=lambda row: (-row[1], row[0]))

    def _of_model(
        self, metric: str, own: Mapping[str, str], model: str, aliases: Mapping[str, str], identities: Identities
    ) -> tuple[tuple[str, str], ...]:
        source = own.get("source", "")
        hosted = source in self.makers.hosted
        name, variant = self._renamed(model, cut_off=not hosted)
        made = self.made(source, model)
        family, weights = made.vendor.family(made.part), made.vendor.open(made.part)
        if "repo" in own and "model" not in own:
            name = ""
        elif metric in _BY_PERMASLUG:
            name = cut(aliases.get(model) or aliases.get(name) or name)[0]
        else:
            name = identities.public(source, model) or name
        return _described(made.vendor, family, weights, name=name, variant=variant, rest=model in REST)

    def _renamed(self, model: str, *, cut_off: bool) -> tuple[str, str]:
        """(name, variant) under which the model is known."""
        if model in self.renames:
            return cut(self.renames[model])
        base, variant = cut(model) if cut_off else (model, "")
        return self.renames.get(base, base), variant


class Join:
    """A catalogue with the aliases of the day; remembers what it answered, as a backtest asks again and again."""

    __slots__ = ("_aliases", "_answers", "_catalog", "identities")

    def __init__(self, catalog: Catalog, aliases: Mapping[str, str]) -> None:
        self._catalog = catalog
        self._aliases = aliases
        self.identities = catalog.identities(aliases)
        self._answers: dict[tuple[bool, Labels], Labels] = {}

    def __call__(self, metric: str, labels: Labels) -> Labels:
        """The labels to add to a series, as `Catalog.labels`."""
        question = (metric in _BY_PERMASLUG, labels)  # all that an answer depends on
        answer = self._answers.get(question)
        if answer is None:
            answer = self._answers[question] = self._catalog.joined(metric, labels, self._aliases, self.identities)
        return answer

    def routed(self, source: str) -> bool:
        """Whether its prices are what a router chose at the moment, not what somebody asks."""
        return source in self._catalog.routed

    def duplicate_of(self, labels: Labels) -> str | None:
        """The model under which the same source reports the very same tokens, as `Catalog.duplicate_of`."""
        return self._catalog.duplicate_of(labels)


class LastJoin:
    """The join that was asked for last, with all it remembers; to be used by one thread at a time."""

    __slots__ = ("_asked",)

    def __init__(self) -> None:
        self._asked: tuple[Catalog, Mapping[str, str], Join] | None = None

    def of(self, catalog: Catalog, aliases: Mapping[str, str]) -> Join:
        """The catalogue with these aliases: the last one, unless anything about it is new."""
        if self._asked is None or self._asked[0] is not catalog or self._asked[1] != aliases:
            self._asked = catalog, aliases, Join(catalog, aliases)
        return self._asked[2]


def _described(  # noqa: PLR0913  (the labels there are)
    vendor: Vendor,
    family: str = UNKNOWN,
    open_: str = UNKNOWN,
    *,
    name: str = "",
    variant: str = "",
    rest: bool = False,
) -> tuple[tuple[str, str], ...]:
    """In order of label name; empty = none."""
    return (
        ("country", vendor.country),
        ("family", family),
        ("name", name),
        ("open", open_),
        ("origin", vendor.origin),
        ("rest", "true" if rest else ""),
        ("variant", variant),
        ("vendor", vendor.key),
    )
