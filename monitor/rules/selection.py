"""Which members of a feed a selector means, and the feed narrowed to them: a fleet has many rules over one series."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitor.model.frame import Flags
from monitor.model.metric import Kind
from monitor.rules.expression.nodes import Select
from monitor.rules.feed import Feed

Places = NDArray[np.intp]
_MANY = 16  # sorting the rows of that part of the members costs about as much as looking at all


@dataclass(frozen=True, slots=True)
class Selections:
    """Remembers by the identity of feeds: they have to be kept as long as this is."""

    _chosen: dict[tuple[int, Select], Flags] = field(default_factory=dict)
    _narrowed: dict[tuple[int, bytes], Feed] = field(default_factory=dict)
    _holders: dict[tuple[int, str], dict[str, list[int]]] = field(default_factory=dict)
    _by_member: dict[int, tuple[Places, Places]] = field(default_factory=dict)

    def chosen(self, select: Select, feed: Feed) -> Flags:
        """(S,): which members of a feed are meant."""
        key = (id(feed), select)
        if key not in self._chosen:
            flags = np.zeros(len(feed.members), np.bool_)
            for place in self._candidates(select, feed):
                flags[place] = select.matches(feed.members[place].joined)
            self._chosen[key] = flags
        return self._chosen[key]

    def narrowed(self, select: Select, feed: Feed) -> Feed:
        """The feed of levels with the meant members alone. Flows stay whole: what one is depends on all others."""
        chosen = self.chosen(select, feed)
        return feed if select.kind is Kind.FLOW else self.only(feed, np.flatnonzero(chosen))

    def only(self, feed: Feed, members: Places) -> Feed:
        """The feed with these members alone, in order."""
        if len(members) == len(feed.members):
            return feed
        key = (id(feed), members.tobytes())
        if key not in self._narrowed:
            self._narrowed[key] = feed.only(members, self._rows(feed, members))
        return self._narrowed[key]

    def _candidates(self, select: Select, feed: Feed) -> Iterable[int]:
        """The places of all members that can be meant: where a label is pinned, of those that have its value."""
        for matcher in select.matchers:
            if matcher.pins:
                return self._places(feed, matcher.label).get(matcher.patterns[0], ())
        return range(len(feed.members))

    def _places(self, feed: Feed, label: str) -> dict[str, list[int]]:
        key = (id(feed), label)
        if key not in self._holders:
            holders: dict[str, list[int]] = {}
            for place, member in enumerate(feed.members):
                holders.setdefault(member.joined.get(label), []).append(place)
            self._holders[key] = holders
        return self._holders[key]

    def _rows(self, feed: Feed, members: Places) -> Places:
        """The rows of some members, in order: looked for among all, or put together if they are few."""
        if len(members) * _MANY > len(feed.members):
            meant = np.zeros(len(feed.members), np.bool_)
            meant[members] = True
            return np.flatnonzero(meant[feed.column])
        if id(feed) not in self._by_member:
            width = np.min_scalar_type(len(feed.members))  # the narrower, the faster is the sort
            order = np.argsort(feed.column.astype(width), kind="stable")
            counts = np.bincount(feed.column, minlength=len(feed.members))
            self._by_member[id(feed)] = order, np.concatenate([[0], np.cumsum(counts)])
        order, edges = self._by_member[id(feed)]
        rows = [order[edges[member] : edges[member + 1]] for member in members.tolist()]
        return rows[0] if len(rows) == 1 else np.sort(np.concatenate(rows))
