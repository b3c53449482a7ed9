"""Two looks at one list of models: what was renamed, is new, is gone, and which moving name now means another model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from monitor.catalog.identity import Identity
from monitor.catalog.spelling import cut


@dataclass(frozen=True, slots=True)
class Listed:
    """A model as a list shows it.

    `model`: its id there. `slug`: its permanent name without variant, `target`: the id that a moving name stands for;
    both empty where the list does not say. `prices`: by field, in one unit.
    """

    model: str
    identity: Identity
    slug: str = ""
    target: str = ""
    prices: Mapping[str, Decimal] = field(default_factory=dict)


class Change(StrEnum):
    """What happened to a model between two looks."""

    NEW = "new"
    GONE = "gone"
    RENAMED = "renamed"
    REDATED = "redated"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Difference:
    """One change.

    `model`: the id that it happened to, in the later list if it is there. `before`: the id that it had (renamed), the
    slug that it had (redated), or what the name stood for (moved; empty if nobody knows). `after`: the slug that it
    has now, or what the name stands for now: several where models cost the same.
    """

    change: Change
    model: str
    before: str = ""
    after: tuple[str, ...] = ()


def differences(earlier: Iterable[Listed], later: Iterable[Listed]) -> list[Difference]:
    """What changed besides prices, in order of the model's id; a renamed model is neither new nor gone."""
    old = {each.model: each for each in earlier}
    new = {each.model: each for each in later}
    renamed = dict(_renamed(old, new))
    found = [Difference(Change.RENAMED, model, before) for model, before in renamed.items()]
    found += [Difference(Change.NEW, model) for model in new.keys() - old.keys() - renamed.keys()]
    found += [Difference(Change.GONE, model) for model in old.keys() - new.keys() - set(renamed.values())]
    for model in old.keys() & new.keys():
        found += _stayed(old[model], new[model], old, new)
    return sorted(found, key=lambda difference: difference.model)


def _renamed(old: Mapping[str, Listed], new: Mapping[str, Listed]) -> Iterator[tuple[str, str]]:
    """(new id, old id): the same permanent name, or else the same identity, and nobody else has it."""
    gone = [old[model] for model in sorted(old.keys() - new.keys())]
    for came in (new[model] for model in sorted(new.keys() - old.keys())):
        same = [each for each in gone if _same(each, came)]
        if len(same) == 1:
            gone.remove(same[0])
            yield came.model, same[0].model


def _same(left: Listed, right: Listed) -> bool:
    if left.slug and right.slug:
        return (left.slug, cut(left.model)[1]) == (right.slug, cut(right.model)[1])
    return left.identity == right.identity


def _stayed(was: Listed, now: Listed, old: Mapping[str, Listed], new: Mapping[str, Listed]) -> Iterator[Difference]:
    if was.target and now.target:
        if was.target != now.target:
            yield Difference(Change.MOVED, now.model, was.target, (now.target,))
    elif now.identity.moving:
        if meant := _meant(was, now, old, new):
            yield Difference(Change.MOVED, now.model, "", meant)
    elif was.slug and now.slug and was.slug != now.slug:
        yield Difference(Change.REDATED, now.model, was.slug, (now.slug,))


def _meant(was: Listed, now: Listed, old: Mapping[str, Listed], new: Mapping[str, Listed]) -> tuple[str, ...]:
    """What a moving name can only mean since its prices became those of models that have all its words.

    A model whose own prices changed with it was re-priced: then the name did not move.
    """
    if was.prices == now.prices or not now.prices:
        return ()
    alike = [each for each in new.values() if _may_mean(now.identity, each.identity) and each.prices == now.prices]
    before = [old[each.model] for each in alike if each.model in old]
    if any(each.prices == was.prices for each in before):
        return ()
    return tuple(sorted(each.model for each in alike))


def _may_mean(moving: Identity, identity: Identity) -> bool:
    return (
        not identity.moving
        and (identity.vendor, identity.host, identity.variant) == (moving.vendor, moving.host, moving.variant)
        and set(moving.name.split("-")) <= set(identity.name.split("-"))
    )
