"""At scale: 10,000 series, 1,000 days, 100 rules; against the bare numpy passes over the same matrix.

`python -m tests.bench.fleet.scale` prints one JSON object.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from monitor.backtest import Mode, backtest
from monitor.catalog import Catalog, Join
from monitor.files import load_catalog
from monitor.model.bar import DAY, HOUR, Bar
from monitor.model.history import Columns, SealLog
from monitor.model.labels import Labels
from monitor.model.sample import Series
from monitor.rules.load import load
from tests.bench.fleet.ours import peak
from tests.bench.fleet.series import FIRST, SEED, SOURCE
from tests.peers.twin import Twin, our_file

SERIES, DAYS, RULES = 10_000, 1_000, 100
_MOVES = 1 / 60  # chance a day that a model's use changes its pace
_GAPS = 0.02  # of all cells
_LOOK = 2 * HOUR  # after the day's end

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scale:
    """Seconds and MB. `bare`: the numpy passes; `matrix`: making the matrix from columns, once, which `ours` does too.

    `peak`: the most memory of the process, `inputs` of which the columns take.
    """

    ours: float
    bare: float
    matrix: float
    transitions: int
    flips: int
    peak: float
    inputs: float


@dataclass(frozen=True, slots=True)
class Rows:
    """A history of one metric that lies in memory."""

    held: Columns

    def columns(self, metric: str, *, since: int | None = None) -> Columns:
        """All of it."""
        assert (metric, since) == ("tokens", None)
        return self.held


def in_new_process() -> Scale:
    """What `measure` finds in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "tests.bench.fleet.scale"], check=True, stdout=subprocess.PIPE)
    return Scale(**json.loads(done.stdout))


def measure() -> Scale:
    """Ours first, so that `peak` is ours."""
    columns = rows()
    inputs = sum(each.nbytes for each in (columns.index, columns.valid_at, columns.known_at, columns.values)) / 1e6
    loaded = load([("scale.yaml", our_file([twin for twin, _ in kinds()]).replace("every: hour", "every: day"))])
    assert not loaded.problems, "\n".join(map(str, loaded.problems))
    join = Join(_catalog(), {})
    begun = time.perf_counter()
    found = backtest(Rows(columns), loaded.rules, join, Mode.AS_FINAL)
    ours, most = time.perf_counter() - begun, peak()
    begun = time.perf_counter()
    matrix = _matrix(columns)
    made = time.perf_counter() - begun
    begun = time.perf_counter()
    with np.errstate(invalid="ignore"):
        flips = sum(_flips(bare(matrix)) for _, bare in kinds())
    return Scale(ours, time.perf_counter() - begun, made, len(found), flips, most, inputs)


def rows() -> Columns:
    """Daily use of each model in steps, with noise of half a percent and gaps."""
    rng = np.random.default_rng(SEED)
    moves = np.where(rng.random((DAYS, SERIES)) < _MOVES, rng.normal(0.0, 0.5, (DAYS, SERIES)), 0.0)
    paces = rng.normal(np.log(1e9), 2.0, SERIES) + np.cumsum(moves, axis=0)
    values = np.exp(paces + rng.normal(0.0, 0.005, (DAYS, SERIES)))
    digits = 10 ** (np.floor(np.log10(values)) - 1)
    values = np.round(values / digits) * digits  # two digits, so that noise alone makes few records
    day, column = np.nonzero(rng.random((DAYS, SERIES)) >= _GAPS)
    at = FIRST - DAY * DAYS + DAY * day
    ends = FIRST - DAY * DAYS + DAY * np.arange(1, DAYS + 1)
    return Columns(
        tuple(
            Series("tokens", Labels.of(source=SOURCE, model=f"v/m-{number:05}"), Bar.DAY) for number in range(SERIES)
        ),
        np.full(SERIES, at[0]),
        column,
        at,
        at + DAY + _LOOK,
        values[day, column],
        {(SOURCE, Bar.DAY): SealLog(ends, ends + _LOOK, np.full(DAYS, np.iinfo(np.int64).max))},
    )


def kinds() -> Iterator[tuple[Twin, Callable[[Matrix], Flags]]]:
    """A hundred rules of five kinds, with the passes that the same arithmetic needs."""
    for number in range(RULES // 5):
        least, part, over, span = 1e6 * (number + 1), 70 + number, 2 + number / 20, 300 + 10 * number
        yield (
            Twin(f"Low{number}", {"watch": "tokens", "below": f"{least:.0f}", "for": "2 bars"}, ""),
            partial(_low, least=least),
        )
        yield (
            Twin(f"Falls{number}", {"watch": "tokens", "falls": f"{part}%", "against": "7d ago"}, ""),
            partial(_falls, part=part / 100),
        )
        yield (
            Twin(
                f"Warm{number}", {"watch": 'avg_over(tokens, "7d")', "above": f'{over} * avg_over(tokens, "30d")'}, ""
            ),
            partial(_warm, over=over),
        )
        yield Twin(f"Record{number}", {"watch": "tokens", "new_high": f"{span}d"}, ""), partial(_record, days=span)
        yield (
            Twin(f"Crosses{number}", {"watch": "tokens", "crosses_above": f"{10_000 * least:.0f}", "margin": "5%"}, ""),
            partial(_crosses, limit=10_000 * least),
        )


def _low(values: Matrix, *, least: float) -> Flags:
    low = values < least
    low[1:] &= low[:-1]
    return low


def _falls(values: Matrix, *, part: float) -> Flags:
    fell = np.zeros(values.shape, np.bool_)
    np.less_equal(values[7:], (1 - part) * values[:-7], out=fell[7:])
    return fell


def _warm(values: Matrix, *, over: float) -> Flags:
    return np.asarray(_window(values, 7, np.add) / 7 > over * (_window(values, 30, np.add) / 30))


def _record(values: Matrix, *, days: int) -> Flags:
    highest = np.full(values.shape, np.nan)
    highest[1:] = _window(values, days, np.fmax)[:-1]
    return np.asarray(values > highest)


def _crosses(values: Matrix, *, limit: float) -> Flags:
    """The side, remembered over equality and gaps."""
    side = np.where(values > 1.05 * limit, 1, np.where(values < 0.95 * limit, -1, 0)).astype(np.int8)
    where = np.where(side != 0, np.arange(len(side))[:, None], 0)
    np.maximum.accumulate(where, axis=0, out=where)
    return np.asarray(np.take_along_axis(side, where, axis=0) > 0)


def _window(values: Matrix, length: int, merge: np.ufunc) -> Matrix:
    """(T, S) → (T, S): over the `length` rows that end with each, by doubling; NaN where there are not so many."""
    result, reached, table, width = np.full(values.shape, np.nan), 0, values, 1
    while reached < length:
        if length & width:
            if reached:
                result[reached + width - 1 :] = merge(
                    result[reached + width - 1 :], table[: len(values) - reached - width + 1]
                )
            else:
                result[width - 1 :] = table
            reached += width
        if reached < length:
            table = merge(table[:-width], table[width:])
            width *= 2
    result[: length - 1] = np.nan
    return result


def _flips(truth: Flags) -> int:
    """Where it begins and ends."""
    return len(np.argwhere(truth[1:] != truth[:-1]))


def _matrix(columns: Columns) -> Matrix:
    matrix = np.full((DAYS, SERIES), np.nan)
    matrix[(columns.valid_at - columns.valid_at[0]) // DAY, columns.index] = columns.values
    return matrix


def _catalog() -> Catalog:
    return load_catalog(None)


if __name__ == "__main__":
    print(json.dumps(asdict(measure())))  # noqa: T201
