"""What each query of the dashboards has to bring, by the ledger; CHECKS names them all."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import unquote

import pytest

from monitor.ledger import Ledger
from monitor.model.bar import Bar, seconds
from monitor.model.sample import Sample, Series
from monitor.model.share import Share
from monitor.model.transition import Recorded
from monitor.truth.event import Said, Status
from tests.deploy.grafana import FROM, TO, Chosen, asked, queries, variable
from tests.deploy.market import DOWN_AT, SOURCE
from tests.servers import InfluxDB
from tests.sinks.test_alert_lines import flux

Rows = list[dict[str, str]]
T = TypeVar("T")

MODELS = ("deepseek/deepseek-v4-pro", "deepseek/deepseek-v3.2")
CHOSEN: dict[str, Chosen] = {
    "market": {"source": SOURCE, "bar": "day", "by": "origin", "top": "10"},
    "prices": {"metric": "price_output", "source": ".*", "model": MODELS},
    "alerts": {"alert": ".*", "momentary": variable("alerts", "momentary")["query"]},
}


@dataclass(frozen=True)
class Market:
    """The server, and what the ledger has: the newest value of every bar, and every transition.

    `shares`: by origin and day, of SOURCE. `said`: of changes of output prices of MODELS, oldest first.
    """

    server: InfluxDB
    ledger: Ledger
    newest: dict[tuple[Series, datetime], Sample]
    recorded: list[Recorded]
    shares: dict[tuple[str, datetime], Share]
    said: list[Said]

    def rows(self, name: str, title: str, **chosen: str) -> Rows:
        """What a panel, an annotation or a variable gets. `chosen`: where that is not CHOSEN."""
        query = dict(queries(name))[title]
        return flux(self.server, asked(query, {**CHOSEN[name], **chosen}, self.server.bucket))

    def shown(self, metric: str, bar: Bar | None = None) -> list[Sample]:
        """The newest samples of a metric in the time shown."""
        return [
            each
            for each in self.newest.values()
            if each.series.metric == metric and FROM <= each.valid_at < TO and bar in (None, each.series.bar)
        ]

    def told(self) -> list[Recorded]:
        """What people were told of in the time shown."""
        first, last = seconds(FROM), seconds(TO)
        return [each for each in self.recorded if not each.silent and first <= each.transition.valid_at < last]


def time_of(row: dict[str, str], column: str = "_time") -> datetime:
    return datetime.fromisoformat(row[column]).replace(microsecond=0).astimezone(UTC)


def series(rows: Rows, name: str, value: str) -> dict[tuple[str, datetime], float]:
    return {(row[name], time_of(row)): float(row[value]) for row in rows}


def held_prices(market: Market, at: datetime) -> dict[tuple[str, str], float]:
    """By model and source, the price that holds at an instant."""
    held: dict[tuple[str, str], Sample] = {}
    for each in sorted(market.newest.values(), key=lambda sample: sample.valid_at):
        labels = each.series.labels
        if each.series.metric == "price_output" and labels.get("model") in MODELS and each.valid_at <= at:
            held[labels.get("model"), labels.get("source")] = each
    return {place: each.value for place, each in held.items() if each.value is not None}


def of_shares(market: Market, figure: str) -> dict[tuple[str, datetime], float]:
    found = {place: getattr(share, figure) for place, share in market.shares.items()}
    assert len({name for name, _ in found}) > 2
    assert len(found) > 100
    return {place: number for place, number in found.items() if math.isfinite(number)}


def shares_by(market: Market) -> None:
    found = series(market.rows("market", "Shares by ${by}"), "name", "share")
    assert found == pytest.approx(of_shares(market, "share"))


def tokens_by(market: Market) -> None:
    found = series(market.rows("market", "Tokens by ${by}"), "name", "amount")
    assert found == pytest.approx(of_shares(market, "amount"))


def ranks_by(market: Market) -> None:
    assert series(market.rows("market", "Ranks by ${by}"), "name", "rank") == of_shares(market, "rank")


def newest_ranks(market: Market) -> None:
    rows = {row["name"]: row for row in market.rows("market", "Newest ranks by ${by}")}
    assert len(rows) > 2
    for name, row in rows.items():
        before, last = sorted((day, share) for (of, day), share in market.shares.items() if of == name)[-2:]
        assert (time_of(row), float(row["rank"])) == (last[0], last[1].rank)
        assert float(row["share"]) == pytest.approx(last[1].share)
        assert float(row["change"]) == last[1].rank - before[1].rank


def of_days(market: Market, metric: str, source: str, by: Callable[[Sample], T]) -> dict[T, float]:
    """Sums of what a source has of the days shown."""
    sums: dict[T, float] = {}
    for each in market.shown(metric, Bar.DAY):
        if each.series.labels.get("source") == source:
            sums[by(each)] = sums.get(by(each), 0.0) + (each.value or 0.0)
    assert len(sums) > 50
    return sums


def tokens_by_model(market: Market) -> None:
    sums = of_days(market, "tokens", SOURCE, lambda sample: sample.series.labels.get("model"))
    largest = sorted(sums.items(), key=lambda item: -item[1])[:50]
    found = {row["model"]: float(row["tokens"]) for row in market.rows("market", "Tokens by model")}
    assert found == pytest.approx(dict(largest))


def listed(market: Market) -> None:
    found = {time_of(row): float(row["listed"]) for row in market.rows("market", "All tokens a ${bar}")}
    assert found == pytest.approx(of_days(market, "tokens", SOURCE, lambda sample: sample.valid_at))


def totals(market: Market) -> None:
    source = next(each.series.labels.get("source") for each in market.shown("tokens_total", Bar.DAY))
    rows = market.rows("market", "All tokens a ${bar} (2)", source=source)
    found = {time_of(row): float(row["total"]) for row in rows}
    assert found == pytest.approx(of_days(market, "tokens_total", source, lambda sample: sample.valid_at))


def price_steps(market: Market) -> None:
    rows = market.rows("prices", "${metric}")
    for at in (FROM, TO):
        found = {(row["model"], row["source"]): float(row["value"]) for row in rows if time_of(row) == at}
        assert found == held_prices(market, at)
    between = [row for row in rows if FROM < time_of(row) < TO and row["value"]]
    changed = [
        each
        for each in market.shown("price_output")
        if each.series.labels.get("model") in MODELS and each.value is not None and each.valid_at > FROM
    ]
    assert Counter(float(row["value"]) for row in between) == Counter(each.value for each in changed)
    assert changed


def prices_now(market: Market) -> None:
    found = {(row["model"], row["source"]): float(row["price"]) for row in market.rows("prices", "Prices now")}
    assert found == held_prices(market, TO)


def changes(market: Market) -> None:
    rows = [(row["status"], float(row["before"]), float(row["after"])) for row in market.rows("prices", "Changes")]
    assert Counter(rows) == Counter((each.word.status, each.event.old, each.event.new) for each in market.said)
    assert len(rows) > 2


def changes_by_status(market: Market) -> None:
    found = {row["status"]: int(row["change"]) for row in market.rows("prices", "Changes by status")}
    assert found == Counter(each.word.status for each in market.said)


def price_annotations(market: Market) -> None:
    rows = market.rows("prices", "annotation Price changes")
    sure = [each for each in market.said if each.word.status in {Status.CLAIMED, Status.CONFIRMED}]
    assert Counter((row["tags"], row["text"]) for row in rows) == Counter(
        (each.word.status.value, f"{first(each)} ${each.event.old:g} → ${each.event.new:g} ({each.event.source})")
        for each in sure
    )


def first(said: Said) -> str:
    """The model as whoever showed it first spells it."""
    return said.event.sightings[0].model


def told_by_rule(market: Market) -> None:
    found = {row["alert"]: int(row["told"]) for row in market.rows("alerts", "Told, by rule")}
    assert found == Counter(each.transition.alert for each in market.told())
    assert sum(found.values()) > 50


def told_by_kind(market: Market) -> None:
    sums: Counter[str] = Counter()
    for row in market.rows("alerts", "Told, by kind"):
        sums[row["kind"]] += int(row["episode"])
    assert sums == Counter(each.transition.kind.value for each in market.told())


def what_was_told(market: Market) -> None:
    rows = market.rows("alerts", "What was told")
    found = Counter((row["alert"], row["kind"], row["model"], f"{float(row['value'] or 'nan'):.6g}") for row in rows)
    assert found == Counter(
        (told.alert, told.kind.value, told.labels.get("model"), f"{told.value:.6g}")
        for told in (each.transition for each in market.told())
    )


def open_episodes(market: Market) -> None:
    found = Counter(
        (row["alert"], row.get("model", ""), time_of(row, "since")) for row in market.rows("alerts", "Open episodes")
    )
    wanted = [
        (each.alert, each.labels.get("model"), datetime.fromtimestamp(each.state.since, UTC))
        for each in market.ledger.open_instances()
    ]
    assert found == Counter(wanted)
    assert wanted


def alert_annotations(market: Market, name: str) -> None:
    rows = market.rows(name, "annotation Alerts")
    assert Counter(row["tags"] for row in rows) == Counter(each.transition.kind.value for each in market.told())
    assert [row["_time"] for row in rows] == sorted(row["_time"] for row in rows)
    assert {row["text"].split()[0] for row in rows} == {each.transition.alert for each in market.told()}


def sources(market: Market) -> None:
    found = series(market.rows("alerts", "Sources"), "source", "_value")
    assert found == {
        **{(poll, at): 1.0 for poll in ("litellm", "openrouter_rankings") for at in (FROM, TO)},
        ("litellm", DOWN_AT): 0.0,
        ("litellm", TO): 0.0,
    }


def ages(market: Market) -> None:
    found = series(market.rows("alerts", "Age of what is in use"), "source", "_value")
    wanted = {(each.series.labels.get("source"), each.valid_at): each.value for each in market.shown("source_age")}
    assert wanted
    assert {place: value for place, value in found.items() if place[1] not in (FROM, TO)} == wanted


def bar_to_figure(market: Market) -> None:
    lags: dict[tuple[str, str, datetime], int] = {}
    for each in market.shown("tokens"):
        place = each.series.labels.get("source"), each.series.bar.value, each.valid_at
        lags[place] = max(lags.get(place, 0), seconds(each.known_at) - seconds(each.valid_at))
    rows = market.rows("alerts", "From the bar to its figure")
    assert {(row["source"], row["bar"], time_of(row)): int(row["lag"]) for row in rows} == lags


def figure_to_alert(market: Market) -> None:
    found = Counter((row["alert"], int(row["lag"])) for row in market.rows("alerts", "From the figure to the alert"))
    assert found == Counter(
        (each.transition.alert, each.recorded_at - each.transition.judged_at) for each in market.told()
    )


def labels_of(market: Market, name: str, metric: str, label: str) -> None:
    known = [each for each in market.newest.values() if each.series.metric == metric]
    shown = market.shown(metric) if name == "market" else known
    found = {unquote(row["_value"]) for row in market.rows(name, f"variable {label}")}
    assert found == {each.series.labels.get(label) for each in shown}


def alerts_known(market: Market) -> None:
    found = {row["_value"] for row in market.rows("alerts", "variable alert")}
    assert found == {each.transition.alert for each in market.recorded}


def as_of(market: Market, name: str) -> None:
    newest = max(each.known_at for each in market.shown("tokens"))
    assert [row["_value"] for row in market.rows(name, "variable as_of")] == [newest.date().isoformat()]


CHECKS: dict[str, dict[str, Callable[[Market], None]]] = {
    "market": {
        "Shares by ${by}": shares_by,
        "Tokens by ${by}": tokens_by,
        "Ranks by ${by}": ranks_by,
        "Newest ranks by ${by}": newest_ranks,
        "Tokens by model": tokens_by_model,
        "All tokens a ${bar}": listed,
        "All tokens a ${bar} (2)": totals,
        "annotation Alerts": lambda market: alert_annotations(market, "market"),
        "variable source": lambda market: labels_of(market, "market", "tokens", "source"),
        "variable as_of": lambda market: as_of(market, "market"),
    },
    "prices": {
        "${metric}": price_steps,
        "Prices now": prices_now,
        "Changes": changes,
        "Changes by status": changes_by_status,
        "annotation Alerts": lambda market: alert_annotations(market, "prices"),
        "annotation Price changes": price_annotations,
        "variable source": lambda market: labels_of(market, "prices", "price_output", "source"),
        "variable model": lambda market: labels_of(market, "prices", "price_output", "model"),
        "variable as_of": lambda market: as_of(market, "prices"),
    },
    "alerts": {
        "Told, by rule": told_by_rule,
        "Told, by kind": told_by_kind,
        "What was told": what_was_told,
        "Open episodes": open_episodes,
        "Sources": sources,
        "Age of what is in use": ages,
        "From the bar to its figure": bar_to_figure,
        "From the figure to the alert": figure_to_alert,
        "variable alert": alerts_known,
        "variable as_of": lambda market: as_of(market, "alerts"),
    },
}
