"""What Slack hands over is read without trust in it, and answers fit into what Slack takes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.notifiers.slack.buttons import Act
from monitor.notifiers.slack.interactions import Asked, Refused, Room, answer, is_command, read
from monitor.ports import Actor
from monitor.testing.limits import refusal
from tests.notifiers.test_slack_blocks import HOSTILE

ROOM = Room("ops", "C1")
PRESS: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": "U1", "username": "jane"},
    "channel": {"id": "C1", "name": "market"},
    "response_url": "https://hooks.slack.com/actions/1",
    "actions": [{"action_id": Act.WHY, "value": "id"}],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_a_press_is_read() -> None:
    """Who, where, what, and where to answer."""
    asked = Asked(Act.WHY, "id", Actor("jane", "ops"), "https://hooks.slack.com/actions/1")
    assert read("interactive", PRESS, [ROOM]) == asked


@pytest.mark.parametrize(
    "room",
    [Room("ops", "#market"), Room("ops", "market"), Room("ops", "C1", frozenset({"jane"}))],
)
def test_channels_and_people_have_names_too(room: Room) -> None:
    """As settings may name them."""
    assert isinstance(read("interactive", PRESS, [Room("other", "C2"), room]), Asked)


def test_of_two_receivers_in_a_channel_the_one_that_admits_decides() -> None:
    """Who may act by one of them may act."""
    found = read("interactive", PRESS, [Room("strict", "C1", frozenset({"U9"})), ROOM])
    assert isinstance(found, Asked)
    assert found.actor.via == "ops"


@pytest.mark.parametrize(
    "change",
    [
        {"type": "view_submission"},
        {"actions": []},
        {"actions": [*PRESS["actions"], *PRESS["actions"]]},
        {"actions": [{"action_id": "other", "value": "id"}]},
        {"actions": [{"action_id": Act.COMMAND, "value": "silence everything"}]},
        {"actions": [{"action_id": Act.WHY, "value": ""}]},
        {"actions": [{"action_id": Act.SILENCE, "value": "1d id"}]},
        {"actions": [{"action_id": Act.SILENCE, "selected_option": {"value": "9y id"}}]},
        {"channel": {"id": "C2", "name": "other"}},
        {"channel": {}},
        {"channel": None},
    ],
)
def test_anything_else_is_refused(change: dict[str, object]) -> None:
    """Politely, to the person, and with nothing secret for the log."""
    found = read("interactive", PRESS | change, [ROOM])
    assert isinstance(found, Refused)
    assert found.answer
    assert "hooks.slack.com" not in found.why
    assert "\n" not in found.why


def test_nobody_without_a_name_is_among_users() -> None:
    """An empty id or name is no user's, also where `users` holds an empty one."""
    room = Room("ops", "C1", frozenset({"", "U9"}))
    assert isinstance(read("interactive", PRESS | {"user": {}}, [room]), Refused)


@given(st.sampled_from(["interactive", "slash_commands", "events_api"]), st.dictionaries(st.text(), JSON))
def test_whatever_comes_it_is_read_or_refused(kind: str, payload: dict[str, Any]) -> None:
    """Law: no payload is a fault of ours, and none that is not of our channel is done."""
    shuffled = {**payload, **{name: payload.get(name, value) for name, value in PRESS.items() if name in payload}}
    assert isinstance(read(kind, shuffled, [ROOM]), Refused)


@given(st.lists(HOSTILE, max_size=400).map("\n".join))
def test_any_answer_is_one_that_slack_takes(text: str) -> None:
    """Law: within its limits, for the person alone, with no mention and no link in it."""
    document = answer(text)
    blocks: Any = document["blocks"]
    assert refusal(str(document["text"]) or " ", blocks, None) == ("", ())
    assert document["response_type"] == "ephemeral"
    assert "<" not in json.dumps(document)


def test_columns_stay_columns() -> None:
    """Several lines stand as they are; what is too much is cut, which is said."""
    shown = str(answer("a   1\n  bb  2\n" + "x" * 400 + "\n" + "\n".join(["y" * 400] * 60))["blocks"])
    assert "a   1\\n  bb  2" in shown
    assert "… cut:" in shown
    assert "```a" in shown


def test_known_words() -> None:
    """Of the slash command."""
    known = ["status", "alerts", "silence x 1d", "why A", "", "statuses", "help"]
    assert [is_command(words) for words in known] == [True] * 4 + [False] * 3
