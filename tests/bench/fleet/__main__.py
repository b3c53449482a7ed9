"""`python -m tests.bench.fleet`: ours and the peers over the same fleet in one run, in seconds; then scale and live.

`python -m tests.bench.fleet ours scale` runs those parts only; "peers" means ours beside theirs.
"""

from __future__ import annotations

import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from tests.bench.fleet import live, ours, prometheus, scale, victoria
from tests.bench.fleet.queries import Queried
from tests.bench.fleet.rules import sets
from tests.bench.fleet.series import DAYS, MODELS, Fleet, fleet, write
from tests.peers import victoria as vm
from tests.peers.binaries import found
from tests.peers.twin import Twin

REPLAY_WITHIN, TEST_WITHIN = 120.0, 600.0  # seconds
REPLAYED = ("S100", "S1000", "F4")
TESTED = ("F4",)
PARTS = ("ours", "peers", "scale", "live")
LIVE = ((1_000, 30), (1_000, 90), (10_000, 30), (10_000, 90))  # rules, days of history
NAMES = ("promtool", "prometheus", "victoria-metrics", "vmalert")
Row = tuple[str, Mapping[str, float | str]]
Sets = Mapping[str, Sequence[Twin]]


def main(wanted: Sequence[str]) -> None:
    """Print the tables as they are measured; `wanted`: some of the parts, none = all."""
    parts = set(wanted or PARTS)
    if not parts <= set(PARTS):
        sys.exit(f"expected some of {', '.join(PARTS)}")
    _say(f"Python {platform.python_version()}, numpy {np.__version__}")
    if parts & {"ours", "peers"}:
        _fleet(peers="peers" in parts)
    if "scale" in parts:
        _table(("at scale", "measured"), _scale_rows(scale.in_new_process()))
    if "live" in parts:
        heads = ("live cycle, seconds", "learn", "judge", "worst of both", "messages", "history judged before")
        _table(heads, (_live_row(live.in_new_process(*each)) for each in LIVE))


def _fleet(*, peers: bool) -> None:
    of = fleet()
    rule_sets = sets(of)
    _say(f"{MODELS} models, {DAYS} days, {of.samples:,} samples")
    with tempfile.TemporaryDirectory() as folder:
        mine = _ours(of, rule_sets, Path(folder))
        rows = list(_our_rows(mine))
        if peers:
            rows += _their_rows(of, rule_sets, Path(folder), mine)
    cells = ((label, *(_cell(row.get(name, "")) for name in rule_sets)) for label, row in rows)
    _table(("seconds", *rule_sets), cells)


def _ours(of: Fleet, rule_sets: Sets, folder: Path) -> dict[str, ours.Figures]:
    ledger = folder / "ledger.sqlite"
    write(of, ledger)
    return {name: ours.in_new_process(ledger, twins, folder) for name, twins in rule_sets.items()}


def _our_rows(mine: Mapping[str, ours.Figures]) -> Iterator[Row]:
    yield "ours, cold: ledger opened, read, judged", {name: each.cold for name, each in mine.items()}
    yield "ours, the whole process", {name: each.process for name, each in mine.items()}
    yield "ours, again in the same process", {name: each.again for name, each in mine.items()}
    yield "ours, warm: with the columns in memory", {name: each.held for name, each in mine.items()}
    yield "episodes", {name: f"{each.firings:,}" for name, each in mine.items()}
    yield "peak memory, MB", {name: f"{each.peak:.0f}" for name, each in mine.items()}


def _their_rows(of: Fleet, rule_sets: Sets, folder: Path, mine: Mapping[str, ours.Figures]) -> Iterator[Row]:
    promtool, prom, metrics, vmalert = (_binary(name) for name in NAMES)
    _say(_version(str(prom), "--version"))
    _say(_version("dpkg-query", "--show", "--showformat=${Package}, version ${Version}", "victoria-metrics"))
    with vm.server(metrics, folder / "victoria") as server:
        vm.fill(server, victoria.lines(of))
        asked = {name: victoria.queried(server, twins, of) for name, twins in rule_sets.items()}
        replayed = {name: victoria.replayed(vmalert, server, rule_sets[name], of, REPLAY_WITHIN) for name in REPLAYED}
    yield from _queried("VictoriaMetrics, range queries", asked)
    yield "vmalert -replay", replayed
    yield from _ratios(mine, asked)
    prometheus.backfill(promtool, of, folder / "prometheus")
    with prometheus.server(prom, folder / "prometheus") as server:
        asked = {name: prometheus.queried(server, twins, of) for name, twins in rule_sets.items()}
    yield from _queried("Prometheus, range queries", asked)
    tested = {name: prometheus.tested(promtool, rule_sets[name], of, folder, TEST_WITHIN) for name in TESTED}
    yield "promtool test rules", tested


def _queried(label: str, asked: Mapping[str, Queried]) -> Iterator[Row]:
    yield f"{label}, cold", {name: each.cold for name, each in asked.items()}
    yield f"{label}, warm", {name: each.warm for name, each in asked.items()}


def _ratios(mine: Mapping[str, ours.Figures], asked: Mapping[str, Queried]) -> Iterator[Row]:
    yield "ours cold / VictoriaMetrics cold", {name: _times(mine[name].cold, each.cold) for name, each in asked.items()}
    yield "ours cold / VictoriaMetrics warm", {name: _times(mine[name].cold, each.warm) for name, each in asked.items()}
    yield "ours warm / VictoriaMetrics warm", {name: _times(mine[name].held, each.warm) for name, each in asked.items()}


def _scale_rows(of: scale.Scale) -> Iterator[tuple[str, ...]]:
    yield f"{scale.SERIES:,} series, {scale.DAYS:,} days, {scale.RULES} rules", f"{of.ours:.1f} s"
    yield "bare numpy passes, the matrix included", f"{of.bare + of.matrix:.1f} s"
    yield "ratio", _times(of.ours, of.bare + of.matrix)
    yield "transitions; of the bare passes", f"{of.transitions:,}; {of.flips:,}"
    yield "peak memory; the columns are", f"{of.peak:,.0f} MB; {of.inputs:,.0f} MB"


def _live_row(cycle: live.Cycle) -> tuple[str, ...]:
    figures = (cycle.learn, cycle.judge, cycle.worst)
    label = f"{cycle.rules:,} rules, {cycle.days} days of history"
    return label, *(f"{each:.3f}" for each in figures), str(cycle.owed), f"{cycle.before:.1f}"


def _binary(name: str) -> Path:
    binary = found(name)
    if binary is None:
        sys.exit(f"no {name}: `make servers` gets it")
    return binary


def _version(*command: str) -> str:
    """What a program says first; of VictoriaMetrics the package knows, the program as Debian builds it does not."""
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.splitlines()[0].split(" (")[0]


def _times(mine: float, other: float) -> str:
    return f"{mine / other:.2f} x"


def _cell(figure: float | str) -> str:
    return figure if isinstance(figure, str) else f"{figure:.2f}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    _say("\n| " + " | ".join(heads) + " |\n|" + " --- |" * len(heads))
    for row in rows:
        _say("| " + " | ".join(row) + " |")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
