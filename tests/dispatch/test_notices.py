"""What the monitor says of itself."""

from __future__ import annotations

from monitor.dispatch import Routes, delivery_notice, rules_notice
from monitor.errors import Problem
from monitor.model.notification import Notification, Reason

AT = 1770595200  # 2026-02-09T00:00Z
FAILED = Notification(
    "id-1", "slack", Reason.TRANSITION, "critical", "thread", "PriceCut: m", citations=("Source: OpenRouter",)
)


def test_rule_problems_are_listed_with_their_places_and_counted() -> None:
    """Twenty lines at most, the count in the title, hints on the line of their problem."""
    problems = [
        Problem("rules/a.yaml", line, 3, "unknown label 'orgin'", "did you mean 'origin'?") for line in range(1, 31)
    ]
    (notice,) = rules_notice(Routes(("console",)), problems, kept={}, at=AT)
    assert notice.title == "Rules: 30 problems; the last good version stays"
    assert notice.lines[0] == "rules/a.yaml:1:3: unknown label 'orgin' did you mean 'origin'?"
    assert notice.lines[20] == "and 10 more"
    assert rules_notice(Routes(("console",)), problems, kept={}, at=AT)[0].id == notice.id
    assert rules_notice(Routes(("console",)), problems, kept={}, at=AT + 1)[0].id != notice.id


def test_a_refusing_receiver_is_told_to_the_others_once_a_day_for_each_error() -> None:
    """Not to itself; a hundred refusals of one kind are one notice."""
    (notice,) = delivery_notice(Routes(("slack", "console")), FAILED, "channel_not_found", kept=False, at=AT)
    (same,) = delivery_notice(Routes(("slack", "console")), FAILED, "channel_not_found", kept=False, at=AT + 3600)
    (next_day,) = delivery_notice(Routes(("slack", "console")), FAILED, "channel_not_found", kept=False, at=AT + 86400)
    (other,) = delivery_notice(Routes(("slack", "console")), FAILED, "invalid_auth", kept=True, at=AT)
    assert notice.receiver == "console"
    assert notice.id == same.id
    assert len({notice.id, next_day.id, other.id}) == 3
    assert notice.lines[0] == "channel_not_found"
    assert "PriceCut: m" in notice.lines[1]
    assert "not tried again" in notice.lines[2]
    assert "kept and tried again" in other.lines[2]


def test_nothing_is_said_of_a_notice_that_failed_itself() -> None:
    """Two refusing receivers can not fill the outbox with each other."""
    (notice,) = delivery_notice(Routes(("slack", "console")), FAILED, "x", kept=False, at=AT)
    assert delivery_notice(Routes(("slack", "console")), notice, "y", kept=False, at=AT) == ()
