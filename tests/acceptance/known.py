"""The derived events of the shared data, and which of them a shipped rule expresses."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from tests.shared import SHARED

FXGAME = "fxgame888-boop/llm-market-dashboard:scripts/openrouter_usage_daily.csv"
AUTHORS = "Kenneth-Top/workflows-:openrouter_market_share_records.csv"
MODELS = "Kenneth-Top/workflows-:history_database.csv"
FACETS = "halcyonic-systems/facets:assets/data/openrouter-routed-share-vintage-2026-10-10.csv"
CHART = "johnbean393/openrouter-inference-stats:data (weekly chart, top 9)"
CASUAL = "CasualStudy/casualstudy-portfolio:data/openrouter-usage.json"
TOTALS = "clarencechien/AIFactor:data/openrouter_weekly.csv"

KINDS = ("crossover", "share_below", "rank_change", "record")


@dataclass(frozen=True, slots=True)
class Event:
    """A derived event. `day`: for a week its last day."""

    day: date
    kind: str
    subjects: str
    figures: str
    definition: str
    source: str


@dataclass(frozen=True, slots=True)
class Definition:
    """Which events a shipped rule expresses: `phrase` is in their definition, `source` begins theirs."""

    kind: str
    phrase: str
    source: str
    alert: str

    def covers(self, event: Event) -> bool:
        """Whether the event is of this definition."""
        return event.kind == self.kind and self.phrase in event.definition and event.source.startswith(self.source)


CROSSOVERS = (
    Definition("crossover", "nine largest models only", MODELS, "ChineseModelsOvertakeUSTopNine"),
    Definition("crossover", "every model with a page", MODELS, "ChineseModelsOvertakeUS"),
    Definition("crossover", "top 50 models of each day", FXGAME, "ChineseModelsOvertakeUS"),
    Definition("crossover", "author share chart", AUTHORS, "ChineseModelsOvertakeUS"),
    Definition("crossover", "week starting", FACETS, "OpenWeightsOvertakeClosed"),
)
LEADERS = (
    Definition("rank_change", "brands, top 50 models of each day", FXGAME, "NewLeadingVendor"),
    Definition("rank_change", "authors, week starting", AUTHORS, "NewLeadingVendor"),
    Definition("rank_change", "models, week starting", CHART, "NewLeadingModel"),
    Definition("rank_change", "models, week starting", MODELS, "NewLeadingModel"),
    Definition("rank_change", "models (variants counted apart)", CASUAL, "NewLeadingModel"),
)
SHARES = (
    Definition("share_below", "top 50 models of each day", FXGAME, "VendorBelowOnePercent"),
    Definition("share_below", "share of all models with a page", MODELS, "VendorBelowOnePercent"),
)
RECORDS = (
    Definition("record", "Monday to Sunday", TOTALS, "WeeklyRecordAsStated"),
    Definition("record", "Monday to Sunday", FACETS, "WeeklyRecord"),
)


def out_of_scope(event: Event) -> str | None:
    """Why no shipped rule expresses a derived event; None where one does."""
    if event.kind == "crossover" and "UTC day" in event.definition:
        return "the first day on which open weights lead: shipped crossovers are judged on weeks"
    if event.kind == "record" and "UTC day" in event.definition:
        return "records of a day: the shipped rule tells records of a week"
    if event.kind == "rank_change" and "stays number 1" in event.subjects:
        return "no change of rank: a leader that stays, told from a capture that the data does not hold"
    if event.kind == "share_below" and not event.figures.endswith("under 1%"):
        return "lines of 5 % and 10 %: the shipped line is 1 %"
    if event.kind == "share_below" and event.subjects.startswith("model "):
        return "shares of single models: shipped rules watch families and vendors"
    return None


def derived() -> Iterator[Event]:
    """Every derived event of the kinds that rules can tell."""
    with (SHARED / "data/usage/known_events.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["status"] == "derived" and row["kind"] in KINDS:
                day = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC).date()
                yield Event(day, row["kind"], row["subjects"], row["figures"], row["definition"], row["source"])
