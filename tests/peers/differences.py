"""Every way in which our alerts differ from those of Prometheus and VictoriaMetrics, by name, and where it may show.

`docs/peers.md` tells the same to people.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tests.peers.market import Market
from tests.peers.rules import PAIR

Hours = NDArray[np.bool_]
"""(T,): a mark for each hour."""
OURS, THEIRS = "ours", "theirs"
PROMETHEUS, VICTORIA = "prometheus", "victoria"
LIMIT = 5.0  # dollars, of most rules
WINDOW = 6  # hours
_DAY = 24


@dataclass(frozen=True, slots=True)
class Case:
    """One rule over one member of one market."""

    market: Market
    rule: str
    member: str

    @property
    def values(self) -> NDArray[np.float64]:
        """(T,): the price behind a member that is one model; of a pair, how far the first is above, plus the limit."""
        if self.rule == "Overtakes":
            first, second = (self.market.of(model)[:, 0] for model in PAIR)
            return first - second + LIMIT
        return self.market.of(self.member)[:, 0]

    @property
    def missing(self) -> Hours:
        """(T,): where nothing of it has a sample."""
        if self.rule == "Overtakes":
            return np.isnan(self.values)
        return np.asarray(np.isnan(self.market.of(self.member)).all(axis=1))

    @property
    def above(self) -> Hours:
        """(T,): where it is known to be above the limit."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.values > LIMIT)


@dataclass(frozen=True, slots=True)
class Difference:
    """A named difference: whose peer's, in which rules, who fires alone (`side`), and in which hours that may be."""

    name: str
    peers: tuple[str, ...]
    sides: tuple[str, ...]
    rules: tuple[str, ...]
    where: Callable[[Case], Hours]


def before(marks: Hours, hours: int = 1) -> Hours:
    """(T,): what was marked so many hours earlier; not marked before the first."""
    shifted = np.zeros_like(marks)
    shifted[hours:] = marks[: len(marks) - hours]
    return shifted


def since(marks: Hours, hours: int) -> Hours:
    """(T,): marked now or in so many hours before."""
    reached = marks.copy()
    for lag in range(1, hours + 1):
        reached |= before(marks, lag)
    return reached


def _unknown_and_after(case: Case) -> Hours:
    """Where our condition can not be told, and as long after as a peer that sees no data there takes to fire again."""
    return since(case.missing | before(case.missing, _LAGS.get(case.rule, 0)), _REACH.get(case.rule, 0))


def _second_bar(case: Case) -> Hours:
    return case.above & before(case.above) & ~before(case.above, 2)


def _not_below_again(case: Case) -> Hours:
    """It fires until it is below: equality keeps the side."""
    equal: Hours = case.values == LIMIT
    reached = case.above | equal
    return equal | (reached & before(reached))


def _touched(case: Case) -> Hours:
    """Above after it was exactly at the limit, without having come from below."""
    side = 0.0
    marks: Hours = case.above & before(np.asarray(case.values == LIMIT))
    for row, value in enumerate(case.values.tolist()):
        marks[row] &= side >= 0
        side = side if value == LIMIT or math.isnan(value) else math.copysign(1.0, value - LIMIT)
    return marks


def _passed_unseen(case: Case) -> Hours:
    return case.above & before(case.missing)


def _exact(case: Case) -> Hours:
    """Where it is a fifth less exactly; prices are eighths, so fractions tell."""
    marks = np.zeros(len(case.values), np.bool_)
    for row in range(_DAY, len(marks)):
        now, then = case.values[row].item(), case.values[row - _DAY].item()
        marks[row] = math.isfinite(now) and math.isfinite(then) and 5 * Fraction(now) == 4 * Fraction(then)
    return marks


def _rounded(case: Case) -> Hours:
    with np.errstate(invalid="ignore"):
        return np.asarray(case.values * 1.1 - case.values * 0.1 > case.values)


def _part_of_a_window(case: Case) -> Hours:
    young = np.arange(len(case.missing)) < WINDOW - 1
    return young | since(case.missing, WINDOW - 1)


def _down(case: Case) -> Hours:
    return since(case.market.down, 2) & case.missing


def _never_seen(case: Case) -> Hours:
    return np.logical_and.accumulate(case.missing)


def _one_step_longer(case: Case) -> Hours:
    """The first hour in which a member has no sample, now or at the lag."""
    members = PAIR if case.rule == "Overtakes" else (case.member,)
    gone = np.isnan(np.hstack([case.market.of(member) for member in members]))
    begins = gone.copy()
    begins[1:] &= ~gone[:-1]
    held: Hours = np.asarray(begins.any(axis=1))
    return held | before(held, _THEIR_LAGS.get(case.rule, 0))


def _one_of_them_longer(case: Case) -> Hours:
    """The same where others have one, so that the group has a value."""
    return _one_step_longer(case) & ~case.missing


_LAGS: Mapping[str, int] = {"StepUp": 1, "Cut": _DAY, "Rise": _DAY}
"""Hours before, by rule, at which both sides look as well."""
_THEIR_LAGS: Mapping[str, int] = {**_LAGS, "Overtakes": 1}
"""The same of the peers, which remember no side."""
_REACH: Mapping[str, int] = {"Held": 2, "Kept": 3}
"""Hours that a rule's `for` or `keep_firing_for` reaches beyond what it looks at."""
_SINGLE = ("Above", "Below", "Held", "Kept", "StepUp", "Crosses", "Overtakes", "Cut", "Rise")
_LOOKING_BACK = ("Held", "StepUp", "Overtakes", "Cut", "Rise")
_GROUPED = ("VendorSum", "VendorMost", "Total")
_CROSSED = ("Crosses", "Overtakes")
_WINDOWS = ("Mean", "Least")
_BOTH = (PROMETHEUS, VICTORIA)

DIFFERENCES: tuple[Difference, ...] = (
    Difference("whole bars", _BOTH, (OURS,), ("HeldTwoHours",), _second_bar),
    Difference("a crossing lasts", _BOTH, (OURS,), _CROSSED, _not_below_again),
    Difference("a touch is no crossing", _BOTH, (THEIRS,), _CROSSED, _touched),
    Difference("a crossing over a gap", _BOTH, (OURS,), _CROSSED, _passed_unseen),
    Difference("exact amounts", _BOTH, (OURS,), ("Cut",), _exact),
    Difference("rounding", _BOTH, (THEIRS,), ("Rounding",), _rounded),
    Difference("whole windows", _BOTH, (OURS, THEIRS), _WINDOWS, _part_of_a_window),
    Difference("unknown keeps", _BOTH, (OURS,), (*_SINGLE, *_GROUPED), _unknown_and_after),
    Difference("an outage is no absence", _BOTH, (THEIRS,), ("GoneNever", "GoneOften", "GoneFirst"), _down),
    Difference("never seen", _BOTH, (THEIRS,), ("GoneFirst",), _never_seen),
    Difference("one step longer", (VICTORIA,), (THEIRS,), _LOOKING_BACK, _one_step_longer),
    Difference("one of them longer", (VICTORIA,), (OURS, THEIRS), (*_GROUPED, "VendorCount"), _one_of_them_longer),
)
