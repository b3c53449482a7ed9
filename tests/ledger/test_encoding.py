"""What stands in text columns: canonical, strict JSON, and the same value when it is read again."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.ledger.encoding import labels_of, labels_text, memory_of, memory_text, notification_of, notification_text
from monitor.model.labels import Labels
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
