"""What stands around a transition: the numbers that led to it, its rank, its share."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from monitor.model.history import Columns
from monitor.model.labels import Labels
from monitor.model.scene import Neighbour, Rank, Scene, Share
from monitor.model.transition import Transition
from monitor.rules.scenes import BARS, with_scenes
from tests.laws.history import Table
from tests.laws.passes import catalogued, compiled
from tests.rules.tables import DAY, HOUR, MONDAY, days, hours, transitions

NAN = math.nan
JOIN = catalogued()
NOWHERE = Labels.of(source="s", model="nobody")


def seen(rule: str, table: Table, every: str = "day") -> list[tuple[Transition, Scene]]:
    """Every transition of a history with its scene."""
    told = transitions(rule, table, every)
    return [(each, each.scene) for each in scenes_of(rule, table, told, every) if each.scene is not None]


def scenes_of(rule: str, table: Table, told: list[Transition], every: str = "day") -> list[Transition]:
    """Read back as the ledger is: from an instant on."""

    def recall(metric: str, since: int) -> Columns:
        return table.columns(metric, since=since)

    return with_scenes(told, [compiled(rule, every)], recall, JOIN)


def test_the_trail_ends_in_the_bar_that_is_told_of() -> None:
    """The watched numbers and those they are compared with, none of a later bar."""
    (first, *_) = seen("watch: tokens\ncrosses_above: 4", days("1 2 ? 5 3 9"))
    transition, scene = first
    assert scene.trail.at == tuple(MONDAY + number * DAY for number in range(4))
    assert str(scene.trail.value) == str((1.0, 2.0, NAN, 5.0))
    assert scene.trail.reference == (4.0,) * 4
    assert scene.trail.value[-1] == transition.value


def test_a_trail_has_so_many_numbers_at_most() -> None:
    """A long history gives the newest ones."""
    ((_, scene),) = seen("watch: tokens\nnew_high: 200d\n", days(" ".join(["1"] * 150 + ["2"])))[-1:]
    assert len(scene.trail.at) == BARS
    assert scene.trail.value[-2:] == (1.0, 2.0)


def test_a_price_keeps_the_steps_alone_and_a_level_line_from_where_it_stood() -> None:
    """Thirty hours at two prices are three numbers: the first, the step, and the bar itself."""
    prices = " ".join(["4"] * 20 + ["3"] * 9 + ["1"])
    transition, scene = seen("watch: price_output\nfalls: 50%", hours(prices), "hour")[0]
    assert scene.trail.holds
    assert [(at - MONDAY) // HOUR for at in scene.trail.at] == [0, 20, 29]
    assert scene.trail.value == (4.0, 3.0, 1.0)
    assert set(scene.trail.reference) == {transition.reference} == {3.0}


def test_what_was_never_known_at_the_beginning_is_left_out() -> None:
    """The trail begins with the first number."""
    ((_, scene), *_) = seen("watch: tokens\nabove: 4", days({"a": "- - 1 5", "b": "1 1 1 1"}))
    assert scene.trail.value == (1.0, 5.0)


def test_rank_and_share_among_all_that_are_counted() -> None:
    """With the place before, who is next on either side, and the share of that bar and the one before."""
    table = days({"a": "1 6", "b": "3 3", "c": "4 7", "d": "2 4"})
    ((_, scene),) = seen("watch: tokens\nenters_top: 2", table)
    assert scene.rank == Rank(2, 4, 4, Neighbour("c", 7.0), Neighbour("d", 4.0))
    assert scene.share == Share(0.3, 0.1)


@pytest.mark.parametrize(
    ("rule", "ours", "others"),
    [
        ("watch: tokens\nabove: 4", "1 5", {"b": "2 2"}),  # two are no ranking
        ("watch: tokens\nabove: 4", "1 5", {"b": "2 ?", "c": "2 ?"}),  # nobody knows who is larger
        ("watch: sum(tokens)\nabove: 8", "1 5", {"b": "2 2", "c": "2 2"}),  # one number
    ],
)
def test_where_there_is_no_rank(rule: str, ours: str, others: dict[str, str]) -> None:
    """Cases: too few, not sure, or nothing to rank."""
    assert [scene.rank for _, scene in seen(rule, days({"a": ours, **others}))] in ([None], [])


def test_prices_are_not_ranked_and_have_no_share() -> None:
    """Case: who is dearer says little."""
    table = hours({"a": "4 1", "b": "2 2", "c": "3 3"})
    ((_, scene),) = seen("watch: price_output\nfalls: 50%", table, "hour")
    assert (scene.rank, scene.share) == (None, None)


def test_everything_that_is_counted_is_no_share() -> None:
    """Case: a sum of all is all of it."""
    ((_, scene),) = seen("watch: sum(tokens)\nabove: 8", days({"a": "1 5", "b": "2 4"}))
    assert scene.share is None


def test_a_share_is_of_all_even_where_the_rule_watches_a_part() -> None:
    """Case: the sum of one vendor by everything that its source counted."""
    table = days({"deepseek/a": "1 5", "openai/b": "9 5"})
    ((_, scene),) = seen('watch: sum(tokens, vendor="deepseek")\nabove: 3', table)
    assert scene.share == Share(0.5, 0.1)
    ((_, named),) = seen('watch: tokens(model="deepseek/a")\nabove: 3', table)
    assert named.share is None  # the rule reads nothing of the others


def test_a_transition_that_nothing_is_known_of_is_told_without_a_scene() -> None:
    """Case: a rule that is gone, an instance that its rule no longer has, a bar before history."""
    table, rule = days("1 5"), "watch: tokens\nabove: 4"
    (told,) = transitions(rule, table)
    strangers = [
        replace(told, alert="Gone"),
        replace(told, labels=NOWHERE),
        replace(told, valid_at=MONDAY - 90 * DAY),
    ]
    found = scenes_of(rule, table, [*strangers, told])
    assert [each.scene is None for each in found] == [True, True, True, False]
    assert found[-1] == told


def test_labels_of_the_catalogue_come_back() -> None:
    """Law: a transition that was read from the record has the texts of one that was just judged."""
    table, rule = days({"deepseek/deepseek-chat": "1 5"}), "watch: tokens\nabove: 4"
    (told,) = transitions(rule, table)
    (found,) = scenes_of(rule, table, [replace(told, joined=Labels())])
    assert found.joined == told.joined
    assert found.joined.get("vendor") == "deepseek"


def test_only_the_window_is_read() -> None:
    """Law: told from the newest bars, nothing older than the trail and the rule's own lookback is asked for."""
    table, rule = days(" ".join(["1"] * 300 + ["5"])), "watch: tokens\nabove: 4"
    asked: list[int] = []

    def recall(metric: str, since: int) -> Columns:
        asked.append(since)
        return table.columns(metric, since=since)

    (told,) = transitions(rule, table)
    (found,) = with_scenes([told], [compiled(rule, "day")], recall, JOIN)
    assert found.scene is not None
    assert min(asked) > told.valid_at - (BARS + 10) * DAY


def test_a_price_that_does_not_move_is_shown_up_to_the_bar() -> None:
    """Law: a step keeps its place, and the trail ends in the bar that is told of all the same."""
    table = hours({"a": "4 1 1 1", "b": "2 2 2 1"})
    (told, *_) = transitions("watch: price_output\nfalls: 50%", table, "hour")
    later = replace(told, valid_at=told.valid_at + HOUR)
    (found,) = scenes_of("watch: price_output\nfalls: 50%", table, [later], "hour")
    assert found.scene is not None
    assert [(at - MONDAY) // HOUR for at in found.scene.trail.at] == [0, 1, 2]
