"""The catalogue: adds to the labels of a series what is known of its model. Pure: nothing it adds is ever stored."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.model.labels import Labels, app_alias
from monitor.model.metric import REST

UNKNOWN = "unknown"
_BY_PERMASLUG = frozenset({"tokens"})  # metrics whose sources name models by permaslug, not by public id

Choices = tuple[tuple[re.Pattern[str], str], ...]
"""Patterns in order with what each stands for; the first that matches decides."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A maker of models.

    `country`: ISO 3166-1 alpha-2 or "unknown"; `origin`: the same, but the union (EU)
    of countries that count as one.
    `families` and `exceptions` match a model's name without its author, in lower case. `weights`: "open", "closed"
    or "unknown", where no exception says otherwise.
    """

    key: str
    name: str
    country: str = UNKNOWN
    origin: str = UNKNOWN
    weights: str = UNKNOWN
    families: Choices = ()
    exceptions: Choices = ()

    def family(self, part: str) -> str:
        """The family of a model of this vendor."""
        return _choose(self.families, part, UNKNOWN)

    def open(self, part: str) -> str:
        """Whether the weights of a model of this vendor are public: "open", "closed" or "unknown"."""
        return _choose(self.exceptions, part, self.weights)

    @property
    def open_overall(self) -> str:
        """The same for a total over all its models: "unknown" where some are open and some closed."""
        agree = all(weights in (self.weights, UNKNOWN) for _, weights in self.exceptions)
        return self.weights if agree else UNKNOWN


_NOBODY = Vendor(UNKNOWN, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """In sources that match, `alias` repeats the very tokens of `of`."""

    source: re.Pattern[str]
    of: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """What people know of models; made by `load`.

    `spellings`: every vendor by each of its names, case folded. `unnamed`: authors whose makers are not named (case
    folded). `renames`: one model's other names. `duplicates`: by alias. `hosted`: sources that prefix a model with
    the host that serves it instead of its author.
    """

    vendors: Mapping[str, Vendor]
    spellings: Mapping[str, Vendor]
    unnamed: frozenset[str]
    renames: Mapping[str, str]
    duplicates: Mapping[str, tuple[Duplicate, ...]]
    hosted: frozenset[str]

    def labels(self, metric: str, labels: Labels, aliases: Mapping[str, str]) -> Labels:
        """The labels to add to a series; none that it has already.

        `aliases`: permaslug → public id, as learnt from the models list, and app → what it is called. Only `name`
        depends on them: what is judged by vendor, family or origin must not change with what was polled.
        """
        own = dict(labels.pairs)
        if model := own.get("model") or own.get("repo"):
            added = self._of_model(metric, own, model, aliases)
        elif author := own.get("author") or own.get("lab"):
            vendor = self._vendor(author)
            added = _described(vendor, open_=vendor.open_overall, rest=author in REST)
        elif app := own.get("app"):
            added = (("name", aliases.get(app_alias(own.get("source", ""), app), "")),)
        else:
            return Labels()
        return Labels(tuple([pair for pair in added if pair[1] and pair[0] not in own]))

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
            author = _split(model)[0] or model
            if model not in REST and not self._knows(author):
                tokens[author] += count
        whole = sum(shares.values()) or 1.0
        return sorted(((author, count / whole) for author, count in tokens.items()), key=lambda row: (-row[1], row[0]))

    def _of_model(
        self, metric: str, own: Mapping[str, str], model: str, aliases: Mapping[str, str]
    ) -> tuple[tuple[str, str], ...]:
        hosted = own.get("source") in self.hosted
        name, variant = self._renamed(model, cut=not hosted)
        author, part = _split(name)
        vendor = self._vendor(author)
        family = vendor.family(part)
        if hosted and family == UNKNOWN:
            vendor = _NOBODY  # the prefix names a host: it is the vendor only where the model is one of its families
        if "repo" in own and "model" not in own:
            name = ""
        elif metric in _BY_PERMASLUG:
            name = _cut(aliases.get(model) or aliases.get(name) or name)[0]
        return _described(vendor, family, vendor.open(part), name=name, variant=variant, rest=model in REST)

    def _renamed(self, model: str, *, cut: bool) -> tuple[str, str]:
        """(name, variant) under which the model is known."""
        if model in self.renames:
            return _cut(self.renames[model])
        base, variant = _cut(model) if cut else (model, "")
        return self.renames.get(base, base), variant

    def _vendor(self, author: str) -> Vendor:
        return self.spellings.get(author.casefold(), _NOBODY)

    def _knows(self, author: str) -> bool:
        return author.casefold() in self.spellings or author.casefold() in self.unnamed


class Join:
    """A catalogue with the aliases of the day; remembers what it answered, as a backtest asks again and again."""

    __slots__ = ("_aliases", "_answers", "_catalog")

    def __init__(self, catalog: Catalog, aliases: Mapping[str, str]) -> None:
        self._catalog = catalog
        self._aliases = aliases
        self._answers: dict[tuple[bool, Labels], Labels] = {}

    def __call__(self, metric: str, labels: Labels) -> Labels:
        """The labels to add to a series, as `Catalog.labels`."""
        question = (metric in _BY_PERMASLUG, labels)  # all that an answer depends on
        answer = self._answers.get(question)
        if answer is None:
            answer = self._answers[question] = self._catalog.labels(metric, labels, self._aliases)
        return answer

    def duplicate_of(self, labels: Labels) -> str | None:
        """The model under which the same source reports the very same tokens, as `Catalog.duplicate_of`."""
        return self._catalog.duplicate_of(labels)


def _choose(choices: Choices, part: str, otherwise: str) -> str:
    for pattern, choice in choices:
        if pattern.match(part):
            return choice
    return otherwise


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


def _cut(model: str) -> tuple[str, str]:
    """`z-ai/glm-5.2:free` → (`z-ai/glm-5.2`, `free`)."""
    base, _, variant = model.partition(":")
    return base, variant


def _split(name: str) -> tuple[str, str]:
    """(author, part in lower case); `openrouter/z-ai/glm-5.2` and the moving `~z-ai/glm-latest` are z-ai's too."""
    before, _, part = name.rpartition("/")
    return before.rpartition("/")[2].removeprefix("~"), _cut(part)[0].casefold()


def by_spelling(vendors: Iterable[tuple[Vendor, Iterable[str]]]) -> dict[str, Vendor]:
    """Every vendor by its key and its further spellings, case folded."""
    return {name.casefold(): vendor for vendor, names in vendors for name in (vendor.key, *names)}
