"""Reads a folder of records: prices, what is known of them, and what was wrong with them. Faults are told with line."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

from monitor.errors import ImportRefusedError, Problem
from monitor.importer.prices import PRICES
from monitor.importer.reading import read_as
from monitor.truth.looks import looks
from monitor.truth.step import Announcement, Look, Shown

_T = TypeVar("_T")
MOST_FAULTS = 50  # told of one file


@dataclass(frozen=True, slots=True)
class Place:
    """A price of a model at one source, as they spell them, at a look."""

    source: str
    model: str
    metric: str
    at: int


@dataclass(frozen=True, slots=True)
class Known:
    """One price of an event that is known to have happened, and the looks that show it, earliest first."""

    kind: str
    name: str
    metric: str
    seen: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Glitch:
    """A stretch in which a source was wrong. `model`, `metric`: empty where many are meant.

    `begins`, `ends`: epoch seconds of the looks that show the wrong value and the right one; 0 = not known.
    """

    kind: str
    source: str
    model: str
    metric: str
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Records:
    """What a folder holds; what it does not hold is empty. `rows`: of the prices."""

    looks: Sequence[Look]
    rows: int
    announced: Sequence[Announcement]
    known: Sequence[Known]
    glitches: Sequence[Glitch]
    endpoints: Sequence[Look]


def read(folder: Path) -> Records:
    """The records of a folder, or of `prices` in it; raises ImportRefusedError with every fault of every file."""
    if not (folder / "prices.csv.gz").exists() and (folder / "prices").is_dir():
        folder = folder / "prices"
    problems: list[Problem] = []
    prices = folder / "prices.csv.gz"
    if not prices.exists():
        hint = "give a folder with prices.csv.gz and, as far as there are, events_known.csv, glitches.csv, declared.csv"
        raise ImportRefusedError((Problem(str(prices), 0, 0, "is missing", hint),))
    batch = read_as((PRICES,), prices).batch
    table = Tables(folder, problems)
    records = Records(
        looks=looks([batch]),
        rows=len(batch.values),
        announced=table.read("declared.csv", _announcement),
        known=table.read("events_known.csv", _known),
        glitches=table.read("glitches.csv", _glitch),
        endpoints=_changes(table.read("openrouter_endpoints_5min.csv.gz", _endpoint)),
    )
    if problems:
        raise ImportRefusedError(tuple(problems[:MOST_FAULTS]))
    return records


@dataclass(frozen=True, slots=True)
class Tables:
    """The CSV files of a folder; what is wrong with them goes into `problems`."""

    folder: Path
    problems: list[Problem]

    def read(self, name: str, row: Callable[[Mapping[str, str]], _T | None]) -> list[_T]:
        """The rows of a CSV file that mean something; none if it is not there."""
        path = self.folder / name
        return list(self._rows(path, row)) if path.exists() else []

    def _rows(self, path: Path, row: Callable[[Mapping[str, str]], _T | None]) -> Iterator[_T]:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
        for line, cells in enumerate(csv.DictReader(io.StringIO(text)), start=2):
            try:
                found = row(cells)
            except KeyError as error:
                self.problems.append(Problem(str(path), 1, 1, f"the column {error} is missing"))
                return
            except (ValueError, InvalidOperation, TypeError) as error:
                self.problems.append(Problem(str(path), line, 1, f"can not be read: {error}"))
            else:
                if found is not None:
                    yield found


def _known(row: Mapping[str, str]) -> Known:
    seen = sorted((_sight(text, row["field"]) for text in row["seen_in"].split("; ")), key=lambda place: place.at)
    return Known(row["kind"], f"{row['date']} {row['model']}", _metric(row["field"]), tuple(seen))


def _sight(text: str, field: str) -> Place:
    """`openrouter openai/gpt-5 2025-09-18T00:25:52Z`."""
    source, _, rest = text.strip().partition(" ")
    model, _, at = rest.rpartition(" ")
    return Place(source, model, _metric(field), _instant(at))


def _glitch(row: Mapping[str, str]) -> Glitch:
    many = row["field"] == "*" or " " in row["model"] or row["model"] == "*"
    begins, ends = (_instant(row[name]) if row[name] else 0 for name in ("wrong_from", "wrong_until"))
    return Glitch(row["kind"], row["source"], "" if many else row["model"], _metric(row["field"]), begins, ends)


def _announcement(row: Mapping[str, str]) -> Announcement | None:
    """A price from a date on; prices by the hour are none."""
    if not row["from_date"] or row["utc_window"]:
        return None
    begins, known_at = _instant(row["from_date"]), _instant(row["first_seen_at"])
    price = float(Decimal(row["usd_per_mtok"]))
    return Announcement(row["source"], row["model"], _metric(row["field"]), price, begins, known_at)


def _endpoint(row: Mapping[str, str]) -> tuple[int, Shown] | None:
    if row["field"] not in ("input", "output"):
        return None
    model = f"{row['model']}:{row['variant']}@{row['provider']}#{row['endpoint_id']}"
    price = float(Decimal(row["value"])) if row["value"] else None
    return _instant(row["observed_at"]), Shown(model, _metric(row["field"]), price)


def _changes(rows: Sequence[tuple[int, Shown]]) -> list[Look]:
    by_look: dict[int, list[Shown]] = {}
    for at, shown in rows:
        by_look.setdefault(at, []).append(shown)
    return [Look("openrouter/endpoints", at, shown) for at, shown in sorted(by_look.items(), key=lambda item: item[0])]


def _metric(field: str) -> str:
    return "" if field == "*" else f"price_{field}"


def _instant(text: str) -> int:
    found = datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00Z")
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no offset; expected an instant as 2026-01-31T00:00:00Z")
    return round(found.timestamp())
