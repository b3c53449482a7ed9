"""Plausibility: whether a snapshot that reads well can be believed. Pure; each kind of doubt is a module of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor.model.sample import Snapshot
from monitor.registry import modules
from monitor.sources import doubts
from monitor.sources.believed import Believed

_ALIKE = 0.1  # entries of two snapshots of a source that stays as it is differ by less, relatively


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why not to believe a snapshot: which kind of reason, and what was got and what was expected."""

    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Held:
    """A snapshot that was not believed: for which kind of doubt, how many entries it had."""

    kind: str
    fetched_at: datetime
    entries: int


def suspicion(snapshot: Snapshot, believed: Believed, held: Iterable[Held] = ()) -> Doubt | None:
    """The first reason not to believe a snapshot; None = nothing speaks against it.

    `held`: the snapshots in a row before this one that were not believed. Where there is nothing to compare with, as
    at a first import of history, nothing is said.
    """
    if snapshot.unchanged or not snapshot.guarded:
        return None
    before = tuple(held)
    for kind, module in modules(doubts).items():
        why: str | None = module.doubt(snapshot, believed)
        if why is not None and not _stays(kind, snapshot, before):
            return Doubt(kind, why)
    return None


def _stays(kind: str, snapshot: Snapshot, held: Iterable[Held]) -> bool:
    """Whether a source has been as it is now for so long that this kind of doubt is given up."""
    patience = modules(doubts)[kind].PATIENCE
    newest_first = sorted(held, key=lambda each: each.fetched_at, reverse=True)
    since = snapshot.fetched_at
    for each in newest_first:
        if each.kind != kind or abs(each.entries - snapshot.entries) > _ALIKE * max(each.entries, snapshot.entries):
            break
        since = each.fetched_at
    return patience is not None and snapshot.fetched_at - since >= patience
