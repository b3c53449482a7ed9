"""Bars: closed UTC periods. A bar is named by its start; weeks start on Monday."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Instants = NDArray[np.int64]
"""(N,) int64: seconds since 1970-01-01T00:00Z."""

HOUR = 3600
DAY = 24 * HOUR
_MONDAY = 4 * DAY  # 1970-01-05, the first Monday after the epoch
_MONTH_GUESS = 31 * DAY
_SHORTEST_MONTH = 28 * DAY
_MONTH_MEAN = 30.436875 * DAY  # of the Gregorian calendar; no run of months is off by more than 4 days


class Bar(StrEnum):
    """The grain at which a rule is judged or a source reports."""

    HOUR = "hour"
    SIX_HOURS = "6h"
    TWELVE_HOURS = "12h"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def width(self) -> int:
        """Seconds; for a month the longest there is."""
        return _WIDTHS[self]

    def floor(self, instants: Instants) -> Instants:
        """(N,) → (N,): the start of the bar that holds each instant."""
        if self is Bar.MONTH:
            return instants.astype("datetime64[s]").astype("datetime64[M]").astype("datetime64[s]").astype(np.int64)
        phase = _MONDAY if self is Bar.WEEK else 0
        return (instants - phase) // self.width * self.width + phase

    def shift(self, starts: Instants, bars: int) -> Instants:
        """(N,) → (N,): the start that many bars later (earlier, if negative)."""
        if self is Bar.MONTH:
            months = starts.astype("datetime64[s]").astype("datetime64[M]") + bars
            return months.astype("datetime64[s]").astype(np.int64)
        return starts + bars * self.width

    def number(self, start: int) -> int:
        """How many bars lie between the epoch and the one that starts there."""
        if self is Bar.MONTH:
            return int(np.datetime64(start, "s").astype("datetime64[M]").astype(np.int64))
        return (start - (_MONDAY if self is Bar.WEEK else 0)) // self.width

    def back(self, bars: int) -> int:
        """Seconds that lead from the start of any bar into the bar so many before it (months differ in length)."""
        return bars * self.width if self is not Bar.MONTH or not bars else int(bars * _MONTH_MEAN) - 5 * DAY

    def bars_in(self, span: int) -> int:
        """How many bars so many seconds are, months to the nearest; raises ValueError if they are not whole ones."""
        if self is Bar.MONTH and span >= _SHORTEST_MONTH:
            return round(span / _MONTH_MEAN)
        if span % self.width:
            raise ValueError(f"{span // HOUR} hours are not a whole number of bars of one {self.value}")
        return span // self.width

    def end(self, starts: Instants) -> Instants:
        """(N,) → (N,): the first instant after each bar."""
        return self.shift(starts, 1)

    def start_of(self, at: int) -> int:
        """The start of the bar that holds an instant; epoch seconds, as all others."""
        return int(self.floor(np.array([at], np.int64))[0])

    def end_of(self, start: int) -> int:
        """The first instant after the bar that starts there."""
        return int(self.end(np.array([start], np.int64))[0])

    def grid(self, first: int, last: int) -> Instants:
        """(T,): every start from the bar of `first` to the bar of `last`, both included; none if `last` lies before."""
        start, stop = self.floor(np.array([first, last]))
        if stop < start:
            return np.empty(0, np.int64)
        if self is Bar.MONTH:
            edges = np.array([start, stop]).astype("datetime64[s]").astype("datetime64[M]")
            return np.arange(edges[0], edges[1] + 1).astype("datetime64[s]").astype(np.int64)
        return np.arange(start, stop + 1, self.width, dtype=np.int64)

    def holds(self, finer: Bar) -> bool:
        """Whether whole bars of `finer` make up one of these."""
        order = list(Bar)
        weeks_in_months = self is Bar.MONTH and finer is Bar.WEEK
        return order.index(finer) <= order.index(self) and not weeks_in_months


_WIDTHS = {
    Bar.HOUR: HOUR,
    Bar.SIX_HOURS: 6 * HOUR,
    Bar.TWELVE_HOURS: 12 * HOUR,
    Bar.DAY: DAY,
    Bar.WEEK: 7 * DAY,
    Bar.MONTH: _MONTH_GUESS,
}


def seconds(instant: datetime) -> int:
    """Whole seconds since the epoch of an aware datetime."""
    return int(instant.timestamp())


def instant(at: int) -> datetime:
    """An aware UTC datetime of epoch seconds."""
    return datetime.fromtimestamp(at, UTC)
