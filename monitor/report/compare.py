"""Two runs over the same history, side by side: what an edit of rules gains, loses and moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.model.labels import Labels
from monitor.report.episodes import Episode, Standing

_NEAR = 4
"""Episodes that do not overlap are the same moved one at most that many bars apart."""
_FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class Moved:
    """One episode that has another start or end in the other run."""

    before: Episode
    after: Episode


@dataclass(frozen=True, slots=True)
class Comparison:
    """One alert in both runs. `before`, `after`: whether it is among the rules of that run."""

    alert: str
    before: bool
    after: bool
    gained: tuple[Episode, ...]
    lost: tuple[Episode, ...]
    moved: tuple[Moved, ...]
    unchanged: int

    @property
    def differs(self) -> bool:
        """Whether anything did change."""
        return bool(self.gained or self.lost or self.moved) or self.before is not self.after


def compare(
    before: Iterable[Episode], after: Iterable[Episode], bars: tuple[Mapping[str, int], Mapping[str, int]]
) -> tuple[Comparison, ...]:
    """Every alert of either run, by name. `bars`: for each run, the seconds of a bar by alert.

    Episodes of one instance with the same start and end are the same; of the others those that overlap are paired,
    the longest overlap first, and then the nearest.
    """
    old, new = _by_instance(before), _by_instance(after)
    return tuple(
        _compared(alert, old.get(alert, {}), new.get(alert, {}), bars) for alert in sorted({**bars[0], **bars[1]})
    )


def _by_instance(found: Iterable[Episode]) -> dict[str, dict[Labels, list[Episode]]]:
    by: dict[str, dict[Labels, list[Episode]]] = {}
    for each in found:
        if each.standing is not Standing.WITHDRAWN:
            by.setdefault(each.alert, {}).setdefault(each.labels, []).append(each)
    return by


def _compared(
    alert: str,
    old: Mapping[Labels, list[Episode]],
    new: Mapping[Labels, list[Episode]],
    bars: tuple[Mapping[str, int], Mapping[str, int]],
) -> Comparison:
    reach = _NEAR * max(each[alert] for each in bars if alert in each)
    gained: list[Episode] = []
    lost: list[Episode] = []
    moved: list[Moved] = []
    unchanged = 0
    for labels in sorted({**old, **new}):
        same = {each.span for each in old.get(labels, ())} & {each.span for each in new.get(labels, ())}
        unchanged += len(same)
        left = [each for each in old.get(labels, ()) if each.span not in same]
        right = [each for each in new.get(labels, ()) if each.span not in same]
        pairs = _paired(left, right, reach)
        moved += pairs
        lost += [each for each in left if all(each is not pair.before for pair in pairs)]
        gained += [each for each in right if all(each is not pair.after for pair in pairs)]
    return Comparison(alert, alert in bars[0], alert in bars[1], tuple(gained), tuple(lost), tuple(moved), unchanged)


def _paired(left: list[Episode], right: list[Episode], reach: int) -> list[Moved]:
    """Each episode in one pair at most, the best pairs first; in order of time."""
    apart = sorted(
        (_apart(old, new), old.began, new.began, row, column)
        for row, old in enumerate(left)
        for column, new in enumerate(right)
    )
    rows: set[int] = set()
    columns: set[int] = set()
    pairs: list[Moved] = []
    for gap, *_, row, column in apart:
        if gap <= reach and row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
            pairs.append(Moved(left[row], right[column]))
    return sorted(pairs, key=lambda each: each.before.began)


def _apart(one: Episode, other: Episode) -> int:
    """Seconds between two episodes; below zero as long as they overlap."""
    ends = [_FOREVER if each.standing is Standing.OPEN else each.ended or each.fired for each in (one, other)]
    return max(one.began, other.began) - min(ends)
