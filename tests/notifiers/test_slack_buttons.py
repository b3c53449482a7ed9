"""Which buttons stand under which message, and how a story's mood shows in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from monitor.model.notification import Mood, Notification, Reason
from monitor.model.transition import Change
from monitor.notifiers.slack.blocks import message
from monitor.notifiers.slack.buttons import SPANS, Act, buttons, silence_of, silence_value
from monitor.notifiers.slack.living import living
from monitor.ports import Quiet
from monitor.testing.limits import refusal
from tests.notifiers.said import NOTIFICATION, transition

FIRED = replace(NOTIFICATION, transitions=(transition(),))
DEEDS, QUESTIONS = ["Acknowledge", "Silence…"], ["Why", "History"]


def labels(notification: Notification) -> list[str]:
    """Of the buttons and menus, as people read them."""
    blocks: list[Any] = [dict(block) for block in buttons(notification)]
    return [(each.get("text") or each["placeholder"])["text"] for block in blocks for each in block["elements"]]


@pytest.mark.parametrize(
    ("kinds", "mood", "expected"),
    [
        ([Change.FIRING], Mood.PLAIN, DEEDS + QUESTIONS),
        ([Change.LEVEL], Mood.SILENCED, DEEDS + QUESTIONS),
        ([Change.FIRING], Mood.ACKNOWLEDGED, DEEDS[1:] + QUESTIONS),
        ([Change.RESOLVED], Mood.PLAIN, QUESTIONS),
        ([Change.WITHDRAWN], Mood.PLAIN, QUESTIONS),
        ([Change.RESOLVED, Change.FIRING], Mood.PLAIN, DEEDS + QUESTIONS),
        ([], Mood.PLAIN, []),
    ],
)
def test_what_would_do_nothing_is_not_there(kinds: list[Change], mood: Mood, expected: list[str]) -> None:
    """Of a story that is over only questions; of what was acknowledged no second time; of a notice nothing."""
    assert labels(replace(NOTIFICATION, transitions=tuple(map(transition, kinds)), mood=mood)) == expected


@pytest.mark.parametrize("reason", [Reason.FEED, Reason.RULES, Reason.TEST, Reason.REPORT])
def test_other_notices_have_none(reason: Reason) -> None:
    """There is nothing to do about them from here."""
    assert labels(replace(FIRED, reason=reason)) == []


def test_they_stand_only_where_somebody_listens() -> None:
    """Slack takes them, and tells by their value what they are about."""
    assert "actions" not in str(message(FIRED).blocks)
    said = message(FIRED, acts=True)
    assert refusal(said.text, [dict(block) for block in said.blocks], None) == ("", ())
    (actions,) = [block for block in said.blocks if block["type"] == "actions"]
    assert str(actions).count(FIRED.id) == len(DEEDS + QUESTIONS) + len(SPANS) - 1
    assert message(replace(FIRED, part="overflow"), acts=True).overflow is None


@pytest.mark.parametrize("quiet", Quiet)
def test_a_choice_says_for_how_long(quiet: Quiet) -> None:
    """And of what; anything else is no choice."""
    assert silence_of(silence_value(quiet, "id of it")) == (quiet, "id of it")
    assert [silence_of(each) for each in ("", "1d", "1d ", "2d id", " id")] == [None] * 5


@pytest.mark.parametrize(
    ("mood", "mark", "word"),
    [(Mood.ACKNOWLEDGED, "✋", "acknowledged"), (Mood.SILENCED, "🔕", "silenced"), (Mood.FLAPPING, "🔁", "flapping")],
)
def test_a_mood_has_its_mark_and_the_living_message_says_it(mood: Mood, mark: str, word: str) -> None:
    """In the header beside the severity, and in words above the rest, as text too; its buttons are of the beginning."""
    latest = replace(NOTIFICATION, id="2", reason=Reason.ACTION, mood=mood, title="Jane did it", lines=("by jane",))
    now = living(FIRED, latest)
    said = message(now, acts=True)
    header: Any = said.blocks[0]
    assert header["text"]["text"] == f"🔴{mark} Jane did it"
    assert f"{mark} {word}" in said.text
    assert said.text.index(word) < said.text.index("by jane")
    assert str(said.blocks).count(Act.WHY) == 1
    assert FIRED.id in str(said.blocks)
    assert now.transitions == FIRED.transitions


def test_without_a_mood_nothing_is_added() -> None:
    """A plain story reads as before; and where only the mood is another nothing is said twice."""
    assert living(FIRED, FIRED) == FIRED
    now = living(FIRED, replace(FIRED, id="2", mood=Mood.SILENCED))
    assert (now.id, now.lines[1:]) == (FIRED.id, FIRED.lines)
