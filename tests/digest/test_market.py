"""Who has which part, who moved, who came and who went."""

from __future__ import annotations

import math

import pytest

from monitor.digest.market import Market
from monitor.digest.words import mover_lines, origin_details, standing_lines
from tests.digest.made import WEEK, market

BEFORE = {"b1": 60.0, "a1": 40.0}


def seen(*weeks: dict[str, float]) -> Market:
    found = market(*weeks)
    assert found is not None
    return found


def test_a_change_of_the_lead_is_an_overtaking() -> None:
    """Case: over all models and among the nine largest, each said with both numbers."""
    lines = list(standing_lines(seen(BEFORE, {"a1": 70.0, "b1": 50.0})))
    assert lines[0] == "CN overtook US over all models listed: 70 against 50"
    assert lines[1] == "CN overtook US among the 9 largest models: 70 against 50"


def test_who_led_before_overtakes_nobody() -> None:
    """Law: no overtaking without another order before; none in the first period there is."""
    assert not seen(BEFORE, {"b1": 61.0, "a1": 60.0}).overtakings
    assert not seen({"a1": 70.0, "b1": 50.0}).overtakings


def test_the_short_list_may_say_another_thing() -> None:
    """Case: nine large models against many small ones; who leads over all is said with it."""
    small = {f"b{number}": 9.0 for number in range(2, 30)}
    lines = list(standing_lines(seen({**small, "b1": 100.0, "a1": 90.0}, {**small, "b1": 100.0, "a1": 300.0})))
    said = "CN overtook US among the 9 largest models: 300 against 163; over all models listed US leads with 352"
    assert lines[0] == said
    assert "over all models listed:" not in "".join(lines)


def test_the_share_of_each_origin_with_its_change() -> None:
    """Case: points, tokens and the total against the period before."""
    said = [each.headline for each in origin_details(seen(BEFORE, {"a1": 70.0, "b1": 50.0}), WEEK)]
    assert said == [
        "120 tokens counted, +20% against the week before",
        "CN 58.3% of the tokens (+18.3 points), 70",
        "US 41.7% of the tokens (-18.3 points), 50",
    ]


def test_movers_have_their_ranks() -> None:
    """Case: up by share although its tokens fell less than others."""
    lines = list(mover_lines(seen({"a1": 50.0, "b1": 30.0, "c1": 20.0}, {"a1": 20.0, "b1": 29.0, "c1": 51.0})))
    assert lines == [
        "▲ c1 51% (+31 points), rank 1, was 3; tokens +155%",
        "▼ a1 20% (-30 points), rank 3, was 1; tokens -60%",
        "▼ b1 29% (-1 point), rank 2; tokens -3.33%",
    ]


def test_who_came_and_who_went() -> None:
    """Case: with the share they have, or had."""
    lines = list(mover_lines(seen({"a1": 50.0, "b1": 50.0}, {"a1": 50.0, "c1": 150.0})))
    assert lines[-2:] == ["New on the list: c1 75%", "Gone from the list: b1 50%"]


def test_nobody_is_new_where_nothing_was_listed_before() -> None:
    """Case: the first week of a source."""
    found = seen({"a1": 50.0})
    assert not found.came
    assert math.isnan(found.amount_before)


def test_without_the_period_there_is_no_picture() -> None:
    """Case: nothing was counted in it."""
    assert market(BEFORE, {}) is None


@pytest.mark.parametrize("factor", [1e-3, 1e9])
def test_units_are_inert(factor: float) -> None:
    """Law: scaling all tokens changes no share, no rank and no order."""
    weeks = ({"a1": 50.0, "b1": 30.0, "c1": 20.0}, {"a1": 20.0, "b1": 29.0, "c2": 51.0})
    plain, scaled = seen(*weeks), seen(*({name: count * factor for name, count in week.items()} for week in weeks))
    for one, other in zip(plain.models, scaled.models, strict=True):
        assert (one.name, one.rank) == (other.name, other.rank)
        assert one.share == pytest.approx(other.share)
    assert [each.name for each in plain.risen] == [each.name for each in scaled.risen]
    assert list(plain.came) == list(scaled.came)
