from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from monitor.sources.dated import Dated, announced, in_force

_EDGE = st.none() | st.integers(0, 9)
_SPAN = st.builds(Dated, st.sampled_from([{"price_input": Decimal(one)} for one in (1, 2)]), _EDGE, _EDGE)


@given(st.lists(_SPAN, max_size=4), st.integers(0, 9))
def test_what_is_announced_comes_and_nothing_before_it(spans: list[Dated], at: int) -> None:
    """Law: prices stay as they are until the date that is announced, and are then what was announced."""
    said = announced(spans, at)
    until = said.get("price_changes_at")
    for moment in range(at, 11 if until is None else int(until)):
        assert in_force(spans, moment) == in_force(spans, at)
    if until is not None:
        later = in_force(spans, int(until))
        assert later != in_force(spans, at)
        assert later.get("price_input") == said.get("announced_input")


@given(_SPAN, _SPAN)
def test_two_spans_overlap_where_both_hold(one: Dated, other: Dated) -> None:
    """Law: at some instant of all that matter; a span that ends before it begins holds never."""
    both = [at for at in range(-1, 11) if one.holds(at) and other.holds(at)]
    assert one.overlaps(other) == bool(both)
