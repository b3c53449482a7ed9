"""Small files of the three formats, and what a batch says row by row."""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from monitor.model.history import Batch
from monitor.model.sample import Series

USAGE = "period_start,period,model,tokens,source,recorded_at"
TOTALS = "period_start,period,scope,key,tokens,source,recorded_at"
PRICES = "observed_at,source,model,field,usd_per_mtok"

Said = tuple[Series, int, int, float | None]
"""Series, valid_at, known_at, value (None = NaN)."""


def written(folder: Path, header: str, *lines: str, name: str = "file.csv") -> Path:
    """A plain file of these lines."""
    path = folder / name
    path.write_text("\n".join((header, *lines, "")), encoding="utf-8", newline="")
    return path


def table(header: str, rows: Iterable[Sequence[object]], *, zipped: bool = False) -> bytes:
    """The bytes of a file as Python's own CSV writer makes them."""
    text = io.StringIO()
    csv.writer(text).writerows([header.split(","), *rows])
    content = text.getvalue().encode()
    return gzip.compress(content) if zipped else content


def said(batch: Batch) -> list[Said]:
    """All rows of a batch, in its order."""
    columns = (batch.index, batch.valid_at, batch.known_at, batch.values)
    return [
        (batch.series[at], valid, known, None if math.isnan(value) else value)
        for at, valid, known, value in zip(*(column.tolist() for column in columns), strict=True)
    ]
