"""Routes: which receivers get what, and that ids stay as they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.dispatch import Route, Routes, Timeliness, delivery_notice, trouble_notice
from monitor.dispatch.identity import identity
from monitor.model.alert import Alert
from monitor.model.labels import Labels
from monitor.model.matcher import labels_written, matchers
from monitor.model.notification import Notification, Reason
from monitor.model.transition import Change, EpisodeKey, Transition, episode_of
from monitor.model.trouble import Trouble, TroubleKind
from tests.dispatch.planning import plan

DAY = 86_400
ALERT = Alert("PriceCut", {"severity": "warning", "topic": "prices"})
CUT = Transition("PriceCut", Labels.of(source="openrouter", model="gpt"), Change.FIRING, DAY, DAY, 2 * DAY, 1.0, 2.0)
OPENAI = replace(CUT, joined=Labels.of(vendor="openai", family="gpt"))
DEEPSEEK = replace(CUT, labels=Labels.of(source="openrouter", model="v4"), joined=Labels.of(vendor="deepseek"))


def route(match: str, *receivers: str, goes_on: bool = False) -> Route:
    return Route(matchers(match), receivers, goes_on)


def planned(
    routes: Routes, *transitions: Transition, levels: Mapping[EpisodeKey, list[str]] | None = None
) -> tuple[Notification, ...]:
    timeliness = Timeliness(timedelta(days=1), timedelta(days=30))
    return plan(transitions, {"PriceCut": ALERT}, routes, {}, timeliness, levels=levels or {})


def told(notifications: tuple[Notification, ...]) -> dict[str, list[str]]:
    return {each.receiver: [one.labels.get("model") for one in each.transitions] for each in notifications}


@pytest.mark.parametrize(
    ("match", "takes"),
    [
        ('severity="warning"', True),
        ("severity='warning', topic=~\"price.*\"", True),
        ('severity="warning", topic="usage"', False),
        ('topic=~"price"', False),
        ('alertname="Price*"', True),
        ('vendor=["deepseek", "open*"]', True),
        ('vendor!="openai"', False),
        ('vendor!~"open.*|x"', False),
        ('team!="blue"', True),
        ('team="*"', False),
        ('reason="transition", source="openrouter", model="gpt"', True),
        ('reason="feed"', False),
        ("", True),
    ],
)
def test_matchers_see_all_labels_of_an_alert(match: str, takes: object) -> None:
    """Law: those of the rule, its name, those of the instance and what the catalogue joins; several all have to fit."""
    routes = Routes(("a", "b"), (route(match, "a"), route("", "b")))
    assert told(planned(routes, OPENAI)) == {"a" if takes else "b": ["gpt"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("severity", "column 1: got 'severity', expected label=\"value\", with =, !=, =~ or !~"),
        ('a="b", c==2', "column 8: got 'c==2'"),
        ('a=""', "column 1: got"),
        ('a="b" c="d"', "column 1: got"),
        ('a=~"("', "column 1: '(' is no regular expression: missing )"),
    ],
)
def test_what_is_no_matcher_is_told_with_its_column(text: str, said: str) -> None:
    """Law: with what was got and what was expected."""
    with pytest.raises(ValueError, match="column") as caught:
        matchers(text)
    assert str(caught.value).startswith(said)


def test_labels_are_written_as_matchers_with_one_value() -> None:
    """Case: the argument of `monitor route test`."""
    assert labels_written(' vendor="openai",severity="critical" ') == Labels.of(vendor="openai", severity="critical")
    with pytest.raises(ValueError, match="vendor: expected one value"):
        labels_written('vendor="open*"')


def test_the_first_route_takes_it_unless_it_goes_on() -> None:
    """Law: in order; what goes on is also taken by the next that matches, here the default."""
    routes = Routes(("a", "b", "c"), (route('vendor="openai"', "a", goes_on=True), route("", "b")))
    assert told(planned(routes, OPENAI)) == {"a": ["gpt"], "b": ["gpt"]}
    assert told(planned(routes, DEEPSEEK)) == {"b": ["v4"]}


def test_without_a_default_the_rest_reaches_all_and_an_empty_list_reaches_nobody() -> None:
    """Law: nothing is lost because no route names it; only a route that says so is silent."""
    routes = Routes(("a", "b"), (route('vendor="openai"', "a"), route('topic="noise"')))
    assert told(planned(routes, DEEPSEEK)) == {"a": ["v4"], "b": ["v4"]}
    assert planned(Routes(("a",), (route(""),)), DEEPSEEK) == ()


def test_one_evaluation_is_split_where_routes_split_it() -> None:
    """Case: two models of two vendors in one bar: each receiver gets its own in one notification."""
    routes = Routes(("a", "b", "c"), (route('vendor="openai"', "a", "c"), route("", "b", "c")))
    assert told(planned(routes, OPENAI, DEEPSEEK)) == {"a": ["gpt"], "b": ["v4"], "c": ["gpt", "v4"]}


@given(st.lists(st.sampled_from([OPENAI, DEEPSEEK]), unique=True))
def test_routes_that_lead_to_all_change_no_id(transitions: list[Transition]) -> None:
    """Law: told once across an upgrade: the id follows from receiver and content alone, and order stays."""
    plain = planned(Routes(("a", "b")), *transitions)
    assert planned(Routes(("a", "b"), (route("", "a", "b"),)), *transitions) == plain
    content = planned(Routes(("x",)), *transitions)
    assert [each.receiver for each in plain] == ["a", "b"] * len(content)


def test_ids_are_those_of_ledgers_before_there_were_routes() -> None:
    """Law: what was owed before the upgrade is not owed again after it."""
    key = (CUT.labels.pairs, DAY, "firing", DAY, 0)
    (notice,) = planned(Routes(("slack",)), OPENAI)
    assert notice.id == identity("slack", identity("PriceCut", [key]))
    trouble = Trouble("openrouter_models", TroubleKind.FROZEN, "why", DAY, 1, None)
    (feed,) = trouble_notice(Routes(("slack",)), trouble, last_good=None, at=DAY)
    assert feed.id == identity("slack", Reason.FEED, "openrouter_models", TroubleKind.FROZEN, DAY, "warning")


LEVELS = (route('severity="critical"', "pager", goes_on=True), route("", "ops"))


def test_who_heard_of_an_episode_hears_its_end() -> None:
    """Law: it fell from critical before it ended; in one pass or in several, the end reaches whoever was told."""
    routes = Routes(("ops", "pager"), LEVELS)
    fired = replace(CUT, level="critical")
    fell = replace(CUT, kind=Change.LEVEL, valid_at=2 * DAY, judged_at=3 * DAY, level="warning")
    ended = replace(CUT, kind=Change.RESOLVED, valid_at=3 * DAY, judged_at=4 * DAY, level="warning")
    at_once = planned(routes, fired, fell, ended)
    assert [each.receiver for each in at_once].count("pager") == 3
    later = planned(routes, ended, levels={episode_of(CUT): ["critical", "warning"]})
    assert [each.receiver for each in later] == ["ops", "pager"]


def test_who_did_not_hear_of_an_episode_does_not_hear_its_end() -> None:
    """Law: one that never was critical never reaches the pager."""
    routes = Routes(("ops", "pager"), LEVELS)
    ended = replace(CUT, kind=Change.RESOLVED, level="warning")
    assert [each.receiver for each in planned(routes, ended, levels={episode_of(CUT): ["warning"]})] == ["ops"]


def test_notices_of_the_monitor_itself_are_routed_by_reason() -> None:
    """Law: feeds by their source; a refusing receiver is told to others even where routes lead to itself alone."""
    routes = Routes(("a", "b"), (route('reason="feed", source="openrouter*"', "b"), route('reason="delivery"', "a")))
    trouble = Trouble("openrouter_models", TroubleKind.FROZEN, "why", DAY, 1, None)
    assert [each.receiver for each in trouble_notice(routes, trouble, last_good=None, at=DAY)] == ["b"]
    failed = Notification("id", "b", Reason.TRANSITION, "info", "thread", "title")
    assert [each.receiver for each in delivery_notice(routes, failed, "x", kept=False, at=DAY)] == ["a"]
    failed = replace(failed, receiver="a")
    assert [each.receiver for each in delivery_notice(routes, failed, "x", kept=False, at=DAY)] == ["b"]
