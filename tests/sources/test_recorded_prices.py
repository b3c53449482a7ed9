"""Three years of four price lists through the guard in order of observation."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Series, Snapshot
from monitor.sources.believed import Believed
from monitor.sources.guard import Doubt, Held, suspicion
from tests.shared import SHARED

Lines = Iterator[Mapping[str, str]]


def lines(name: str) -> Lines:
    with gzip.open(SHARED / "data" / "prices" / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def snapshots() -> Iterator[Snapshot]:
    """What each look showed, all sources in turn; the change table replayed."""
    changes: defaultdict[tuple[str, str], list[Mapping[str, str]]] = defaultdict(list)
    for row in lines("prices"):
        changes[row["source"], row["observed_at"]].append(row)
    looks = [row for row in lines("observations") if row["status"] == "ok"]
    shown: defaultdict[str, dict[Series, float]] = defaultdict(dict)
    for look in sorted(looks, key=lambda row: row["observed_at"]):
        source, at = look["source"], datetime.fromisoformat(look["observed_at"])
        for row in changes[source, look["observed_at"]]:
            series = Series(f"price_{row['field']}", Labels.of(source=source, model=row["model"]), Bar.HOUR)
            shown[source].pop(series, None)
            if row["usd_per_mtok"] and float(row["usd_per_mtok"]) >= 0:
                shown[source][series] = float(row["usd_per_mtok"])
        samples = tuple(Sample(series, at, at, price) for series, price in shown[source].items())
        yield Snapshot(source, at, samples, (), int(look["n_models"]), "")


def verdicts() -> Iterator[tuple[Snapshot, Doubt | None]]:
    """Each snapshot and what the guard made of it."""
    known: defaultdict[str, Believed] = defaultdict(Believed)
    held: defaultdict[str, list[Held]] = defaultdict(list)
    for snapshot in snapshots():
        doubt = suspicion(snapshot, known[snapshot.source], held[snapshot.source])
        yield snapshot, doubt
        if doubt is not None:
            held[snapshot.source].append(Held(doubt.kind, snapshot.fetched_at, snapshot.entries))
            continue
        levels = {each.series: each.value for each in snapshot.samples if each.value is not None}
        held[snapshot.source], known[snapshot.source] = [], Believed(snapshot.entries, levels=levels)


def test_two_corrections_of_a_unit_are_held_for_a_day_and_nothing_else() -> None:
    """Of 2,302 looks twelve: litellm's watsonx prices of October 2025 and its novita prices of January 2026."""
    found = list(verdicts())
    assert len(found) == 2302
    held = [(snapshot, doubt) for snapshot, doubt in found if doubt is not None]
    assert Counter((snapshot.source, doubt.kind, f"{snapshot.fetched_at:%Y-%m-%d}") for snapshot, doubt in held) == {
        ("litellm", "jump", "2025-10-17"): 2,
        ("litellm", "jump", "2025-10-18"): 4,
        ("litellm", "jump", "2026-01-13"): 2,
        ("litellm", "jump", "2026-01-14"): 4,
    }
    assert held[0][1].why.startswith("got prices of 4 models of watsonx at 0.001 times those before")
    assert held[-1][1].why.startswith("got prices of 62 models of novita at 0.000125 times those before")
