"""Several answers in one body."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from monitor.sources.bodies import joined, parted

texts = st.recursive(st.text() | st.integers() | st.none(), st.lists, max_leaves=5)
answers = texts.flatmap(lambda value: st.sampled_from([None, 1]).map(lambda indent: json.dumps(value, indent=indent)))


@given(st.lists(answers.map(str.encode), min_size=1, max_size=5))
def test_answers_come_apart_as_they_were(found: list[bytes]) -> None:
    """Law: whatever JSON they hold, with and without lines."""
    assert parted(joined(found)) == found


def test_one_answer_stays_as_it_is() -> None:
    """Most polls ask once."""
    assert joined([b"{}"]) == b"{}"
