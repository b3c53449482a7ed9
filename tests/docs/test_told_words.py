"""docs/rules.md: messages of restated figures and of lateness, word for word as people get them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from monitor.backtest import Mode, backtest
from monitor.catalog import Join, shipped
from monitor.dispatch import Routes, Timeliness
from monitor.model.bar import DAY, HOUR
from monitor.model.notification import Notification
from monitor.model.transition import Transition
from monitor.rules.load import load
from monitor.settings import Settings
from tests.dispatch.planning import plan
from tests.docs.test_rules_manual import MANUAL
from tests.rules.test_corrections import history

PAGE = MANUAL.read_text(encoding="utf-8")
DAY_OVER = """groups:
  - {name: g, every: day, rules: [{alert: DayOver, watch: sum(tokens), above: 5B}]}
"""
(RULE,) = load([("day-over.yaml", DAY_OVER)]).rules
SETTINGS = Settings()


def shown(after: str) -> list[str]:
    """The lines of the first text block below a heading."""
    section = PAGE.split(f"\n## {after}\n")[1]
    return section.split("```text\n")[1].split("```")[0].splitlines()


def told(transitions: list[Transition]) -> tuple[Notification, ...]:
    """Their messages to one receiver, by the settings that hold where nothing is set."""
    timeliness = Timeliness(SETTINGS.late_after, SETTINGS.late_notice)
    return plan(transitions, {RULE.name: RULE.alert}, Routes(("r",)), {}, timeliness)


def moved() -> list[Transition]:
    """The second day falls short after all, the third does not."""
    table = history("1e9 6e9 7e9", (1, 2, 4e9))
    return backtest(table, [RULE], Join(shipped(), {}), Mode.AS_KNOWN)


def test_a_restated_figure_is_told_as_the_page_says() -> None:
    """As first told, and as corrected."""
    assert [each.title for each in told(moved())] == shown("Restated figures")


def test_what_is_late_says_so_as_the_page_says() -> None:
    """Five hours late; and two changes a day and more late, in one message."""
    (first, _) = moved()
    late = replace(first, judged_at=first.valid_at + DAY + 5 * HOUR)
    after_a_stop = [
        replace(first, valid_at=first.valid_at + number * DAY, judged_at=first.valid_at + 9 * DAY) for number in (0, 1)
    ]
    (single,), (folded,) = told([late]), told(after_a_stop)
    assert [single.lines[-1], folded.title] == shown("Lateness")


def test_the_page_names_the_settings_with_their_defaults() -> None:
    """Hours, as people write them."""
    for name in ("late_after", "late_notice"):
        hours = getattr(SETTINGS, name) // timedelta(hours=1)
        assert re.search(rf"`{name}` \({hours}h\)", PAGE)
