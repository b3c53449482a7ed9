"""Transitions laid open: which figures they show, in which words."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from monitor.dispatch import Routes
from monitor.dispatch.details import change_of, subject
from monitor.dispatch.telling import MOST_DETAILS, MOST_LINES, SPARKS
from monitor.model.alert import Alert, Compared
from monitor.model.bar import DAY, Bar
from monitor.model.detail import Detail
from monitor.model.fact import code
from monitor.model.labels import Labels
from monitor.model.metric import Unit
from monitor.model.notification import Notification
from monitor.model.scene import Neighbour, Rank, Scene, Share, Trail
from monitor.model.transition import CLAIMED, CONFIRMED, Change, Transition
from tests.dispatch.planning import plan
from tests.dispatch.test_plan import CROSSING, CROSSING_ALERT, PRICE, TIMELINESS, WEEK

TRAIL = Trail(Unit.TOKENS, Bar.WEEK, tuple(range(20)), (1.0,) * 20, (2.0,) * 20)
CUT = replace(PRICE, value=0.28, reference=1.12)
SAID = "PriceCut: deepseek/deepseek-v4-pro: $0.28 against $1.12"
CUT_ALERT = Alert("PriceCut", {}, {}, Unit.USD, Bar.HOUR, False, ("price_output",), Compared.BEFORE)  # noqa: FBT003


def planned(*transitions: Transition, alert: Alert) -> Notification:
    """The one notification that they make."""
    (found,) = plan(transitions, {alert.name: alert}, Routes(("r",)), {}, TIMELINESS)
    return found


def figures(transition: Transition, alert: Alert) -> dict[str, str]:
    """By name, the figures of one transition."""
    (detail,) = planned(transition, alert=alert).details
    return {figure.name: figure.text for figure in detail.figures}


def test_a_price_shows_what_it_was_and_how_far_it_went() -> None:
    """With the unit that a bare price does not say."""
    assert figures(CUT, CUT_ALERT) == {
        "Output price": "$0.28 per million tokens",
        "Before": "$1.12 per million tokens",
        "Change": "-75%",
    }


def test_a_crossing_shows_both_sides_its_rank_and_its_share() -> None:
    """Each with what it was in the bar before, and who is next to it."""
    rank = Rank(2, 57, 4, Neighbour("openai", 5e12), Neighbour("google\n\x1b", 2.5e12))
    told = replace(CROSSING, scene=Scene(TRAIL, rank, Share(0.121, 0.09)))
    assert figures(told, CROSSING_ALERT) == {
        "Tokens a week": "4.119T",
        "Against": "2.933T",
        "Difference": "+40.4%",
        "Rank": "2 of 57, was 4",
        "Ahead of it": "openai 5T",
        "Behind it": "google 2.5T",
        "Share of all counted": "12.1%, was 9%",
    }


def test_what_is_not_known_is_not_shown() -> None:
    """No figure says "unknown"."""
    nothing = Scene(TRAIL, Rank(1, 3), Share(0.5, math.nan))
    told = replace(CROSSING, value=math.nan, reference=math.nan, scene=nothing)
    assert figures(told, CROSSING_ALERT) == {"Rank": "1 of 3", "Share of all counted": "50%"}
    assert figures(replace(CROSSING, reference=math.nan), CROSSING_ALERT) == {"Tokens a week": "4.119T"}


def test_a_place_in_a_ranking_is_no_figure_to_compare_with() -> None:
    """`enters_top: 5` compares places: five tokens would be nonsense."""
    top = replace(CROSSING_ALERT, compared=Compared.PLACE)
    assert figures(replace(CROSSING, reference=5.0), top) == {"Tokens a week": "4.119T"}


def test_facts_show_their_texts_and_no_change() -> None:
    """A text has no ratio to another."""
    alert = replace(CUT_ALERT, unit=Unit.TEXT, metrics=("modalities",))
    told = replace(CUT, value=code("text, image"), reference=code("text"))
    texts = {code("text, image"): "text, image", code("text"): "text"}
    (found,) = plan((told,), {alert.name: alert}, Routes(("r",)), {}, TIMELINESS, texts=texts)
    assert [(each.name, each.text) for each in found.details[0].figures] == [
        ("Modalities", "text, image"),
        ("Before", "text"),
    ]


@pytest.mark.parametrize(
    ("metrics", "unit", "bar", "expected"),
    [
        (("price_cache_read",), Unit.USD, Bar.HOUR, "Cache read price"),
        (("tokens",), Unit.TOKENS, Bar.DAY, "Tokens a day"),
        (("tokens",), Unit.RATIO, Bar.WEEK, "Share of tokens"),
        (("tokens",), Unit.NUMBER, Bar.WEEK, "Value"),
        (("price_output",), Unit.RATIO, Bar.HOUR, "Value"),
        (("price_input", "price_output"), Unit.USD, Bar.HOUR, "Value"),
        (("context_length",), Unit.COUNT, Bar.HOUR, "Context length"),
        ((), Unit.NUMBER, Bar.HOUR, "Value"),
        (("metric_of_an_older_program",), Unit.NUMBER, Bar.HOUR, "Value"),
    ],
)
def test_what_a_value_is_called(metrics: tuple[str, ...], unit: Unit, bar: Bar, expected: str) -> None:
    """By its metric, where it is made of one alone and still is what that measures."""
    assert subject(Alert("A", {}, {}, unit, bar, metrics=metrics)) == expected


def test_one_price_by_another_is_a_factor() -> None:
    """27.32 times, not 2732 %."""
    alert = replace(CUT_ALERT, unit=Unit.RATIO, compared=Compared.OTHER)
    assert figures(replace(CUT, value=27.32, reference=12.0), alert) == {
        "Value": "27.32",
        "Against": "12",
        "Difference": "+128%",
    }


@pytest.mark.parametrize(
    ("value", "reference", "unit", "expected"),
    [
        (0.28, 1.12, Unit.USD, "-75%"),
        (1.12, 1.0, Unit.USD, "+12%"),
        (4.2, 1.0, Unit.USD, "4.2 times"),
        (0.0, 1.0, Unit.USD, "now free"),
        (1.0, 0.0, Unit.USD, "from free"),
        (0.121, 0.1, Unit.RATIO, "+2.1 points"),
        (-3.0, -1.0, Unit.NUMBER, "-200%"),
        (1.0, math.nan, Unit.USD, ""),
    ],
)
def test_how_far_it_went(value: float, reference: float, unit: Unit, expected: str) -> None:
    """In per cent, as a factor from three times on, shares in points; from and to zero in words."""
    assert change_of(value, reference, unit) == expected


@pytest.mark.parametrize(
    ("transition", "headline", "certainty", "evidence"),
    [
        (CUT, SAID, "", ""),
        (
            replace(CUT, level=CLAIMED, note="claimed: litellm shows the old price still"),
            f"Claimed: {SAID}",
            CLAIMED,
            "claimed: litellm shows the old price still",
        ),
        (
            replace(CUT, kind=Change.LEVEL, level=CONFIRMED, note="confirmed: litellm since 2026-02-10"),
            f"Confirmed: {SAID}",
            CONFIRMED,
            "confirmed: litellm since 2026-02-10",
        ),
        (
            replace(CUT, kind=Change.WITHDRAWN, level=CLAIMED, note="no second source showed it within 14 days"),
            f"Withdrawn: {SAID}",
            "",
            "no second source showed it within 14 days",
        ),
        (
            replace(CUT, kind=Change.CORRECTED, moved_from=CUT.episode),
            f"Corrected, figures were restated: {SAID} (it still holds)",
            "",
            "",
        ),
        (
            replace(CUT, level="critical"),
            SAID,
            "",
            "",
        ),
    ],
)
def test_every_state_in_words(transition: Transition, headline: str, certainty: str, evidence: str) -> None:
    """Law: what a detail says in words also stands in the plain text."""
    found = planned(transition, alert=CUT_ALERT)
    (detail,) = found.details
    assert (detail.headline, detail.certainty, detail.evidence) == (headline, certainty, evidence)
    assert detail.when == "2026-02-09 00:00 to 01:00 UTC, judged 2026-02-09 01:00 UTC"
    assert {line for line in detail.lines if line} <= {found.title, *found.lines}


def test_lateness_is_part_of_when() -> None:
    """As in the plain text."""
    found = planned(replace(CROSSING, judged_at=WEEK + 9 * DAY), alert=CROSSING_ALERT)
    assert found.details[0].when.endswith("late: 2 days after it ended")


def test_of_many_each_has_a_short_trail_and_what_has_no_line_its_words() -> None:
    """What is stored stays small: twenty trails of sixteen numbers, a hundred headlines, whatever happened."""
    cuts = [
        replace(CUT, labels=CUT.labels.merged(Labels.of(model=f"m{number:03}")), scene=Scene(TRAIL))
        for number in range(MOST_DETAILS + 20)
    ]
    found = planned(*cuts, alert=CUT_ALERT)
    assert len(found.details) == MOST_DETAILS
    assert [detail.headline for detail in found.details[:MOST_LINES]] == list(found.lines[:MOST_LINES])
    trails = [detail.trail for detail in found.details]
    assert all(trail is not None and len(trail.at) == SPARKS for trail in trails[:MOST_LINES])
    assert not any(trails[MOST_LINES:])


def test_a_catch_up_has_all_its_lines_as_details() -> None:
    """For receivers that have room for more than twenty."""
    late = [
        replace(CROSSING, valid_at=WEEK + number * 7 * DAY, judged_at=WEEK + 900 * DAY)
        for number in range(MOST_LINES + 5)
    ]
    found = planned(*late, alert=CROSSING_ALERT)
    assert found.title.startswith("Catch-up: 25 changes")
    assert [detail.headline for detail in found.details][:MOST_LINES] == list(found.lines[:MOST_LINES])
    assert len(found.details) == len(late)


def test_a_detail_knows_its_lines() -> None:
    """So that nobody shows them twice."""
    assert Detail("h", when="w").lines == {"h", "w", ""}
