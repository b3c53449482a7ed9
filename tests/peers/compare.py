"""One market judged by us and by a peer: hours in which only one side fires, each under the name of its cause."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tests.peers import promtool, victoria
from tests.peers.binaries import needed
from tests.peers.differences import DIFFERENCES, OURS, PROMETHEUS, THEIRS, Case, Difference, Hours
from tests.peers.episodes import Firing, episodes, ours, theirs
from tests.peers.market import Market, market
from tests.peers.rules import twins_of
from tests.peers.twin import Twin, their_file


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides of one peer over one market."""

    peer: str
    market: Market
    twins: Sequence[Twin]
    ours: Firing
    theirs: Firing

    def pairs(self, rule: str) -> Iterator[tuple[str, Hours, Hours]]:
        """(member, hours in which we fire, hours in which the peer does) of a rule."""
        never = np.zeros(len(self.market.hours), np.bool_)
        members = sorted({member for name, member in (*self.ours, *self.theirs) if name == rule})
        for member in members:
            yield member, self.ours.get((rule, member), never), self.theirs.get((rule, member), never)

    def agreed(self, rule: str) -> tuple[int, int]:
        """(episodes that both have with the same start and end, episodes that only one has)."""
        both = apart = 0
        for _, mine, other in self.pairs(rule):
            first, second = set(episodes(mine)), set(episodes(other))
            both, apart = both + len(first & second), apart + len(first ^ second)
        return both, apart

    def explained(self) -> tuple[set[tuple[str, str]], list[str]]:
        """(name, rule) of what occurs; and a line for every hour that has no name, or more than one."""
        occurs: set[tuple[str, str]] = set()
        faults: list[str] = []
        for twin in self.twins:
            for member, mine, other in self.pairs(twin.name):
                case = Case(self.market, twin.name, member)
                for side, hours in ((OURS, mine & ~other), (THEIRS, other & ~mine)):
                    names = self._names(case, side)
                    for row in np.flatnonzero(hours).tolist():
                        found = [name for name, where in names.items() if where[row]]
                        occurs.update((name, twin.name) for name in found)
                        if len(found) != 1:
                            faults.append(f"{twin.name} {member or 'all'}: only {side} in hour {row}: {found}")
        return occurs, faults

    def _names(self, case: Case, side: str) -> Mapping[str, Hours]:
        return {each.name: each.where(case) for each in DIFFERENCES if self._may_be(each, case.rule, side)}

    def _may_be(self, difference: Difference, rule: str, side: str) -> bool:
        return self.peer in difference.peers and rule in difference.rules and side in difference.sides


@cache
def comparison(peer: str, kind: str, seed: int) -> Comparison:
    """Both sides over a market of that kind; the same arguments are judged once."""
    of = market(kind, seed)
    twins = [twin for twin in twins_of(kind) if peer == PROMETHEUS or twin.keep == "0s"]
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.yaml"
        rules.write_text(their_file(twins))
        told = _prometheus(of, rules) if peer == PROMETHEUS else _victoria(of, rules)
    return Comparison(peer, of, twins, ours(of, twins), theirs(of.hours, told))


def _prometheus(of: Market, rules: Path) -> list[tuple[Mapping[str, str], list[int]]]:
    return promtool.alerts(needed("promtool"), of, rules)


def _victoria(of: Market, rules: Path) -> list[tuple[Mapping[str, str], list[int]]]:
    vmalert = needed("vmalert")
    with victoria.server(needed("victoria-metrics"), rules.parent / "victoria") as server:
        victoria.fill(server, of.lines())
        victoria.replay(vmalert, server, rules, of.hours)
        return list(victoria.alerts(server))
