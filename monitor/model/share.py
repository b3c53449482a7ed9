"""Shares and ranks of one bar, as rules judge them."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model.bar import Bar


@dataclass(frozen=True, slots=True)
class Share:
    """What a group had in a bar. `by`: what is grouped by, `name`: the group.

    `at`: epoch seconds, the start of the bar. `share`: 0 to 1 of all that the source counted; `amount`: in the unit of
    the metric; `rank`: 1 = the largest of its source; NaN = unknown. `sealed`: whether the source called it complete.
    """

    source: str
    metric: str
    bar: Bar
    by: str
    name: str
    at: int
    share: float
    amount: float
    rank: float
    sealed: bool = True
