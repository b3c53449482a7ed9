"""Law of scenes: whatever the rule and its history, what is told stays as it is, and its trail ends in its bar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.scenes import BARS, with_scenes
from tests.laws.drawing import drawn, many
from tests.laws.passes import as_known, catalogued
from tests.laws.snippets import SNIPPETS


@pytest.mark.parametrize("key", SNIPPETS)
@many
@given(data=st.data())
def test_a_scene_changes_nothing_and_ends_in_its_bar(key: str, data: st.DataObject) -> None:
    """Of every kind of condition, over one source or two, flows, prices and dates, with gaps."""
    rule, table = drawn(data, key)
    told = as_known(rule, table).transitions
    seen = with_scenes(told, [rule], lambda metric, since: table.columns(metric, since=since), catalogued())
    for before, after in zip(told, seen, strict=True):
        assert repr((before.value, before.reference, before.note)) == repr((after.value, after.reference, after.note))
        assert (before.kind, before.valid_at, before.episode) == (after.kind, after.valid_at, after.episode)
        if after.scene is not None:
            trail = after.scene.trail
            assert trail.at[-1] == after.valid_at
            assert list(trail.at) == sorted(set(trail.at))
            assert len(trail.at) == len(trail.value) == len(trail.reference) <= BARS
