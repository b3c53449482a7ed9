"""A noise report over all that was recorded: four weeks of July 2026, told day by day, against a plain reading."""

from __future__ import annotations

import csv
import gzip
import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monitor.backtest import backtest
from monitor.catalog import Join, shipped
from monitor.files import rule_texts
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.noise import LONG, Noise, worded
from monitor.noisiness import noise_of
from monitor.rules.load import load
from tests.noise.told import tell
from tests.shared import SHARED

FIRST, LAST = date(2026, 6, 22), date(2026, 7, 20)
SOURCES = (
    "CasualStudy/casualstudy-portfolio:data/openrouter-usage.json",
    "silentdog918/ai-tracker:data/openrouter.json",
)
RULE = """groups:
  - name: own
    every: day
    rules:
      - alert: ModelAboveFivePercent
        watch: share(tokens, by="model")
        above: 5%
"""


def at(day: date) -> int:
    return seconds(datetime(day.year, day.month, day.day, tzinfo=UTC))


@pytest.fixture(scope="module")
def noise(recorded: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Noise]:
    """The shipped rules and one that flaps, told to two receivers."""
    path: Path = tmp_path_factory.mktemp("told") / "ledger.sqlite"
    shutil.copy(recorded.path, path)
    shutil.copy(recorded.path.with_name("ledger.sqlite-wal"), path.with_name("ledger.sqlite-wal"))
    rules = rule_texts([Path(__file__).parents[2] / "rules"]).files
    with Ledger.open(path) as ledger:
        tell(ledger, [*rules, ("own.yaml", RULE)], at(FIRST), at(LAST), ("slack", "mail"))
        yield noise_of(ledger, shipped(), at(LAST), 300)


def days_of_change(source: str) -> int:
    """Days on which another set of models has over 5 % of all tokens than on the day before."""
    newest: dict[tuple[date, str], tuple[str, int]] = {}
    with gzip.open(SHARED / "data/usage/usage.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            if row["source"] == source and row["period"] == "day":
                key = datetime.fromisoformat(row["period_start"]).replace(tzinfo=UTC).date(), row["model"]
                newest[key] = max(newest.get(key, ("", 0)), (row["recorded_at"], int(row["tokens"])))
    days: defaultdict[date, dict[str, int]] = defaultdict(dict)
    for (day, model), (_, tokens) in newest.items():
        days[day][model] = tokens
    large = {
        day: {model for model, count in models.items() if model != "other" and count > 0.05 * sum(models.values())}
        for day, models in days.items()
    }
    return sum(
        large[day] != large[day - timedelta(days=1)]
        for day in (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days))
    )


def test_the_noisiest_rule_is_named_with_what_it_told(noise: Noise) -> None:
    """Two sources, a message for each day on which any model went over the line or under it."""
    expected = sum(map(days_of_change, SOURCES))
    first = noise.spoken[0]
    assert (first.alert, first.messages) == ("ModelAboveFivePercent", expected)
    said = worded(noise)
    assert said.title.endswith("of them from ModelAboveFivePercent")
    assert f"{expected} in 28 days" in said.lines[0]
    assert "flaps: model=z-ai/glm-5.2-20260616" in said.lines[1]


def test_the_change_that_is_told_does_what_is_told(noise: Noise, recorded: Ledger) -> None:
    """The rule with that line written into its file, judged by itself, tells as often as the report says."""
    saving = noise.savings["ModelAboveFivePercent"]
    assert saving is not None
    join = Join(shipped(), recorded.aliases())
    counts = []
    for text in (RULE, f"{RULE}        {saving.change}\n"):
        told = backtest(recorded, load([("own.yaml", text)]).rules, join, within=(at(LAST) - LONG, at(LAST) - 1))
        counts.append(len({(each.valid_at, each.judged_at) for each in told}))
    assert counts == [saving.told, saving.instead]
    assert saving.instead < saving.told


def test_new_models_are_news_and_get_no_such_advice(noise: Noise) -> None:
    """A model that appears does so at one bar: to wait would lose it."""
    assert "NewModel" in noise.eventful
    assert not noise.untried
