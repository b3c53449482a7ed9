"""One table of rules, written out in our language and in that of Prometheus and VictoriaMetrics.

What one rule says in both is the same up to the differences that docs/peers.md names.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.bench.fleet.series import Fleet
from tests.peers.twin import Twin

Kind = Callable[[str, str, str], Twin]
"""(name, our selector, their selector) → one rule of a kind."""


def cheap(name: str, ours: str, theirs: str) -> Twin:
    """Below a dollar for two hours."""
    return Twin(name, {"watch": ours, "below": "$1", "for": "2h"}, f"{theirs} < 1", "2h")


def cut(name: str, ours: str, theirs: str) -> Twin:
    """A fifth less than seven days ago."""
    rule = {"watch": ours, "falls": "20%", "against": "7d ago"}
    return Twin(name, rule, f"{theirs} <= 0.8 * ({theirs} offset 7d)")


def warming(name: str, ours: str, theirs: str) -> Twin:
    """The mean of a day a tenth above that of a week, for six hours."""
    rule = {"watch": f'avg_over({ours}, "24h")', "above": f'1.1 * avg_over({ours}, "7d")', "for": "6h"}
    return Twin(name, rule, f"avg_over_time({theirs}[1d]) > 1.1 * avg_over_time({theirs}[7d])", "6h")


def record(name: str, ours: str, theirs: str) -> Twin:
    """Lower than ever in thirty days."""
    return Twin(name, {"watch": ours, "new_low": "30d"}, f"{theirs} < min_over_time({theirs}[30d] offset 1h)")


def gone(name: str, ours: str, theirs: str) -> Twin:
    """Listed no longer, for three hours; only of a single series, as `absent` is."""
    return Twin(name, {"watch": ours, "disappears": "3 bars"}, f"absent_over_time({theirs}[3h])")


KINDS: tuple[Kind, ...] = (cheap, cut, warming, record, gone)


def fleet_rules() -> list[Twin]:
    """F4: four rules over every series, two on each metric."""
    return [
        cheap("Cheap", "price_output", "price_output"),
        cut("Cut", "price_input", "price_input"),
        warming("Warming", "price_output", "price_output"),
        record("Record", "price_input", "price_input"),
    ]


def single_rules(of: Fleet, count: int) -> list[Twin]:
    """S100, S1000: rules of the five kinds in turn, each on one series, spread over the fleet."""
    made = []
    for number in range(count):
        metric, model, _ = _series(of, number)
        kind = KINDS[number % len(KINDS)]
        made.append(kind(f"S{number:04}", f'{metric}(model="{model}")', f'{metric}{{model="{model}"}}'))
    return made


def _series(of: Fleet, number: int) -> tuple[str, str, int]:
    metrics = tuple(of.prices)
    place = number * 7 % len(of.models)  # every kind meets walks and steps
    return metrics[number // len(KINDS) % len(metrics)], of.models[place], place


def crossings(of: Fleet, count: int = 20) -> list[Twin]:
    """C20: the output price of one model passes that of another by one percent.

    The peers remember no side: theirs fires where it is above now and was not above an hour ago, so a slow pass through
    the margin fires at another hour or not at all.
    """
    made = []
    for number in range(count):
        ours, theirs = zip(*(_both(of.models[place]) for place in (2 * number, 2 * number + 1)), strict=True)
        rule = {"watch": ours[0], "crosses_above": ours[1], "margin": "1%"}
        now = f"{theirs[0]} > ignoring(model) 1.01 * {theirs[1]}"
        before = f"{theirs[0]} offset 1h <= ignoring(model) 1.01 * ({theirs[1]} offset 1h)"
        made.append(Twin(f"C{number:02}", rule, f"({now}) and ({before})"))
    return made


def _both(model: str) -> tuple[str, str]:
    return f'price_output(model="{model}")', f'price_output{{model="{model}"}}'


def sets(of: Fleet) -> dict[str, list[Twin]]:
    """Every set of the benchmark by its name."""
    return {
        "F4": fleet_rules(),
        "S100": single_rules(of, 100),
        "S1000": single_rules(of, 1_000),
        "C20": crossings(of),
    }
