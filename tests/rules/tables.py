"""Histories written by hand: a word a bar for each member, and what a rule makes of them.

`5` is a value, `-` not listed in a bar that otherwise answered, `?` a bar of which the source has nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from monitor.backtest import Mode
from monitor.model.bar import Bar, Instants
from monitor.model.fact import code
from monitor.model.sample import Series
from monitor.model.transition import Transition
from tests.laws.history import Poll, Table, flows, levels, series_of
from tests.laws.passes import as_final, as_known, compiled

MONDAY = 1767571200
"""2026-01-05."""
HOUR, DAY, WEEK = Bar.HOUR.width, Bar.DAY.width, Bar.WEEK.width


def days(series: Mapping[str, str] | str, *, start: int = MONDAY) -> Table:
    """Tokens a day by model, each day polled an hour after its end; a text alone is model "a"."""
    polls = []
    for number, cells in enumerate(_columns(series)):
        at = start + number * DAY
        shown: dict[tuple[Series, int], float] = {
            (series_of("tokens", "s", model), at): float(cell) for model, cell in cells.items() if cell not in "-?"
        }
        polls.append(Poll(at + DAY + HOUR, shown, at + DAY))
    return flows("s", Bar.DAY, polls)


def hours(series: Mapping[str, str] | str, *, stale: int | None = None, source: str = "s") -> Table:
    """Prices by model, looked at ten minutes into each hour."""
    return levels(source, _looks(series, float), stale=stale)


def texts(series: Mapping[str, str] | str) -> Table:
    """Modalities by model, each word a text, looked at as prices are."""
    return levels("s", _looks(series, code), stale=None, metric="modalities")


def dates(series: Mapping[str, str] | str) -> Table:
    """Dates by model, each so many hours after the first bar begins, looked at as prices are."""
    return levels("s", _looks(series, lambda cell: MONDAY + float(cell) * HOUR), stale=None, metric="retires_at")


def _looks(series: Mapping[str, str] | str, value: Callable[[str], float]) -> list[tuple[int, Mapping[str, float]]]:
    return [
        (MONDAY + number * HOUR + 600, {model: value(cell) for model, cell in cells.items() if cell != "-"})
        for number, cells in enumerate(_columns(series))
        if "?" not in cells.values()
    ]


def _columns(series: Mapping[str, str] | str) -> list[dict[str, str]]:
    written = {"a": series} if isinstance(series, str) else dict(series)
    rows = [text.split() for text in written.values()]
    return [dict(zip(written, cells, strict=True)) for cells in zip(*rows, strict=True)]


def transitions(rule: str, table: Table, every: str = "day", mode: Mode = Mode.AS_KNOWN) -> list[Transition]:
    """What a rule tells of a history, in order."""
    judged = as_known if mode is Mode.AS_KNOWN else as_final
    found = judged(compiled(rule, every), table).transitions
    return sorted(found, key=lambda each: (each.valid_at, each.labels, each.episode))


def told(rule: str, table: Table, every: str = "day", mode: Mode = Mode.AS_KNOWN) -> list[str]:
    """The same as `2 firing a`: the number of the bar from 0, what happened, to whom (unless it is all of a source)."""
    return [said(each, every) for each in transitions(rule, table, every, mode)]


def said(transition: Transition, every: str) -> str:
    """One transition in words."""
    whom = ",".join(value for name, value in transition.labels if name != "source")
    return f"{place(transition.valid_at, every)} {transition.kind.value} {whom}".strip()


def place(at: int, every: str) -> int:
    """The number of the bar that starts `at`."""
    starts: Instants = Bar(every).grid(MONDAY, at)
    return len(starts) - 1
