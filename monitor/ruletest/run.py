"""Running a test: its series as history, its rules over it, what happened beside what was expected."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.backtest import Mode, backtest
from monitor.model.transition import Transition
from monitor.rules.rule import with_earlier
from monitor.ruletest.case import Case
from monitor.ruletest.compare import Difference, differences
from monitor.ruletest.table import Table


@dataclass(frozen=True, slots=True)
class Outcome:
    """A test and all that is not as it expects; none = it passed."""

    case: Case
    differences: tuple[Difference, ...]


def run(case: Case) -> Outcome:
    """The outcome of one test."""
    return Outcome(case, differences(case, happened(case)))


def happened(case: Case) -> list[Transition]:
    """Every transition of the alerts that count; where nothing is restated, as final is as known, and faster."""
    table = Table(case.series, case.every, case.start, case.stale_after, case.restated)
    mode = Mode.AS_KNOWN if case.restated else Mode.AS_FINAL
    found = backtest(table, with_earlier(case.rules, case.alerts), case.join, mode)
    return [each for each in found if each.alert in case.alerts]
