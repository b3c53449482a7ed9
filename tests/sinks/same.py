"""Whether a server holds what a ledger holds: every sample and every transition once, and nothing else."""

from __future__ import annotations

from urllib.parse import unquote

from monitor.ledger import Ledger
from monitor.model.sample import Sample
from monitor.sinks.line_protocol import NANOSECONDS
from tests.servers import InfluxDB
from tests.sinks.test_influxdb_server import by_time, stored

_OTHERS = {"alerts", "seals", "citations", "aliases", "texts", "shares", "price_truth"}


def check_same(ledger: Ledger, server: InfluxDB) -> tuple[int, int]:
    """Compare all; how many samples and transitions there are."""
    learnt: dict[str, list[Sample]] = {}
    for _, sample in ledger.cursors.after(0, ledger.cursors.newest()):
        learnt.setdefault(sample.series.metric, []).append(sample)
    for metric, samples in learnt.items():
        assert by_time(stored(server, metric)) == by_time(samples), metric
    measurements = {row["name"] for row in server.rows("SHOW MEASUREMENTS")} - _OTHERS
    assert measurements == {f"{metric}{ending}" for metric in learnt for ending in ("", "_as_known")}
    transitions = _recorded(ledger)
    assert _copied(server) == transitions
    return sum(map(len, learnt.values())), len(transitions)


def _recorded(ledger: Ledger) -> list[tuple[object, ...]]:
    """(time in ns, alert, kind, labels, silent, when it was recorded) of each."""
    found: list[tuple[object, ...]] = []
    for _, recorded in ledger.transition_cursors.after(0, ledger.transition_cursors.newest()):
        each = recorded.transition
        at = each.valid_at * NANOSECONDS + each.judged_at - each.valid_at
        labels = tuple((name, value) for name, value in each.labels if value)
        found.append((at, each.alert, each.kind.value, labels, recorded.silent, recorded.recorded_at))
    return sorted(found)


def _copied(server: InfluxDB) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for group in server.series("SELECT silent, recorded_at FROM alerts GROUP BY *", epoch="ns"):
        tags = {name: unquote(text) for name, text in group["tags"].items() if text}
        own = tags.pop("alert"), tags.pop("kind")
        found.extend((at, *own, tuple(sorted(tags.items())), silent, when) for at, silent, when in group["values"])
    return sorted(found)
