"""`monitor reparse`: kept answers read again, from a real poll on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from monitor.ledger import Ledger
from monitor.sources import openrouter_models
from monitor.sources.openrouter_models import Catalogue, parse
from tests.cli.conftest import Program
from tests.shared import payload

MODELS = payload("openrouter-models/models-2026-08-22T12.json")
SLUG = "openai/gpt-5.5"


def tenfold(body: bytes) -> Catalogue:
    """A parser that has one price wrong."""
    found = parse(body)
    models = tuple(
        replace(model, prices={**model.prices, "completion": model.prices["completion"] * 10})
        if model.id == SLUG
        else model
        for model in found.models
    )
    return replace(found, models=models)


@pytest.fixture
def polled(monitor: Program, httpserver: HTTPServer) -> Program:
    """A ledger that a wrong parser filled an hour ago."""
    httpserver.expect_request("/models").respond_with_data(MODELS, content_type="application/json")
    monitor.patch.setenv("MONITOR_SOURCES__OPENROUTER_MODELS__URL", httpserver.url_for("/models"))
    with pytest.MonkeyPatch.context() as wrong:
        wrong.setattr(openrouter_models, "parse", tenfold)
        wrong.setattr("monitor.cli.poll._now", lambda: datetime.now(UTC) - timedelta(hours=1))
        assert monitor("poll").code == 0
    return monitor


def outputs(program: Program) -> Sequence[float]:
    """Every stored output price of the model, by time of learning."""
    with Ledger.open(program.ledger, owner=False) as ledger:
        columns = ledger.columns("price_output")
    wanted = [series.labels.get("model") == SLUG for series in columns.series]
    return [value for at, value in zip(columns.index, columns.values.tolist(), strict=True) if wanted[at]]


def test_it_says_what_differs_and_learns_it(polled: Program) -> None:
    """Case: one price of 421 models was read ten times too high; afterwards there is nothing left to say."""
    ended = polled("reparse")
    assert (ended.code, ended.err) == (0, "")
    first, value = ended.out.splitlines()
    assert first.startswith("openrouter_models: 1 answer of 2")
    assert first.endswith("; 1 value other than known")
    assert value.endswith(f" price_output model={SLUG} source=openrouter: $300 → $30")
    assert outputs(polled) == [300.0, 30.0]
    assert polled("reparse", "openrouter_models").out.endswith("; 0 values other than known\n")


def test_a_dry_run_changes_nothing(polled: Program) -> None:
    """Law: the same words, and the ledger as before."""
    ended = polled("reparse", "--dry-run")
    assert ended.out.endswith("→ $30\nnothing was changed: --dry-run\n")
    assert outputs(polled) == [300.0]


def test_json(polled: Program) -> None:
    """Case: one object for each source, with every value."""
    (line,) = polled("reparse", "--json").out.splitlines()
    found = json.loads(line)
    assert (found["source"], found["answers"], found["released"], found["changed"]) == ("openrouter_models", 1, 0, True)
    (revision,) = found["revisions"]
    assert (revision["metric"], revision["before"], revision["after"]) == ("price_output", 300.0, 30.0)
    assert revision["labels"] == {"model": SLUG, "source": "openrouter"}


def test_answers_from_before_a_time_are_left_alone(polled: Program) -> None:
    """Case: --since."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert polled("reparse", "--since", f"{tomorrow:%Y-%m-%d}").out == "openrouter_models: no answers are kept\n"


@pytest.mark.parametrize(
    ("name", "told"),
    [("openrouter_modls", "did you mean 'openrouter_models'?"), ("openrouter_rankings", "is off: needs key")],
)
def test_a_source_that_is_not_there_is_refused(monitor: Program, name: str, told: str) -> None:
    """Case: as `monitor poll` does."""
    ended = monitor("reparse", name)
    assert ended.code == 2
    assert told in ended.err
