"""The small changes that are tried: written as a person would, and only where the rule takes them."""

from __future__ import annotations

import pytest

from monitor.noise import variants
from monitor.rules.load import load
from monitor.rules.written import Written


def written(condition: str) -> Written:
    text = f"groups:\n  - name: g\n    every: day\n    rules:\n      - alert: Low\n        {condition}\n"
    loaded = load([("rules.yaml", text)])
    assert not loaded.problems
    return loaded.written[0]


@pytest.mark.parametrize(
    ("condition", "clear"),
    [
        ('watch: share(tokens, by="vendor")\n        below: 1%', "{above: 1.1%}"),
        ('watch: share(tokens, by="vendor")\n        crosses_above: 20%', "{below: 18%}"),
        ("watch: price_output\n        above: $5", "{below: $4.5}"),
        ("watch: tokens\n        above: 2.5T", "{below: 2250000000000}"),
    ],
)
def test_a_limit_is_tried_with_a_clear_a_tenth_beyond_it(condition: str, clear: str) -> None:
    """Case: in the unit that the limit is written in."""
    found = [each.change for each in variants(written(condition))]
    assert found[:2] == ["for: 2 bars", f"clear: {clear}"]
    assert "keep_firing_for: 7d" in found


def test_what_is_no_plain_amount_has_no_clear() -> None:
    """Case: it crosses what something else has."""
    crosses = 'watch: sum(tokens, origin="CN")\n        crosses_above: sum(tokens, origin="US")'
    found = [each.change for each in variants(written(crosses))]
    assert not any(each.startswith("clear") for each in found)
    assert "margin: 5%" in found


def test_events_take_none() -> None:
    """Case: what appears at one bar has no length."""
    assert not list(variants(written('watch: tokens(model="*")\n        appears: true')))


def test_each_has_a_name_of_its_own() -> None:
    """Law: so that many can be judged in one go beside the rule."""
    found = list(variants(written("watch: tokens\n        above: 5")))
    assert len({each.rule.name for each in found} | {"Low"}) == len(found) + 1
