"""What people are told of a price that one source shows and another confirms, look by look as the daemon learns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.model.labels import Labels
from monitor.model.sample import Snapshot
from monitor.sources.fetch import Body
from monitor.sources.levels import Level, Listing
from tests.sources.judged import told

NOON = datetime(2026, 4, 26, 12, 7, tzinfo=UTC)
RULES = """
groups:
  - name: prices
    every: hour
    rules:
      - alert: Claimed
        watch: price_output
        falls: 50%
        confirm: {by: list_price, within: 14d}
        annotations: {summary: "{{ labels.model }} {{ reference | usd }} → {{ value | usd }}"}
      - alert: Confirmed
        watch: price_output
        falls: 20%
        confirm: {by: list_price, within: 14d}
        notify: confirmed
        annotations: {summary: "{{ labels.model }} {{ reference | usd }} → {{ value | usd }}"}
"""


def look(source: str, hour: int, price: float) -> Snapshot:
    """The only model of a list, so many hours after noon."""
    at = NOON + timedelta(hours=hour, minutes=0 if source == "openrouter" else 20)
    listing = Listing(source, source, ("price_output",), f"Prices: {source}", timedelta(hours=12))
    level = Level("price_output", Labels.of(source=source, model="deepseek/deepseek-v4-pro"), price)
    return listing.snapshot(Body.of(f"{source} {at}".encode(), at), [level], entries=1)


def test_a_claim_is_told_at_once_and_confirmed_later(tmp_path: Path) -> None:
    """The router shows it, four hours later a list does; told at the router's next look, with who showed what when."""
    shown = [look("openrouter", 0, 3.48), look("genai-prices", 0, 3.48), look("openrouter", 1, 0.87)]
    shown += [look("openrouter", 2, 0.87), look("genai-prices", 5, 0.87), look("openrouter", 6, 0.87)]
    notices = told(tmp_path / "ledger.sqlite", [*shown, look("openrouter", 7, 0.87)], RULES)
    assert [(each.title, each.lines[0]) for each in notices] == [
        ("Claimed: deepseek/deepseek-v4-pro $3.48 → $0.87", "claimed"),
        (
            "Confirmed: deepseek/deepseek-v4-pro $3.48 → $0.87",
            "confirmed: openrouter since 2026-04-26, genai-prices on 2026-04-26",
        ),
        (
            "deepseek/deepseek-v4-pro $3.48 → $0.87",
            "confirmed: openrouter since 2026-04-26, genai-prices on 2026-04-26",
        ),
    ]


def test_a_claim_that_goes_back_is_withdrawn(tmp_path: Path) -> None:
    """Nobody was told of a cut, but of a claim and of its end."""
    shown = [look("openrouter", 0, 3.48), look("genai-prices", 0, 3.48), look("openrouter", 1, 0.87)]
    notices = told(tmp_path / "ledger.sqlite", [*shown, look("openrouter", 3, 3.48)], RULES)
    assert [(each.title, each.lines[0]) for each in notices] == [
        ("Claimed: deepseek/deepseek-v4-pro $3.48 → $0.87", "claimed"),
        ("Withdrawn: deepseek/deepseek-v4-pro $3.48 → $0.87", "openrouter went to another price on 2026-04-26"),
    ]
