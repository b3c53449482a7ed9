"""Which model a name means: one identity for all the ways in which sources write it, by the catalogue and by rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from monitor.catalog.makers import Makers
from monitor.catalog.spelling import LATEST, cut, spelled
from monitor.catalog.vendor import NOBODY


@dataclass(frozen=True, slots=True)
class Identity:
    """What a source's name of a model means; equal identities are one thing sold by one seller.

    `vendor`: the catalogue's key of its maker, or the author as written where the catalogue has none; empty = nobody
    knows. `name`, `edition`, `variant`, `moving`: see `Spelling`. `host`: who sells it, if not its maker; prices of
    a host are not the maker's list prices.
    """

    vendor: str
    name: str
    edition: str = ""
    variant: str = ""
    moving: bool = False
    host: str = ""

    @property
    def base(self) -> Identity:
        """The same without its edition: dated snapshots and previews of one model have one base."""
        return replace(self, edition="") if self.edition else self

    @property
    def model(self) -> Identity:
        """The model alone, whoever sells it and in which variant."""
        return Identity(self.vendor, self.name, self.edition)

    @property
    def joins(self) -> bool:
        """Whether it may be compared across sources: a named maker sells it itself, and it always means one model."""
        return bool(self.vendor) and not self.moving and not self.host


class Identities:
    """The identities of a catalogue, with what the list of models has taught; remembers each answer."""

    __slots__ = ("_aliases", "_answers", "_ids", "_makers", "_named", "_renames", "_same")

    def __init__(self, makers: Makers, renames: Mapping[str, str], aliases: Mapping[str, str]) -> None:
        """`renames`: one model's other names, by people. `aliases`: permanent slug → public id, as learnt."""
        self._makers = makers
        self._renames = renames
        self._aliases = aliases
        self._answers: dict[tuple[bool, str], Identity] = {}
        self._ids = frozenset(cut(public)[0] for public in aliases.values())
        self._named = {self._read(public).model: public for public in sorted(self._ids, reverse=True)}
        self._same = dict(self._taught())

    def of(self, source: str, model: str) -> Identity:
        """The identity of what `source` calls `model`."""
        hosted = source in self._makers.hosted
        answer = self._answers.get((hosted, model))
        if answer is None:
            answer = self._answers[hosted, model] = self._identity(model, hosted=hosted)
        return answer

    def public(self, source: str, model: str) -> str | None:
        """The public id, without a variant, of a model that its maker sells; None if the list of models has none."""
        identity = self.of(source, model)
        return self._named.get(identity.model) if identity.joins else None

    def _identity(self, model: str, *, hosted: bool) -> Identity:
        base, variant = cut(model)
        known = self._aliases.get(base)
        if known is not None and base not in self._ids and not hosted:
            return replace(self._read(cut(known)[0]), variant=variant)
        identity = self._read(model, hosted=hosted)
        same = self._same.get(identity.model)
        return identity if same is None else replace(identity, name=same.name, edition=same.edition)

    def _read(self, model: str, *, hosted: bool = False) -> Identity:
        """By the catalogue and the rules of spelling alone."""
        base, variant = self._renamed(model)
        made = self._makers.made(base, hosted=hosted)
        spelling = spelled(made.part)
        vendor = made.vendor.key if made.vendor is not NOBODY else "" if hosted else made.author.casefold()
        moving = spelling.moving or variant == LATEST or model.startswith("~")
        variant = "" if variant == LATEST else variant
        return Identity(vendor, spelling.name, spelling.edition, variant, moving, made.host)

    def _renamed(self, model: str) -> tuple[str, str]:
        """(name, variant) after what people wrote down."""
        if model in self._renames:
            return cut(self._renames[model])
        base, variant = cut(model)
        return self._renames.get(base, base), variant

    def _taught(self) -> Iterator[tuple[Identity, Identity]]:
        """Dated names that are a public id without a date: the list of models says so by the permanent slug."""
        public = {self._read(each).model for each in self._ids}
        for slug, name in self._aliases.items():
            dated, plain = self._read(slug).model, self._read(cut(name)[0]).model
            if dated.vendor == plain.vendor and not plain.edition and dated not in public:
                yield dated, plain
