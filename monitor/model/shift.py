"""Prices that moved together: models of one author, provider or host whose prices changed alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.model.labels import Labels

_ALIKE = 0.005  # two factors are the same if they differ by less, relatively: prices are rounded

Prices = Mapping[tuple[str, Labels], float]
"""By metric and labels, USD per million tokens; what is not in it has no price."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Prices of a group that changed alike.

    `group`: the host, or what stands before the first slash of the model, empty where neither is given.
    `factor`: after / before; 0 = now free. `models`: those that moved, sorted; `prices`: how many of theirs did.
    `of`: how many models of the group had a price on both sides.
    """

    group: str
    factor: float
    models: tuple[str, ...]
    prices: int
    of: int


def shifts(before: Prices, after: Prices, *, least: int = 3) -> tuple[Shift, ...]:
    """Every group in which `least` models or more moved by the same factor, the largest groups first.

    What is new, gone or was free before has no factor and is left out.
    """
    moved: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    both = before.keys() & after.keys()
    for key in both:
        if after[key] != before[key] > 0:
            moved[group_of(key[1])].append((after[key] / before[key], key[1].get("model")))
    found = [
        Shift(group, factor, models, prices, _count(both, group))
        for group, steps in moved.items()
        for factor, models, prices in _alike(steps)
        if len(models) >= least
    ]
    return tuple(sorted(found, key=lambda shift: (-len(shift.models), shift.group, shift.factor)))


def group_of(labels: Labels) -> str:
    """Whose prices these are: the host, else the author or provider in front of the model."""
    author, slash, _ = labels.get("model").partition("/")
    return labels.get("host") or (author if slash else "")


def _count(keys: Iterable[tuple[str, Labels]], group: str) -> int:
    """How many models of a group are among them."""
    return len({labels.get("model") for _, labels in keys if group_of(labels) == group})


def _alike(steps: Iterable[tuple[float, str]]) -> Iterable[tuple[float, tuple[str, ...], int]]:
    """(factor, models, prices) of each run of equal factors; the factor is that of its first step."""
    run: list[tuple[float, str]] = []
    for step in sorted(steps):
        if run and step[0] - run[0][0] > _ALIKE * run[0][0]:
            yield _summed(run)
            run = []
        run.append(step)
    if run:
        yield _summed(run)


def _summed(run: list[tuple[float, str]]) -> tuple[float, tuple[str, ...], int]:
    return run[0][0], tuple(sorted({model for _, model in run})), len(run)
