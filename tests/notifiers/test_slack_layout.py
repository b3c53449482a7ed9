"""What of a notification stands where in a Slack message, in all states that a notification can have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.dispatch import Routes, Timeliness
from monitor.model.alert import Alert, Compared
from monitor.model.bar import DAY, Bar
from monitor.model.detail import Detail, Figure
from monitor.model.labels import Labels
from monitor.model.metric import Unit
from monitor.model.notification import Notification
from monitor.model.scene import Neighbour, Rank, Scene, Share, Trail
from monitor.model.template import Template
from monitor.model.transition import CLAIMED, CONFIRMED, Change, Transition
from monitor.notifiers.slack.blocks import BODY, CONTEXT, ELEMENTS, FIELDS, HEADER, TEXT, Message, message
from monitor.notifiers.slack.texts import SECTION
from tests.dispatch.planning import plan
from tests.notifiers.said import NOTIFICATION, transition
from tests.notifiers.test_slack_blocks import HOSTILE

WEEK = 1770595200
"""Monday 2026-02-09."""
LINK = 520 + len("<|More on the page>")
TIMELINESS = Timeliness(timedelta(hours=3), timedelta(hours=24))
CITATION = "Prices: OpenRouter"
ALERT = Alert(
    "OutputPriceCut",
    {"severity": "warning"},
    {
        "summary": Template.compile("{{ labels.model }} output {{ reference | usd }} → {{ value | usd }}"),
        "description": Template.compile("Look at the list."),
    },
    Unit.USD,
    Bar.HOUR,
    tells_end=True,
    metrics=("price_output",),
    compared=Compared.BEFORE,
)
TRAIL = Trail(Unit.USD, Bar.HOUR, (WEEK - 30 * DAY, WEEK), (1.12, 0.28), (1.12, 1.12), holds=True)
RANK = Rank(2, 9, 4, Neighbour("openai", 1.0), Neighbour("google", 0.1))
CUT = Transition(
    "OutputPriceCut",
    Labels.of(source="openrouter", model="deepseek/v4"),
    Change.FIRING,
    WEEK,
    WEEK,
    WEEK + 4000,
    0.28,
    1.12,
    scene=Scene(TRAIL, RANK, Share(0.2, 0.1)),
)
SAID = "deepseek/v4 output $1.12 → $0.28"
WHEN = "2026-02-09 00:00 to 01:00 UTC, judged 2026-02-09 01:06 UTC"
SPARK = "███████████████▃◂ 30 days"


def told(*transitions: Transition) -> Notification:
    """As it is planned."""
    (found,) = plan(
        transitions, {ALERT.name: ALERT}, Routes(("slack",)), {("openrouter", "price_output"): CITATION}, TIMELINESS
    )
    return found


def lines(said: Message) -> Iterator[str]:
    """What is read from top to bottom, a line each; fields as `name: text`, the context after a dash."""
    blocks: list[dict[str, Any]] = [dict(block) for block in said.blocks]
    for block in blocks:
        yield from (field["text"].replace("*", "").replace("\n", ": ") for field in block.get("fields", ()))
        yield from block["text"]["text"].splitlines() if "text" in block else ()
        if block["type"] != "actions":  # our own words
            yield from (f"- {element['text']}" for element in block.get("elements", ()))


def test_one_change_has_figures_evidence_sparkline_and_a_foot() -> None:
    """From the headline down: what matters first, small print last."""
    page = replace(told(replace(CUT, note="as announced")), link="https://monitor.example/?a=1&b=2")
    assert [*lines(message(page))] == [
        f"🟠 {SAID}",
        "Output price: $0.28 per million tokens",
        "Before: $1.12 per million tokens",
        "Change: -75%",
        "Rank: 2 of 9, was 4",
        "Ahead of it: openai $1",
        "Behind it: google $0.10",
        "Share of all counted: 20%, was 10%",
        "as announced",
        "Look at the list.",
        SPARK,
        f"- {WHEN}",
        f"- {CITATION}",
        "- <https://monitor.example/?a=1&amp;b=2|More on the page>",
    ]


@pytest.mark.parametrize(
    ("change", "headline", "evidence"),
    [
        (CUT, f"🟠 {SAID}", ""),
        (replace(CUT, level="critical"), f"🔴 {SAID}", ""),
        (replace(CUT, kind=Change.LEVEL, level="critical"), f"🔴 Now critical: {SAID}", ""),
        (replace(CUT, kind=Change.RESOLVED), f"🟢 Resolved: {SAID}", ""),
        (replace(CUT, kind=Change.WITHDRAWN), f"🟠 Withdrawn, figures were restated: {SAID}", ""),
        (
            replace(CUT, kind=Change.WITHDRAWN, note="no second source showed it within 14 days"),
            f"🟠 Withdrawn: {SAID}",
            "no second source showed it within 14 days",
        ),
        (
            replace(CUT, kind=Change.CORRECTED, moved_from=WEEK),
            f"🟠 Corrected, figures were restated: {SAID} (it still holds)",
            "",
        ),
        (
            replace(CUT, level=CLAIMED, note="claimed: litellm shows the old price"),
            f"🟠 Claimed: {SAID}",
            "❔ claimed: litellm shows the old price",
        ),
        (replace(CUT, level=CLAIMED), f"🟠 Claimed: {SAID}", "❔ claimed"),
        (
            replace(CUT, kind=Change.LEVEL, level=CONFIRMED, note="confirmed: litellm since 2026-02-10"),
            f"🟠 Confirmed: {SAID}",
            "✅ confirmed: litellm since 2026-02-10",
        ),
    ],
)
def test_every_state_of_one_change(change: Transition, headline: str, evidence: str) -> None:
    """The mark and the first words say which it is, above and in a phone's notification; evidence stands by itself."""
    said = message(told(change))
    found = [*lines(said)]
    assert found[0] == headline
    assert (evidence in found) is bool(evidence)
    assert said.text.startswith(headline[2:])
    assert len(headline) < 100


def test_lateness_stands_in_the_foot() -> None:
    """It is part of when."""
    (late,) = (line for line in lines(message(told(replace(CUT, judged_at=WEEK + 5 * 3600)))) if "late" in line)
    assert late == "- 2026-02-09 00:00 to 01:00 UTC, judged 2026-02-09 05:00 UTC, late: 4 hours after it ended"


def test_many_changes_have_a_line_each_with_a_sparkline() -> None:
    """Nine models of one vendor are one message; what they share is said once."""
    cuts = [replace(CUT, labels=CUT.labels.merged(Labels.of(model=f"m{number}"))) for number in range(9)]
    found = [*lines(message(told(*cuts)))]
    assert found[0] == "🟠 OutputPriceCut: 9 firing"
    assert found[1] == f"m0 output $1.12 → $0.28 {SPARK.partition(' ')[0]}"
    assert found[10:] == ["Look at the list.", WHEN, f"- {CITATION}"]
    assert message(told(*cuts)).text.startswith("OutputPriceCut: 9 firing\nm0 output $1.12 → $0.28\n")


def test_a_crowd_is_counted_and_the_rest_is_for_the_thread() -> None:
    """Sixty models: twenty lines and a number; the other forty only where the sender can reply."""
    cuts = [replace(CUT, labels=CUT.labels.merged(Labels.of(model=f"m{number:02}"))) for number in range(60)]
    said, alone = message(told(*cuts), threads=True), message(told(*cuts))
    assert "and 40 more" in [*lines(said)]
    assert said.overflow is not None
    assert [*lines(said.overflow)] == [f"m{number} output $1.12 → $0.28" for number in range(20, 60)]
    assert said.overflow.text.startswith("m20 output")
    assert (alone.overflow, alone.blocks) == (None, said.blocks)


def test_a_catch_up_has_a_line_each() -> None:
    """What was missed while nobody looked, without a sparkline."""
    late = [replace(CUT, valid_at=WEEK + number * DAY, judged_at=WEEK + 30 * DAY) for number in range(3)]
    found = [*lines(message(told(*late)))]
    assert found[0] == "🟠 Catch-up: 3 changes of bars from 2026-02-09 to 2026-02-11, told late"
    assert found[1] == f"2026-02-09: {SAID}"


def test_what_does_not_fit_goes_to_the_thread() -> None:
    """Law: no line is lost between the message and its reply, and the message says that there is one."""
    many = replace(NOTIFICATION, lines=tuple(f"{number:02} {'x' * 300}" for number in range(50)))
    said, alone = message(many, threads=True), message(many)
    assert said.overflow is not None
    first, rest = [*lines(said)][1:], [*lines(said.overflow)]
    told_here = [line for line in first if line.startswith(("0", "1", "2", "3", "4"))]
    assert [*told_here, *rest] == list(many.lines)
    assert "… the rest is in the thread" in first
    assert "… cut: the rest is in the monitor's record" in [*lines(alone)]
    assert "thread" not in json.dumps(alone.blocks)


@pytest.mark.parametrize(
    "link", ["", "javascript:alert(1)", "https://a.example/>|<!channel>", "https://a b", "ftp://a"]
)
def test_only_an_address_becomes_a_link(link: str) -> None:
    """Whatever the settings let through."""
    said = message(replace(NOTIFICATION, link=link))
    assert "<" not in json.dumps(said.blocks) + said.text


def test_a_long_title_is_in_full_above_the_figures() -> None:
    """Once, though it is a line of the notification too."""
    title = "word " * 40 + "end"
    detail = Detail(title.strip(), (Figure("n", "t"),), "when")
    found = [*lines(message(replace(NOTIFICATION, title=title, transitions=(transition(),), details=(detail,))))]
    assert found[1:3] == [title, "n: t"]
    assert [line for line in found if line == title] == [title]


FIGURES = st.lists(st.builds(Figure, HOSTILE, HOSTILE), max_size=14).map(tuple)
TRAILS = st.none() | st.lists(st.floats(), min_size=1, max_size=20).map(
    lambda values: Trail(Unit.NUMBER, Bar.DAY, tuple(range(len(values))), tuple(values), tuple(values))
)
DETAILS = st.lists(st.builds(Detail, HOSTILE, FIGURES, HOSTILE, HOSTILE, HOSTILE, TRAILS), max_size=3).map(tuple)


@given(HOSTILE, st.lists(HOSTILE, max_size=40), DETAILS, st.booleans(), st.integers(0, 80))
def test_any_notification_makes_a_message_that_slack_takes(
    title: str, said: list[str], details: tuple[Detail, ...], threads: bool, citations: int
) -> None:
    """Law: 50 blocks, 150, 3,000 and 10 fields, 10 elements, about 13,200 in all; nothing empty, no foreign "<"."""
    hostile = replace(
        NOTIFICATION,
        title=title,
        lines=tuple(said),
        details=details,
        transitions=(transition(),) * len(details),
        citations=("c",) * citations,
        link="https://a.example/" + "a" * 480,
    )
    found = message(hostile, threads=threads, acts=threads)
    empty = message(replace(hostile, lines=(), details=(Detail(""),) * 2, transitions=()), threads=True)
    for each in (found, empty, *([found.overflow] if found.overflow else [])):
        check(each)


def check(said: Message) -> None:
    """The limits, as Slack states them."""
    blocks: list[dict[str, Any]] = [dict(block) for block in said.blocks]
    assert len(blocks) <= 50
    for block in blocks:
        if block["type"] == "actions":
            continue  # our own words
        texts = [each["text"] for each in (*block.get("fields", ()), *block.get("elements", ()))]
        texts += [block["text"]["text"]] if "text" in block else []
        assert texts
        assert all(0 < len(text) <= (HEADER if block["type"] == "header" else SECTION) for text in texts)
        assert all(len(text) <= 2_000 for text in texts if "fields" in block)
        assert len(block.get("fields", ())) <= FIELDS
        assert len(block.get("elements", ())) <= ELEMENTS
        assert not any("<" in text.replace("<https://a.example/", "") for text in texts)
    assert sum(len(line) for line in lines(said)) <= HEADER + BODY + CONTEXT + LINK < 13_200
    assert 0 < len(said.text) <= TEXT
