"""The digest of the week of 9 to 15 February 2026, from all that was recorded, against a plain reading of the files."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.catalog import shipped
from monitor.digest import Digest, closed
from monitor.digesting import digest_said
from monitor.ledger import Ledger
from monitor.model.bar import Bar, seconds
from monitor.model.notification import Notification
from monitor.model.quantity import percent, points, tokens
from tests.acceptance.known import MODELS, derived
from tests.shared import SHARED

MONDAY = date(2026, 2, 9)


@pytest.fixture(scope="module")
def said(recorded: Ledger) -> tuple[Digest, Notification]:
    """As it would be told on the Monday after."""
    over = seconds(datetime(2026, 2, 16, 8, tzinfo=UTC))
    return digest_said(recorded, shipped(), closed(Bar.WEEK, over))


def rows(name: str) -> Iterator[dict[str, str]]:
    path = SHARED / "data" / "usage" / name
    with gzip.open(path, "rt") if name.endswith(".gz") else path.open() as file:
        yield from csv.DictReader(file)


def week(monday: date) -> dict[str, int]:
    """Tokens of each model with a page, the newest word on each day; of ids with equal tokens the first alone."""
    newest: dict[tuple[str, str], tuple[str, int]] = {}
    for row in rows("usage.csv.gz"):
        day = datetime.fromisoformat(row["period_start"]).replace(tzinfo=UTC).date()
        if row["source"] == MODELS and row["period"] == "day" and monday <= day < monday + timedelta(days=7):
            key = row["period_start"], row["model"]
            newest[key] = max(newest.get(key, ("", 0)), (row["recorded_at"], int(row["tokens"])))
    twice = {row["alias"] for row in rows("aliases.csv") if row["source"] == MODELS}
    found: defaultdict[str, int] = defaultdict(int)
    for (_, model), (_, count) in newest.items():
        found[model] += 0 if model in twice else count
    return found


def by_origin(counts: Mapping[str, int]) -> dict[str, int]:
    """By the compiler's own table of origins, not by the catalogue."""
    origins = {row["key"]: row["origin"] for row in rows("origin.csv")}
    found: defaultdict[str, int] = defaultdict(int)
    for model, count in counts.items():
        found[origins.get(model.split("/")[0], "")] += count
    return found


def test_chinese_models_overtook_those_of_the_us_among_the_nine_largest(said: tuple[Digest, Notification]) -> None:
    """The reported event, with the figures of the list of known events; the week before it was the other way round."""
    nine, before = (
        by_origin(dict(sorted(week(each).items(), key=lambda item: -item[1])[:9]))
        for each in (MONDAY, MONDAY - timedelta(days=7))
    )
    assert nine["CN"] > nine["US"]
    assert before["CN"] < before["US"]
    (event,) = (each for each in derived() if each.day == date(2026, 2, 15) and "top 9" in each.subjects)
    numbers = f"{tokens(nine['CN'])} against {tokens(nine['US'])}"
    assert (
        event.figures
        == f"Chinese models in the top 9={tokens(nine['CN'])}, US models in the top 9={tokens(nine['US'])}"
    )
    _, notification = said
    assert notification.title.endswith(
        "week of 2026-02-09 to 2026-02-15 (UTC): CN overtook US among the 9 largest models"
    )
    assert any(line.startswith(f"CN overtook US among the 9 largest models: {numbers}") for line in notification.lines)


def test_over_all_models_the_us_led_and_the_digest_says_so(said: tuple[Digest, Notification]) -> None:
    """What the reports left out: with every model counted it was 5.739T against 6.801T."""
    now, before = by_origin(week(MONDAY)), by_origin(week(MONDAY - timedelta(days=7)))
    assert (tokens(now["CN"]), tokens(now["US"])) == ("5.739T", "6.801T")
    _, notification = said
    for origin in ("CN", "US"):
        share = now[origin] / sum(now.values())
        moved = share - before[origin] / sum(before.values())
        expected = f"{origin} {percent(share)} of the tokens ({points(moved)}), {tokens(now[origin])}"
        assert expected in notification.lines
    assert any(line.endswith("over all models listed US leads with 6.801T") for line in notification.lines)


def test_movers_and_newcomers(said: tuple[Digest, Notification]) -> None:
    """Who won and lost most share among those of both weeks, and who was not there the week before."""
    digest, notification = said
    now, before = week(MONDAY), week(MONDAY - timedelta(days=7))
    moved = {
        model: now[model] / sum(now.values()) - before[model] / sum(before.values())
        for model in now
        if now[model] and before.get(model)
    }
    assert digest.market is not None
    ups, downs = (sorted(moved, key=lambda model: sign * moved[model])[:3] for sign in (-1, 1))
    assert [each.name for each in digest.market.risen[:3]] == ups
    assert [each.name for each in digest.market.fallen[:3]] == downs
    assert set(digest.market.came) == {model for model in now if now[model] and not before.get(model)}
    assert "New on the list: minimax/minimax-m2.5 11.1%, z-ai/glm-5 4.86%" in "\n".join(notification.lines)


def test_it_cites_whose_figures_they_are(said: tuple[Digest, Notification]) -> None:
    """The licence asks for that line."""
    _, notification = said
    assert any("openrouter.ai/rankings" in line and MODELS.split(":")[0] in line for line in notification.citations)
