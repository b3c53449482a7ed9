"""A short series of what `python -m tests.delivery.killing` does at length: kill -9 at random instants of a sender."""

from __future__ import annotations

from tests.delivery.killing import check, kill
from tests.delivery.stories import check_repeats_are_marked

KILLS = 10


def test_a_killed_sender_with_a_bot_token_says_everything_once() -> None:
    """Law: lost 0, doubled 0, marked 0, and every story in order in its thread, with its pictures and overflow."""
    killed = kill(KILLS, 20260216, webhook=False)
    assert killed.kills == KILLS
    assert check(killed) > KILLS


def test_a_killed_sender_with_a_webhook_loses_nothing_and_marks_every_repeat() -> None:
    """Law: lost 0, and what comes twice says so."""
    killed = kill(KILLS, 20260217, webhook=True)
    assert killed.kills == KILLS
    check_repeats_are_marked(killed.owed, killed.slack.posted)
