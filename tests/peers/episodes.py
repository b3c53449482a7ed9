"""Episodes of one side as (rule, member) → the hours in which it fires, and as (start, end)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from monitor.backtest import Mode, backtest
from monitor.model.bar import HOUR, Instants
from monitor.model.transition import Change
from monitor.rules.load import load
from tests.laws.passes import catalogued
from tests.peers.market import Market
from tests.peers.twin import Twin, our_file

Firing = Mapping[tuple[str, str], NDArray[np.bool_]]
"""(rule, member) → (T,), whether it fires in each hour. A member is a model, or a vendor, or "" for all of them."""


def ours(market: Market, twins: Sequence[Twin]) -> Firing:
    """What our backtest says: from the bar that fires to the one that resolves."""
    loaded = load([("twins.yaml", our_file(twins))])
    assert not loaded.problems, "\n".join(map(str, loaded.problems))
    found: dict[tuple[str, str], NDArray[np.bool_]] = {}
    for each in backtest(market.history(), loaded.rules, catalogued(), Mode.AS_FINAL):
        firing = found.setdefault((each.alert, member(each.labels.as_dict())), np.zeros(len(market.hours), np.bool_))
        firing[np.searchsorted(market.hours, each.valid_at) :] = each.kind is Change.FIRING
    return found


def theirs(market_hours: Instants, alerts: Iterable[tuple[Mapping[str, str], Sequence[int]]]) -> Firing:
    """Of alerts with their labels and the instants at which they fired."""
    found: dict[tuple[str, str], NDArray[np.bool_]] = {}
    for labels, instants in alerts:
        key = (labels["alertname"], member(labels))
        firing = found.setdefault(key, np.zeros(len(market_hours), np.bool_))
        rows = (np.array(instants, np.int64) - market_hours[0]) // HOUR
        firing[rows] = True
    return found


def member(labels: Mapping[str, str]) -> str:
    """What tells the instances of a rule apart."""
    return labels.get("model") or labels.get("vendor") or ""


def episodes(firing: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(T,) → (start, end) in rows, `end` being the first row after it."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], firing, [False])).astype(np.int8)))
    return list(pairwise(edges.tolist()))[::2]
