"""From transitions to notifications."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.dispatch import Routes, Timeliness
from monitor.dispatch.telling import MOST_LINES
from monitor.dispatch.wording import LINE, bar_in_words, change_in_words
from monitor.model.alert import Alert
from monitor.model.bar import DAY, Bar
from monitor.model.fact import code
from monitor.model.labels import Labels
from monitor.model.metric import Unit
from monitor.model.notification import Notification, Reason
from monitor.model.template import Template
from monitor.model.transition import Change, Transition
from tests.dispatch.planning import plan

WEEK = 1770595200  # Monday 2026-02-09
OPENROUTER = Labels.of(source="openrouter")
CITATION = "Source: OpenRouter (openrouter.ai/rankings), as of 2026-02-16, licensed under CC BY 4.0."
CITATIONS = {
    ("openrouter", "tokens"): CITATION,
    ("openrouter", "price_output"): "Prices: OpenRouter",
    ("elsewhere", "tokens"): "Source: Elsewhere",
}
TIMELINESS = Timeliness(timedelta(days=1), timedelta(days=30))

CROSSING = Transition(
    alert="ChineseModelsOvertakeUS",
    labels=OPENROUTER,
    kind=Change.FIRING,
    episode=WEEK,
    valid_at=WEEK,
    judged_at=WEEK + 7 * DAY + 1200,
    value=4.119e12,
    reference=2.933e12,
)
PRICE = replace(
    CROSSING,
    alert="PriceCut",
    labels=OPENROUTER.merged(Labels.of(model="deepseek/deepseek-v4-pro")),
    judged_at=WEEK + 3600,
    value=0.435,
    reference=1.74,
)


def _alert(name: str, *, unit: Unit, bar: Bar, tells_end: bool = True, **annotations: str) -> Alert:
    compiled = {key: Template.compile(text) for key, text in annotations.items()}
    return Alert(name, {"severity": "critical"}, compiled, unit, bar, tells_end, ("tokens",))


CROSSING_ALERT = _alert(
    "ChineseModelsOvertakeUS",
    unit=Unit.TOKENS,
    bar=Bar.WEEK,
    summary="Chinese models overtook US models: {{ value | tokens }} against {{ reference | tokens }} a week",
)
PRICE_ALERT = _alert("PriceCut", unit=Unit.USD, bar=Bar.HOUR, tells_end=False)
ALERTS = {alert.name: alert for alert in (CROSSING_ALERT, PRICE_ALERT)}


def _planned(*transitions: Transition, alert: Alert | None = None, receiver: str = "slack") -> tuple[Notification, ...]:
    alerts = ALERTS if alert is None else {alert.name: alert}
    return plan(transitions, alerts, Routes((receiver,)), CITATIONS, TIMELINESS)


def test_one_transition_reads_as_its_summary() -> None:
    """The annotation is the title; the bar, the time of judging and the citation follow."""
    (notification,) = _planned(CROSSING)
    assert notification.text.splitlines() == [
        "Chinese models overtook US models: 4.119T against 2.933T a week",
        "week of 2026-02-09 to 2026-02-15 (UTC), judged 2026-02-16 00:20 UTC",
        CITATION,
    ]
    assert (notification.severity, notification.reason) == ("critical", Reason.TRANSITION)
    assert notification.transitions == (CROSSING,)


def test_without_annotations_the_numbers_read_in_the_unit_of_the_rule() -> None:
    """A rule without texts is told sensibly."""
    (notification,) = _planned(PRICE)
    assert notification.title == "PriceCut: deepseek/deepseek-v4-pro: $0.435 against $1.74"
    assert notification.lines == ("2026-02-09 00:00 to 01:00 UTC, judged 2026-02-09 01:00 UTC",)


@pytest.mark.parametrize(
    ("labels", "value", "reference", "title"),
    [
        (OPENROUTER, 2.0, 3.0, "PriceCut: $2 against $3"),
        (OPENROUTER, 0.0, 3.0, "PriceCut: free against $3"),
        (OPENROUTER, 2.0, math.nan, "PriceCut: $2"),
        (OPENROUTER.merged(Labels.of(host="h", model="m")), math.nan, math.nan, "PriceCut: h, m"),
        (Labels(), math.nan, math.nan, "PriceCut"),
    ],
)
def test_a_default_title_says_what_is_known(labels: Labels, value: float, reference: float, title: str) -> None:
    """Unknown numbers are left out, the source stands in the citation."""
    (notification,) = _planned(replace(PRICE, labels=labels, value=value, reference=reference))
    assert notification.title == title


TEXTS = {code("text in, text out"): "text in, text out", code("image in, text in, text out"): "image in,\ntext in"}
FACT = replace(PRICE, alert="Fact", value=code("image in, text in, text out"), reference=code("text in, text out"))


@pytest.mark.parametrize(
    ("unit", "value", "reference", "summary", "title"),
    [
        (
            Unit.TEXT,
            FACT.value,
            FACT.reference,
            "{{ reference }} → {{ value }}",
            "text in, text out → image in, text in",
        ),
        (Unit.TEXT, FACT.value, 5.0, "{{ previous }} → {{ value }}", "unknown → image in, text in"),
        (Unit.TEXT, FACT.value, math.nan, "{{ previous }} → {{ value }}", "unknown → image in, text in"),
        (Unit.TEXT, FACT.value, FACT.reference, "", "Fact: m: image in, text in against text in, text out"),
        (Unit.TEXT, 5.0, math.nan, "", "Fact: m: unknown"),
        (Unit.DATE, WEEK + DAY, math.nan, "{{ value }}, {{ value | date }}", "2026-02-10, 2026-02-10"),
        (Unit.DATE, WEEK + DAY, math.nan, "{{ value | ago }}", "in 23 hours"),
        (Unit.DATE, WEEK + DAY, WEEK, "", "Fact: m: 2026-02-10 against 2026-02-09"),
    ],
)
def test_facts_read_as_texts_and_dates(unit: Unit, value: float, reference: float, summary: str, title: str) -> None:
    """What a code stands for, in one line; what no text is known of is unknown; a date as its day."""
    annotations = {"summary": Template.compile(summary)} if summary else {}
    alert = Alert("Fact", {}, annotations, unit, Bar.HOUR)
    change = replace(FACT, labels=Labels.of(source="openrouter", model="m"), value=value, reference=reference)
    (notification,) = plan((change,), {"Fact": alert}, Routes(("slack",)), CITATIONS, TIMELINESS, texts=TEXTS)
    assert notification.title == title


def test_a_transition_of_an_alert_that_is_gone_is_told_plainly() -> None:
    """A rule that was deleted between judging and planning loses nobody's message."""
    (notification,) = plan((CROSSING,), {}, Routes(("slack",)), CITATIONS, TIMELINESS)
    assert notification.title.startswith("ChineseModelsOvertakeUS: ")
    assert notification.severity == "info"


def test_an_end_reads_resolved() -> None:
    """In the same thread as its beginning, under another id."""
    began, ended = _planned(
        CROSSING, replace(CROSSING, kind=Change.RESOLVED, valid_at=WEEK + 7 * DAY, judged_at=WEEK + 14 * DAY)
    )
    assert ended.title == f"Resolved: {began.title}"
    assert ended.thread == began.thread
    assert ended.id != began.id


def test_an_end_that_is_not_worth_a_message_is_not_told() -> None:
    """A price step has no end; its beginning is told."""
    ended = replace(PRICE, kind=Change.RESOLVED)
    assert _planned(ended) == ()
    assert _planned(PRICE, ended) == _planned(PRICE)


def test_one_evaluation_of_one_alert_is_one_message() -> None:
    """Nine models of one vendor are one message with a line each; another bar and another alert are their own."""
    cuts = [replace(PRICE, labels=PRICE.labels.merged(Labels.of(model=f"m{number}"))) for number in range(9)]
    later = replace(PRICE, valid_at=WEEK + 3600, episode=WEEK + 3600, judged_at=WEEK + 7200)
    notifications = _planned(later, *cuts, CROSSING)
    assert [len(each.transitions) for each in notifications] == [9, 1, 1]
    assert notifications[0].title == "PriceCut: 9 firing"
    assert notifications[0].lines[:2] == ("m0: $0.435 against $1.74", "m1: $0.435 against $1.74")


def test_beginnings_and_ends_of_one_evaluation_are_counted_apart() -> None:
    """The title counts both, the lines say which is which."""
    other = replace(CROSSING, labels=Labels.of(source="elsewhere"), kind=Change.RESOLVED)
    (notification,) = _planned(other, CROSSING)
    assert notification.title == "ChineseModelsOvertakeUS: 1 firing, 1 resolved"
    assert [line.startswith("Resolved: ") for line in notification.lines[:2]] == [False, True]
    assert notification.citations == (CITATION, "Source: Elsewhere")


def test_many_instances_are_listed_up_to_a_limit_and_all_counted() -> None:
    """Sixty transitions: twenty lines, and the rest as a number; every one of them is in the notification."""
    many = [replace(PRICE, labels=PRICE.labels.merged(Labels.of(model=f"m{number:02}"))) for number in range(60)]
    (notification,) = _planned(*many)
    assert notification.title == "PriceCut: 60 firing"
    assert notification.lines[MOST_LINES] == "and 40 more"
    assert len(notification.lines) == MOST_LINES + 2
    assert len(notification.transitions) == 60


def test_remarks_that_all_share_stand_once() -> None:
    """The description is a line, other annotations follow their name; what differs stands with its instance."""
    shared = _alert("PriceCut", unit=Unit.USD, bar=Bar.HOUR, description="Look at\nthe list.", runbook="cuts.md")
    own = _alert("PriceCut", unit=Unit.USD, bar=Bar.HOUR, summary="cut", description="of {{ labels.model }}")
    cuts = [replace(PRICE, labels=PRICE.labels.merged(Labels.of(model=name))) for name in ("a", "b")]
    (said_once,) = _planned(*cuts, alert=shared)
    (said_each,) = _planned(*cuts, alert=own)
    assert said_once.lines[2:4] == ("Look at the list.", "runbook: cuts.md")
    assert said_each.lines[:2] == ("cut — of a", "cut — of b")


def test_late_is_said_beyond_the_allowance_only() -> None:
    """Late counts from the end of the bar."""
    allowed = replace(CROSSING, judged_at=WEEK + 8 * DAY)
    (just,), (late,) = _planned(allowed), _planned(replace(allowed, judged_at=WEEK + 8 * DAY + 1))
    assert "late" not in just.lines[-1]
    assert late.lines[-1].endswith("judged 2026-02-17 00:00 UTC, late: 1 day after it ended")


@pytest.mark.parametrize(
    ("bar", "words"),
    [
        (Bar.HOUR, "2026-02-09 00:00 to 01:00 UTC"),
        (Bar.TWELVE_HOURS, "2026-02-09 00:00 to 12:00 UTC"),
        (Bar.DAY, "day 2026-02-09 (UTC)"),
        (Bar.WEEK, "week of 2026-02-09 to 2026-02-15 (UTC)"),
    ],
)
def test_a_bar_is_said_in_words(bar: Bar, words: str) -> None:
    """Both ends are named, the last day and not the first after it."""
    assert bar_in_words(bar, WEEK) == words


def test_bars_over_midnight_and_months_are_said_in_words() -> None:
    """The end of an hour is an instant, that of a month its name."""
    assert bar_in_words(Bar.SIX_HOURS, WEEK - 6 * 3600) == "2026-02-08 18:00 to 2026-02-09 00:00 UTC"
    assert bar_in_words(Bar.MONTH, 1769904000) == "month 2026-02 (UTC)"


@pytest.mark.parametrize(
    ("value", "reference", "unit", "expected"),
    [
        (0.435, 1.74, Unit.USD, -0.75),
        (1.0, 0.0, Unit.USD, "from free"),
        (0.0, 1.0, Unit.USD, "now free"),
        (1.0, 0.0, Unit.TOKENS, "from zero"),
        (0.0, 1.0, Unit.RATIO, "to zero"),
        (0.0, 0.0, Unit.USD, "no change"),
        (-1.0, -2.0, Unit.NUMBER, 0.5),
    ],
)
def test_from_and_to_zero_are_outcomes_of_their_own(
    value: float, reference: float, unit: Unit, expected: float | str
) -> None:
    """Never an infinite or a hundred per cent."""
    assert change_in_words(value, reference, unit) == expected


def test_a_change_from_free_reads_so_in_a_template() -> None:
    """The word stands where the per cent would."""
    alert = _alert("PriceCut", unit=Unit.USD, bar=Bar.HOUR, summary="{{ labels.model }} ({{ change | percent }})")
    (notification,) = _planned(replace(PRICE, reference=0.0), alert=alert)
    assert notification.title == "deepseek/deepseek-v4-pro (from free)"


def test_templates_know_the_episode_the_rule_and_the_source() -> None:
    """Every documented name is filled: labels of the rule too, an instance's own label wins."""
    text = "{{ alert }} {{ labels.severity }} {{ bar }} {{ fired_at }} {{ fired_at | ago }} {{ source.citation }}"
    alert = _alert("ChineseModelsOvertakeUS", unit=Unit.TOKENS, bar=Bar.WEEK, summary=text)
    (notification,) = _planned(replace(CROSSING, episode=WEEK - 7 * DAY), alert=alert)
    assert notification.title == f"{alert.name} critical 2026-02-09 2026-02-02 14 days ago {CITATION}"


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (OPENROUTER, (CITATION,)),
        (Labels.of(source="nobody"), ()),
        (Labels.of(model="m"), (CITATION, "Source: Elsewhere")),
    ],
)
def test_figures_are_cited(labels: Labels, expected: tuple[str, ...]) -> None:
    """A known source by its line for what is watched, an unknown one by none; a rule that joins sources cites all."""
    (notification,) = _planned(replace(CROSSING, labels=labels))
    assert notification.citations == expected


@pytest.mark.parametrize(
    ("written", "severity"), [("critical", "critical"), ("warning", "warning"), ("page", "info"), ("", "info")]
)
def test_the_severity_is_the_label_of_the_rule(written: str, severity: str) -> None:
    """Where a rule names none that is known it is info."""
    alert = Alert("PriceCut", {"severity": written}, {}, Unit.USD, Bar.HOUR)
    (notification,) = _planned(PRICE, alert=alert)
    assert notification.severity == severity


def test_foreign_labels_can_neither_break_nor_flood_a_message() -> None:
    """5,000 characters, line breaks, terminal codes and reversed text of a source stay one short line."""
    hostile = "a\n\x1b[31mb\u202ec\x00" + "x" * 5000
    alert = _alert("PriceCut", unit=Unit.USD, bar=Bar.HOUR, summary="{{ labels.model }}" * 100)
    labels = [PRICE.labels.merged(Labels.of(model=f"{number}{hostile}")) for number in range(60)]
    for rule in (alert, PRICE_ALERT):
        (notification,) = _planned(*(replace(PRICE, labels=each) for each in labels), alert=rule)
        assert all(len(line) <= LINE and line.isprintable() for line in (notification.title, *notification.lines))
        assert len(notification.transitions) == 60


def test_a_title_that_is_cut_is_said_in_full_below() -> None:
    """A long summary is not lost to the limit of a title."""
    alert = _alert("PriceCut", unit=Unit.USD, bar=Bar.HOUR, summary="word " * 70)
    (notification,) = _planned(PRICE, alert=alert)
    assert notification.title.endswith("…")
    assert notification.lines[0] == ("word " * 70).strip()


def test_every_receiver_is_owed_its_own() -> None:
    """The same words under different ids, in one thread."""
    first, second = plan((CROSSING,), ALERTS, Routes(("slack", "console")), CITATIONS, TIMELINESS)
    assert (first.receiver, second.receiver) == ("slack", "console")
    assert first.id != second.id
    assert (first.thread, first.text) == (second.thread, second.text)


TRANSITIONS = st.lists(
    st.builds(
        Transition,
        alert=st.sampled_from(["ChineseModelsOvertakeUS", "PriceCut", "Gone"]),
        labels=st.sampled_from([OPENROUTER, PRICE.labels, Labels()]),
        kind=st.sampled_from(Change),
        episode=st.sampled_from([WEEK, WEEK + 7 * DAY]),
        valid_at=st.sampled_from([WEEK, WEEK + 7 * DAY]),
        judged_at=st.sampled_from([WEEK + 14 * DAY, WEEK + 30 * DAY]),
        value=st.floats(),
        reference=st.floats(),
    ),
    max_size=12,
    unique_by=lambda each: (each.alert, each.labels, each.episode, each.kind),
)


@given(TRANSITIONS, st.randoms(use_true_random=False))
def test_planning_again_plans_the_same(transitions: list[Transition], random: object) -> None:
    """In any order: equal notifications; and their ids are all different."""
    planned = plan(transitions, ALERTS, Routes(("slack", "console")), CITATIONS, TIMELINESS)
    shuffled = sorted(transitions, key=lambda _: random.random())  # type: ignore[attr-defined]
    again = plan(shuffled, ALERTS, Routes(("slack", "console")), CITATIONS, TIMELINESS)
    assert repr(again) == repr(planned)  # by repr: NaN is not equal to itself
    assert len({notification.id for notification in planned}) == len(planned)


@given(TRANSITIONS)
def test_every_transition_worth_telling_is_told_exactly_once(transitions: list[Transition]) -> None:
    """None is lost in the grouping and none is doubled."""
    planned = plan(transitions, ALERTS, Routes(("slack",)), CITATIONS, TIMELINESS)
    told = sorted(repr(each) for notification in planned for each in notification.transitions)
    worth = [each for each in transitions if each.kind is not Change.RESOLVED or each.alert != "PriceCut"]
    assert told == sorted(repr(each) for each in worth)


def test_an_id_follows_from_the_episode_not_from_the_numbers() -> None:
    """Judged again with revised figures it is still the same message, owed once."""
    (first,), (again,) = _planned(CROSSING), _planned(replace(CROSSING, value=5e12, judged_at=WEEK + 9 * DAY))
    assert first.id == again.id


def test_an_id_follows_from_every_transition_told() -> None:
    """One more in the same evaluation is another message: it can not be taken for the one that was already told."""
    more = replace(PRICE, labels=PRICE.labels.merged(Labels.of(model="x")))
    (one,), (two,) = _planned(PRICE), _planned(PRICE, more)
    assert one.id != two.id


def test_what_is_said_of_several_at_once_is_a_story_of_its_own() -> None:
    """It belongs to no single episode: the end of one must not make the whole look over."""
    other = replace(PRICE, labels=OPENROUTER.merged(Labels.of(model="another")))
    ended = replace(PRICE, kind=Change.RESOLVED, valid_at=WEEK + DAY, judged_at=WEEK + DAY + 3600)
    alert = replace(PRICE_ALERT, tells_end=True)
    together, single = plan((PRICE, other, ended), {alert.name: alert}, Routes(("slack",)), CITATIONS, TIMELINESS)
    (alone, _) = plan((PRICE, ended), {alert.name: alert}, Routes(("slack",)), CITATIONS, TIMELINESS)
    assert together.thread not in (single.thread, alone.thread)
    assert single.thread == alone.thread
