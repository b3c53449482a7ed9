"""`/metrics`: how things stand, as Prometheus reads it; gathered when it asks, read beside whoever owns the ledger."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from monitor import __version__
from monitor.model.bar import seconds
from monitor.status import Asked, Status

Counts = Mapping[tuple[str, str], int]
Value = tuple[tuple[str, ...], float]
"""The values of a metric's labels, and its own."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is told. `steps`, `runs`: by (step or job, how it ended), since the start. `backup`: epoch seconds.

    `queues`: by receiver, how many notifications it is owed, and since when, epoch seconds, the oldest.
    """

    status: Status
    steps: Counts
    runs: Counts
    queues: Mapping[str, tuple[int, int]]
    backup: float | None = None


async def metrics(request: Request) -> Response:
    """All of them, in the format that is asked for."""
    encode, kind = choose_encoder(request.headers.get("accept", ""))
    text = await asyncio.to_thread(lambda: encode(_registry(request.app.state.surface.figures())))
    return Response(text, media_type=kind)


def _registry(figures: Figures) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Gathered(figures))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return registry


class _Gathered(Collector):
    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        """Every family, each sample with all its labels."""
        yield InfoMetricFamily("monitor_build", "Which program this is.", {"version": __version__})
        yield from _of_sources(self._figures.status)
        yield from _of_alerts(self._figures.status)
        yield from _of_queues(self._figures.queues)
        yield from _of_copies(self._figures)
        yield _counted("monitor_steps", "Steps taken since the start, by how they ended.", "step", self._figures.steps)
        yield _counted("monitor_schedule_runs", "Runs that did not go as scheduled.", "job", self._figures.runs)


def _of_sources(standing: Status) -> Iterator[Metric]:
    on = [each for each in standing.sources if not each.off]
    yield _gauge("monitor_source_up", "1 = the last poll brought something usable.", ["source"], _up(on))
    good = [((each.name,), each.last_good.timestamp()) for each in on if each.last_good is not None]
    yield _gauge(
        "monitor_source_last_good_timestamp_seconds", "When a poll last brought something usable.", ["source"], good
    )
    troubles = [((each.poll, each.kind.value), 1.0) for each in standing.troubles]
    yield _gauge("monitor_source_trouble", "1 = people were told that it lasts.", ["source", "kind"], troubles)
    sealed = [((metric, source), float(through)) for (metric, source), through in standing.sealed.items()]
    told = "Up to when the bars of a metric are closed."
    yield _gauge("monitor_sealed_through_timestamp_seconds", told, ["metric", "source"], sealed)


def _up(sources: Iterable[Asked]) -> Iterator[Value]:
    return (((each.name,), float(not each.failing)) for each in sources if each.last is not None or each.failing)


def _of_alerts(standing: Status) -> Iterator[Metric]:
    kept = len(standing.kept)
    states = [(("current",), float(standing.rules - kept)), (("last_good",), float(kept))]
    told = "Rules in force: as their files have them, or the last good version of a broken one."
    yield _gauge("monitor_rules", told, ["version"], states)
    firing = Counter(each.alert for each in standing.firing)
    yield _gauge("monitor_alerts_firing", "Instances that fire.", ["alertname"], _labelled(firing))
    yield _gauge("monitor_notifications", "Notifications in the outbox.", ["state"], _labelled(standing.outbox))


def _of_queues(queues: Mapping[str, tuple[int, int]]) -> Iterator[Metric]:
    owed = {receiver: count for receiver, (count, _) in queues.items()}
    yield _gauge("monitor_notifications_owed", "Notifications not yet with a receiver.", ["receiver"], _labelled(owed))
    since = {receiver: oldest for receiver, (_, oldest) in queues.items()}
    told = "Since when the oldest of them is owed."
    yield _gauge("monitor_notifications_owed_since_timestamp_seconds", told, ["receiver"], _labelled(since))


def _of_copies(figures: Figures) -> Iterator[Metric]:
    standing = figures.status
    behind = "Samples that a sink has not taken yet."
    yield _gauge("monitor_sink_behind_samples", behind, ["sink"], _labelled(standing.behind))
    yield _gauge("monitor_ledger_size_bytes", "The ledger's file and its log.", [], [((), float(standing.size))])
    samples = CounterMetricFamily("monitor_ledger_samples", "Samples ever learnt.")
    samples.add_metric([], standing.samples)
    yield samples
    made = [] if figures.backup is None else [((), figures.backup)]
    yield _gauge("monitor_backup_timestamp_seconds", "As of when the newest backup is.", [], made)
    now = [((), float(seconds(standing.at)))]
    yield _gauge("monitor_clock_timestamp_seconds", "The monitor's own clock.", [], now)


def _labelled(counts: Mapping[str, int]) -> Iterator[Value]:
    return (((name,), float(count)) for name, count in counts.items())


def _gauge(name: str, told: str, labels: list[str], values: Iterable[Value]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=labels)
    for own, value in values:
        family.add_metric(own, value)
    return family


def _counted(name: str, told: str, about: str, counts: Counts) -> Metric:
    family = CounterMetricFamily(name, told, labels=[about, "ended"])
    for (own, how), count in sorted(counts.items()):
        family.add_metric([own, how], count)
    return family
