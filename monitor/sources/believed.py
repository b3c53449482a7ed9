"""What was believed of a source before a snapshot, and the snapshot's newest bars beside it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from monitor.model.bar import Bar, seconds
from monitor.model.labels import Labels
from monitor.model.metric import METRICS, REST, Kind
from monitor.model.sample import Series, Snapshot

Bars = Mapping[int, Mapping[Labels, float]]
"""By start in epoch seconds, the figure of each series."""


@dataclass(frozen=True, slots=True)
class Believed:
    """What is known before a snapshot.

    `entries`: of the last accepted one, None = there was none. `flows`: by series and bar start, what is known of the
    bars before the newest of the snapshot. `levels`: what each series shows now.
    """

    entries: int | None = None
    flows: Mapping[Series, Mapping[int, float]] = field(default_factory=dict)
    levels: Mapping[Series, float] = field(default_factory=dict)


NOTHING = Believed()


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest bar of series that differ in the same labels, such as all models of a source.

    `brought`: every bar of the snapshot; `before`: believed ones from before the newest. `names`: those labels.
    """

    metric: str
    bar: Bar
    names: tuple[str, ...]
    start: int
    brought: Bars
    before: Bars

    @property
    def values(self) -> Mapping[Labels, float]:
        """The figures of the newest bar."""
        return self.brought[self.start]

    @property
    def last(self) -> int | None:
        """The start of the last bar believed; None = there is none."""
        return max(self.before, default=None)

    def bars_since(self, start: int) -> int:
        """How many bars the newest one is later than another."""
        return self.bar.number(self.start) - self.bar.number(start)

    def named(self, start: int) -> Mapping[Labels, float]:
        """The believed figures of a bar without the rest row and without zeros."""
        return _named(self.before[start])

    @property
    def named_now(self) -> Mapping[Labels, float]:
        """The same of the newest bar."""
        return _named(self.values)


def newest_bars(snapshot: Snapshot, believed: Believed) -> Iterator[Newest]:
    """The newest bar of each kind of flow in a snapshot, beside what was believed of the bars before."""
    flows = [sample for sample in snapshot.samples if METRICS[sample.series.metric].kind is Kind.FLOW]
    brought = _by_kind((sample.series, seconds(sample.valid_at), sample.value) for sample in flows)
    known = _by_kind((series, at, value) for series, bars in believed.flows.items() for at, value in bars.items())
    for (metric, bar, names), bars in brought.items():
        start = max(bars)
        before = {at: values for at, values in known.get((metric, bar, names), {}).items() if at < start}
        yield Newest(metric, bar, names, start, bars, before)


def _named(values: Mapping[Labels, float]) -> Mapping[Labels, float]:
    rest = {labels for labels in values if {value for _, value in labels} & set(REST)}
    return {labels: value for labels, value in values.items() if value > 0 and labels not in rest}


def _by_kind(
    flows: Iterator[tuple[Series, int, float | None]],
) -> Mapping[tuple[str, Bar, tuple[str, ...]], Mapping[int, Mapping[Labels, float]]]:
    found: defaultdict[tuple[str, Bar, tuple[str, ...]], dict[int, dict[Labels, float]]] = defaultdict(dict)
    for series, at, value in flows:
        if value is not None:
            names = tuple(name for name, _ in series.labels)
            found[series.metric, series.bar, names].setdefault(at, {})[series.labels] = value
    return found
