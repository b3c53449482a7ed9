"""The facts of the demo: two small tables beside this file, each naming its source."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files

CITATIONS = (
    "Usage: Kenneth-Top/workflows- (history_database.csv), aliases left out;",
    "figures go back to OpenRouter (openrouter.ai/rankings), CC BY 4.0",
    "Prices: OpenRouter (openrouter.ai/models), as recorded by jvrck/openrouterlist",
)
"""Lines that must stand where the facts are shown."""
_REMARK = "#"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one model in the week that starts on a Monday."""

    monday: date
    model: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What one model cost from `seen_at` on, in USD per million tokens; `permaslug` is its name in usage."""

    seen_at: datetime
    model: str
    permaslug: str
    input: Decimal
    output: Decimal


@dataclass(frozen=True, slots=True)
class Facts:
    """Usage as a ranking lists it: by week, the largest first. Listings, oldest first."""

    usage: tuple[Usage, ...]
    listings: tuple[Listing, ...]


def facts() -> Facts:
    """Read both tables."""
    return Facts(
        usage=tuple(
            Usage(date.fromisoformat(row["week"]), row["model"], int(row["tokens"])) for row in _table("usage.csv")
        ),
        listings=tuple(
            Listing(
                datetime.fromisoformat(row["seen_at"]),
                row["model"],
                row["permaslug"],
                Decimal(row["input"]),
                Decimal(row["output"]),
            )
            for row in _table("prices.csv")
        ),
    )


def _table(name: str) -> list[Mapping[str, str]]:
    lines = (files("monitor.demo") / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith(_REMARK)))
