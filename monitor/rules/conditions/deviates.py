"""`deviates: 4`: far from what is usual, by the robust z-score (x - median) / (1.4826 * MAD) of the bars before.

MAD: the median distance from the median; 1.4826 makes it a standard deviation where values are spread normally
(Rousseeuw and Croux, 1993). Where nothing ever moved, MAD is zero and nothing can be said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.model.alert import Compared
from monitor.model.frame import Verdicts
from monitor.model.quantity import quantity, span
from monitor.rules.conditions.condition import TOLERANCE, Build, Condition, Context, View, three_valued
from monitor.rules.expression.windows import spread
from monitor.rules.shapes import Shape, amount

SCALE = 1.4826
_AGAINST = re.compile(r"median\s+of\s+(.*)")


@dataclass(frozen=True, slots=True)
class Deviates(Condition):
    """|z| reaches `limit`, over the bars of `span` that end with the bar before (`lag` seconds earlier).

    Unknown where any of them is, or is only bounded by a cut-off list.
    """

    limit: float
    lag: int
    span: int
    tells_end: bool = False
    compared: Compared = Compared.OTHER

    @property
    def lags(self) -> tuple[int, ...]:
        """From the first bar of the window to the last."""
        return (self.lag, self.lag + self.span)

    @property
    def dense(self) -> bool:
        """A window needs every bar."""
        return True

    def judge(self, view: View) -> Verdicts:
        """See `Condition`. The reference is the median."""
        exact = view.watched().exact
        middle, distance = (_before(each)[view.start :] for each in spread(view.watch, exact, self.span))
        now = exact[view.start :]
        away = np.abs(now - middle)
        slack = TOLERANCE * np.maximum(np.abs(now), np.abs(middle))
        with np.errstate(invalid="ignore"):
            known = (distance > slack) & ~np.isnan(away)
            far = away >= self.limit * SCALE * distance - slack
        return Verdicts(three_valued(known & far, known & ~far), view.values, middle, view.memory)


def _before(
    rows: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """(T, S): each row of the bar before."""
    earlier = np.full(rows.shape, np.nan)
    earlier[1:] = rows[:-1]
    return earlier


def build(key: str, body: object, context: Context) -> Condition:
    """From the limit and the rule's `against: median of 28d`."""
    limit = context.read((key,), body, quantity)
    if limit.unit or limit.value <= 0:
        raise context.fail((key,), f"got {body}, expected a plain number above zero", "4 is far out, 6 is very far")
    written = str(context.options.get("against", "median of 28d")).strip()
    match = _AGAINST.fullmatch(written)
    if match is None:
        raise context.fail(("against",), f"got '{written}'", 'expected "median of 28d"')
    seconds = context.read(("against",), match[1], span)
    if context.read(("against",), seconds, lambda _: context.bar.bars_in(seconds)) < _FEWEST:
        raise context.fail(("against",), f"got '{written}'", f"expected at least {_FEWEST} bars")
    return Deviates(limit.value, context.bar.back(1), seconds)


_FEWEST = 4
OPTIONS: tuple[str, ...] = ("against",)
KEYS: Mapping[str, Build] = {"deviates": build}
SCHEMA: Mapping[str, Shape] = {
    "deviates": amount("how many robust standard deviations from the median of `against`", 4)
}
