"""Changes of prices: confirmed, claimed, and what was known when the period ended."""

from __future__ import annotations

from monitor.digest import Period, PriceMove, price_moves
from monitor.digest.words import price_lines
from monitor.model.bar import DAY, Bar
from monitor.truth.event import Said
from tests.truth.stories import FIRST, told

STORY = """
0 router: a/m=10/20 a/n=1/2
0 list: a/m=10/20 a/n=1/2
8 router: a/m=5/10 a/n=1/3
9 list: a/m=5/10
16 list: a/n=1/3
"""
WEEK = Period(Bar.WEEK, FIRST + 7 * DAY)


def moves(story: str, period: Period) -> list[PriceMove]:
    truth, _ = told(story)
    return price_moves([Said(event, word) for event in truth.events() for word in event.words], period)


def test_confirmed_prices_stand_before_claims() -> None:
    """Case: one that a list showed a day later, and one that the router alone showed in that week."""
    lines = list(price_lines(moves(STORY, WEEK)))
    assert lines[0].startswith("Price confirmed: a/m: input $10 → $5 (-50%), output $20 → $10 (-50%); ")
    assert "list on 2026-01-14" in lines[0]
    assert lines[1] == "Price claimed, not confirmed: a/n: output $2 → $3 (+50%); by router"


def test_a_later_confirmation_is_news_of_its_own_week() -> None:
    """Law: what was learnt after a period says nothing in it, and is told in the period that learnt it."""
    (later,) = moves(STORY, Period(Bar.WEEK, WEEK.end))
    assert (later.model, later.confirmed) == ("a/n", True)


def test_what_was_withdrawn_in_the_period_is_not_told() -> None:
    """Case: the router went back after two days."""
    assert not moves(STORY.replace("16 list: a/n=1/3", "10 router: a/n=1/2").replace("9 list", "9 list"), WEEK)[1:]


def test_nothing_is_told_of_other_periods() -> None:
    """Case: a quiet week."""
    assert not moves(STORY, Period(Bar.WEEK, WEEK.start + 28 * DAY))
