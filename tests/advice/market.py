"""A market of eight weeks, written by hand, and what is advised on rules over it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.advice import advice
from monitor.advice.facts import Facts
from monitor.catalog import shipped
from monitor.errors import Problem
from monitor.hindsight import Hindsight
from monitor.model.history import Columns
from monitor.rules.load import load
from tests.laws.history import Table, levels
from tests.rules.tables import HOUR, MONDAY, days, hours

DAYS = 56
_GROUP = "groups:\n  - name: g\n    every: {every}\n    rules:\n"


@dataclass(frozen=True, slots=True)
class Market:
    """A History in which each metric is from a table of its own."""

    tables: Mapping[str, Table]

    def columns(self, metric: str, *, since: int | None = None) -> Columns:
        """Of the table for it; of the first one, which has nothing of it, if there is none."""
        table = self.tables.get(metric) or next(iter(self.tables.values()))
        return table.columns(metric, since=since)


def market() -> Market:
    """Tokens: deepseek rises from 1T a day by 20B each, openai stays at 2T. Prices: deepseek's go up and down.

    The source never failed.
    """
    tokens = {
        "deepseek/deepseek-v4": " ".join(str(1_000e9 + 20e9 * day) for day in range(DAYS)),
        "openai/gpt-5.5": " ".join("2000000000000" for _ in range(DAYS)),
    }
    prices = {
        "deepseek/deepseek-v4": " ".join("0.5" if hour % 8 < 4 else "1" for hour in range(24 * 7)),
        "openai/gpt-5.5": " ".join("14" for _ in range(24 * 7)),
    }
    up = [(MONDAY + hour * HOUR, {"": 1.0}) for hour in range(24 * 7)]
    return Market(
        {
            "tokens": days(tokens),
            "price_output": hours(prices),
            "source_up": levels("openrouter", up, stale=None, metric="source_up"),
        }
    )


def written(rules: str, every: str) -> str:
    """A file of one group."""
    return _GROUP.format(every=every) + textwrap.indent(textwrap.dedent(rules).strip(), "      ") + "\n"


def warned(text: str, *, stored: bool = True, path: str = "a.yaml") -> tuple[Problem, ...]:
    """What is advised on a file, with the market as history or without any; the file has no problems."""
    loaded = load([(path, text)])
    assert [str(problem) for problem in loaded.problems] == []
    catalog = shipped()
    if not stored:
        return advice([(path, text)], loaded.rules, Facts.of(catalog, loaded.rules))
    found = Hindsight(market(), catalog, {}, 60.0).advised([(path, text)], loaded.rules)
    assert found.unheard == 0
    return found.warnings
