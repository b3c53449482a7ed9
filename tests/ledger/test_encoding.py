"""What stands in text columns: canonical, strict JSON, and the same value when it is read again."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.dispatch.telling import MOST_DETAILS, MOST_LINES, SPARKS
from monitor.dispatch.wording import LINE
from monitor.ledger.encoding import labels_of, labels_text, memory_of, memory_text, notification_of, notification_text
from monitor.model.bar import Bar
from monitor.model.detail import Detail, Figure
from monitor.model.labels import Labels
from monitor.model.metric import Unit
from monitor.model.notification import Mood
from monitor.model.scene import Trail
from tests.ledger.values import notification, transition

NUMBERS = st.lists(st.floats(), max_size=5).map(tuple)
TEXT = st.text(st.characters(), max_size=5)


@given(st.dictionaries(TEXT, TEXT.filter(bool)))
def test_labels_survive_and_are_canonical(pairs: dict[str, str]) -> None:
    """Any characters; equal labels have equal text, in whatever order they were given."""
    labels = Labels.of(pairs)
    assert labels_of(labels_text(labels)) == labels
    assert labels_text(Labels.of(dict(reversed(pairs.items())))) == labels_text(labels)
    assert labels_text(labels).isascii()


@given(NUMBERS)
def test_memory_survives_as_strict_json(memory: tuple[float, ...]) -> None:
    """NaN is null, infinities are strings: any reader of the file can parse it."""
    text = memory_text(memory)
    assert str(memory_of(text)) == str(memory)
    json.loads(text, parse_constant=pytest.fail)


def test_notification_is_strict_json_with_null_for_nan() -> None:
    """Its transitions too."""
    text = notification_text(notification("n", "slack", transition()))
    document = json.loads(text, parse_constant=pytest.fail)
    assert document["transitions"][0]["reference"] is None
    assert math.isnan(notification_of(text).transitions[0].reference)


NAMES = st.text(max_size=8)
TRAILS = st.lists(st.tuples(st.integers(-(2**40), 2**40), st.floats(), st.floats()), max_size=4).flatmap(
    lambda rows: st.builds(
        Trail,
        st.sampled_from(Unit),
        st.sampled_from(Bar),
        *(st.just(tuple(row[column] for row in rows)) for column in range(3)),
        st.booleans(),
    )
)
DETAILS = st.builds(
    Detail,
    NAMES,
    st.lists(st.builds(Figure, NAMES, NAMES), max_size=2).map(tuple),
    NAMES,
    NAMES,
    NAMES,
    st.none() | TRAILS,
)


@given(st.lists(DETAILS, max_size=3).map(tuple), NAMES, st.sampled_from(Mood), st.booleans())
def test_details_survive_as_strict_json(details: tuple[Detail, ...], link: str, mood: Mood, quiet: bool) -> None:
    """Figures, trails with unknown and infinite numbers, and what stands beside; as text, since NaN is like nothing."""
    owed = replace(notification("n", "slack", transition()), details=details, link=link, mood=mood, quiet=quiet)
    text = notification_text(owed)
    json.loads(text, parse_constant=pytest.fail)
    assert repr(notification_of(text)) == repr(owed)


def test_what_an_older_program_owed_is_still_read() -> None:
    """Law: an outbox outlives an upgrade; what was not written then is empty."""
    owed = notification("n", "slack", transition())
    document = json.loads(notification_text(owed))
    for later in ("details", "link", "mood", "quiet"):
        del document[later]
    found = notification_of(json.dumps(document))
    assert repr(found) == repr(owed)


def test_a_notification_of_many_stays_small() -> None:
    """Case: the most that is ever planned for one message takes less than 100 kB."""
    trail = Trail(Unit.USD, Bar.HOUR, (1_770_595_200,) * SPARKS, (0.123456,) * SPARKS, (1.123456,) * SPARKS)
    figures = (Figure("Output price", "$0.123456 per million tokens"),) * 7
    full = [Detail("x" * LINE, figures, "x" * 100, "confirmed", "x" * LINE, trail)] * MOST_LINES
    words = [Detail("x" * LINE)] * (MOST_DETAILS - MOST_LINES)
    assert len(notification_text(replace(notification("n"), details=(*full, *words)))) < 100_000
