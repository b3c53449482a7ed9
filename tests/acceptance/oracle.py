"""An independent reading of the files, without the engine: who fell below a share, week by week."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from monitor.catalog import Vendor, shipped
from tests.shared import SHARED

_REST = {"other", "others", "Other", "Others"}
_FILES = (("usage", "model"), ("totals", "key"))


def vendors_below(source: str, line: float, clear: float) -> set[tuple[date, str]]:
    """(last day of the week, vendor) of every fall below `line`; told again only after having been above `clear`.

    A vendor that a week does not list stays where it was, unless the source has a rest row: then it is below the
    smallest thing listed, day by day.
    """
    weeks = _weeks(source)
    found: set[tuple[date, str]] = set()
    vendors = {vendor for shares in weeks.values() for vendor in shares}
    for vendor in vendors:
        over, told = False, False
        for monday in sorted(weeks):
            share = weeks[monday].get(vendor)
            if share is None:
                continue
            if told and share > clear:
                told = False
            if share < line and over and not told:
                found.add((monday + timedelta(days=6), vendor))
                told = True
            over = share > line or (over and share >= line)
    return found


def _weeks(source: str) -> dict[date, dict[str, float]]:
    """By Monday, the share of each vendor of weeks that are whole."""
    newest = _newest(source)
    days = {day for day, _ in newest}
    spellings = shipped().spellings
    vendor_of = {member: _vendor(member, spellings) for member in {member for _, member in newest}}
    sums: defaultdict[date, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (day, member), tokens in newest.items():
        monday = day - timedelta(days=day.weekday())
        if all(monday + timedelta(days=step) in days for step in range(7)):
            sums[monday][vendor_of[member]] += tokens
    bounds = {
        day: min(tokens for (of, member), tokens in newest.items() if of == day and member not in _REST)
        for day in days
        if any((day, rest) in newest for rest in _REST)
    }
    return _shares(sums, bounds)


def _shares(sums: Mapping[date, Mapping[str, float]], bounds: Mapping[date, float]) -> dict[date, dict[str, float]]:
    shares: dict[date, dict[str, float]] = {}
    met: set[str] = set()
    for monday in sorted(sums):
        total = sum(sums[monday].values())
        shares[monday] = {vendor: tokens / total for vendor, tokens in sums[monday].items() if vendor}
        bound = sum(bounds.get(monday + timedelta(days=step), float("inf")) for step in range(7))
        for vendor in met - shares[monday].keys():
            if bound / total < 0.01:
                shares[monday][vendor] = bound / total
        met |= shares[monday].keys()
    return shares


def _newest(source: str) -> dict[tuple[date, str], int]:
    """(day, member) → tokens, the latest word on each; members reported twice are left out once."""
    twice = {row["alias"]: row["canonical"] for row in _rows("aliases.csv") if row["source"] == source}
    newest: dict[tuple[date, str], tuple[str, int]] = {}
    for name, column in _FILES:
        for row in _rows(f"{name}.csv.gz"):
            if row["source"] != source or row["period"] != "day" or row.get("scope", "author") == "total":
                continue
            key = (datetime.fromisoformat(row["period_start"]).replace(tzinfo=UTC).date(), row[column])
            if key not in newest or newest[key][0] < row["recorded_at"]:
                newest[key] = (row["recorded_at"], int(row["tokens"]))
    return {
        (day, member): tokens for (day, member), (_, tokens) in newest.items() if (day, twice.get(member)) not in newest
    }


def _rows(name: str) -> list[dict[str, str]]:
    path = SHARED / "data" / "usage" / name
    with gzip.open(path, "rt") if name.endswith(".gz") else path.open() as file:
        return list(csv.DictReader(file))


def _vendor(member: str, spellings: Mapping[str, Vendor]) -> str:
    """The vendor's key by its spelling alone; empty for the rest row and for whom nobody knows."""
    vendor = spellings.get(member.split("/", 1)[0].casefold())
    return "" if member in _REST or vendor is None else vendor.key
