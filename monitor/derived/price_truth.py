"""What was said of changes of prices, where looks were learnt that it may depend on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from monitor.catalog import Catalog, Join, LastJoin
from monitor.ledger import Learnt, Ledger
from monitor.model.history import History
from monitor.truth.event import Said
from monitor.truth.looks import READ
from monitor.truth.watched import watched


class PriceTruth:
    """Derives what was said from a ledger; replays all prices if one was learnt since, or an alias."""

    def __init__(self, ledger: Ledger, catalog: Callable[[], Catalog]) -> None:
        self._ledger = ledger
        self._catalog = catalog
        self._last_join = LastJoin()
        self._replayed: tuple[int, Join, Sequence[Said]] | None = None

    def __call__(self, learnt: Learnt) -> list[tuple[Said, ...]]:
        """See `said_since`."""
        join = self._last_join.of(self._catalog(), self._ledger.aliases())
        if self._replayed is None or self._replayed[:2] != (learnt.newest, join):
            self._replayed = learnt.newest, join, all_said(self._ledger, join)
        return said_since(self._replayed[2], learnt)


def all_said(history: History, join: Join) -> list[Said]:
    """Every word, oldest first: a replay of all prices."""
    truth = watched([history.columns(metric) for metric in READ], join)
    every = [Said(event, word) for event in truth.events() for word in event.words]
    return sorted(every, key=lambda said: said.word.at)


def said_since(every: Sequence[Said], learnt: Learnt) -> list[tuple[Said, ...]]:
    """For each look that was learnt what was said at it, and after it before the next one of them.

    What was said before the first of them does not depend on it. What may depend on looks that were learnt still later
    comes with those.
    """
    places = {each.start: place for place, each in enumerate(learnt.touched)}
    starts, rest = sorted(places), learnt.rest()
    found: list[list[Said]] = [[] for _ in learnt.touched]
    for said in every:
        if starts[0] <= said.word.at and (rest is None or said.word.at < rest):
            found[places[starts[bisect_right(starts, said.word.at) - 1]]].append(said)
    return [tuple(each) for each in found]
