"""What Slack is sent: within its limits, with foreign text escaped."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.notification import Notification
from monitor.model.transition import Change
from monitor.notifiers.slack.blocks import (
    BODY,
    CONTEXT,
    ELEMENTS,
    HEADER,
    TEXT,
    message,
    plain_message,
)
from monitor.notifiers.slack.texts import SECTION, escaped
from tests.notifiers.said import CITATION, NOTIFICATION, transition

ENTITY = re.compile(r"&(?:amp|lt|gt);")


def _blocks(said: Notification) -> list[dict[str, Any]]:
    return [dict(block) for block in message(said).blocks]


def _texts(blocks: list[dict[str, Any]]) -> list[str]:
    inner = [each for block in blocks for each in block.get("elements", [block.get("text")])]
    return [each["text"] for each in inner]


def test_a_message_has_a_header_its_lines_and_its_citation() -> None:
    """Header, section, context; the fallback text says it all once more."""
    header, section, context = _blocks(NOTIFICATION)
    assert header["text"]["type"] == "plain_text"
    assert header["text"]["text"] == "🔴 Chinese models overtook US models: 4.119T against 2.933T a week"
    assert section["text"]["text"].startswith("week of 2026-02-09")
    assert [element["text"] for element in context["elements"]] == [CITATION]
    assert message(NOTIFICATION).text == NOTIFICATION.text


def test_a_possible_repeat_is_marked_in_blocks_and_text() -> None:
    """Where the outcome of an earlier send is unknown the reader is told."""
    said = message(replace(NOTIFICATION, possible_repeat=True))
    assert "possible repeat" in json.dumps(said.blocks[-1])
    assert "possible repeat" in said.text
    assert "possible repeat" not in message(NOTIFICATION).text


@pytest.mark.parametrize(("severity", "mark"), [("critical", "🔴"), ("warning", "🟠"), ("info", "🔵"), ("other", "🔵")])
def test_the_header_shows_how_grave_it_is(severity: str, mark: str) -> None:
    """By a coloured mark."""
    assert _blocks(replace(NOTIFICATION, severity=severity))[0]["text"]["text"].startswith(mark)


def test_what_is_over_is_green() -> None:
    """Only where everything in it is over."""
    over, mixed = (transition(Change.RESOLVED),), (transition(Change.RESOLVED), transition())
    assert _blocks(replace(NOTIFICATION, transitions=over))[0]["text"]["text"].startswith("🟢")
    assert _blocks(replace(NOTIFICATION, transitions=mixed))[0]["text"]["text"].startswith("🔴")


def test_foreign_text_can_not_mention_or_link() -> None:
    """`<!channel>`, `<@U…>` and links of a source arrive as text; Slack shall not make links of words by itself."""
    hostile = "<!channel> <@U123> <https://evil.example|click> & more"
    blocks = _blocks(replace(NOTIFICATION, title=hostile, lines=(hostile,), citations=(hostile,)))
    said = message(replace(NOTIFICATION, title=hostile, lines=(hostile,), citations=(hostile,))).text
    for text in (*_texts(blocks), said):
        assert "<" not in text
        assert ">" not in text
        assert "&lt;!channel&gt; &lt;@U123&gt;" in text
    assert all(block["text"]["verbatim"] for block in blocks if block["type"] == "section")


def test_a_long_title_is_cut_in_the_header_and_whole_in_the_first_section() -> None:
    """Nothing of it is lost to Slack's 150 characters."""
    title = "word " * 50
    header, section, *_ = _blocks(replace(NOTIFICATION, title=title))
    assert len(header["text"]["text"]) <= HEADER
    assert section["text"]["text"] == title.strip()


def test_without_lines_and_citations_there_is_only_a_header() -> None:
    """No empty block, which Slack would refuse."""
    assert [block["type"] for block in _blocks(replace(NOTIFICATION, lines=(), citations=()))] == ["header"]
    assert [block["type"] for block in _blocks(replace(NOTIFICATION, lines=("", " "), citations=()))] == ["header"]


def test_a_cut_is_said() -> None:
    """Sixty lines of 5,000 characters become what fits, and the last line says that there was more."""
    sections = [
        block["text"]["text"]
        for block in _blocks(replace(NOTIFICATION, lines=("<x>" * 1_700,) * 60))
        if block["type"] == "section"
    ]
    assert sections[-1].endswith("… cut: the rest is in the monitor's record")


def test_the_plain_form_has_no_blocks() -> None:
    """For a workspace that refused them."""
    assert plain_message(NOTIFICATION).blocks == ()
    assert plain_message(NOTIFICATION).text == message(NOTIFICATION).text


HOSTILE = st.text(st.sampled_from("<>&;é🔴\n x"), max_size=400) | st.text(max_size=60).map(lambda text: text * 60)


@given(HOSTILE, st.lists(HOSTILE, max_size=70), st.lists(HOSTILE, max_size=30))
def test_every_message_keeps_slacks_limits(title: str, lines: list[str], citations: list[str]) -> None:
    """50 blocks; 150 in a header, 3,000 in a text, 10 elements in a context, about 13,200 in all; no empty text."""
    said = message(replace(NOTIFICATION, title=f"t{title}", lines=tuple(lines), citations=tuple(citations)))
    blocks: list[dict[str, Any]] = [dict(block) for block in said.blocks]
    texts = _texts(blocks)
    assert len(blocks) <= 50
    assert len(texts[0]) <= HEADER
    assert all(0 < len(text) <= SECTION for text in texts)
    assert all(len(block["elements"]) <= ELEMENTS for block in blocks if block["type"] == "context")
    assert sum(map(len, texts)) <= HEADER + BODY + CONTEXT < 13_200
    assert len(said.text) <= TEXT


@given(HOSTILE, st.integers(1, 200))
def test_escaping_is_complete_and_cuts_no_entity(text: str, limit: int) -> None:
    """Without its entities an escaped text holds none of the three characters."""
    sent = escaped(text, limit)
    assert len(sent) <= limit
    assert not set("<>&") & set(ENTITY.sub("", sent))
