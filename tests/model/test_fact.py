"""Texts as numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.model.fact import code, listed


def test_the_codes_that_are_stored_stay() -> None:
    """Ledgers have them: another code for the same text would be a change of the fact."""
    assert code("image in, text in, text out") == 4112378606812632.0
    assert code("") == 4005573543169985.0


@given(st.text())
def test_a_code_is_a_whole_number_that_floats_hold(text: str) -> None:
    """So that the ledger's integer and the sample's float are the same."""
    found = code(text)
    assert found == int(found)
    assert 0 <= found < 2**52


@given(st.text(), st.text())
def test_other_texts_have_other_codes(one: str, other: str) -> None:
    """Equal texts, and only they, have equal codes."""
    assert (code(one) == code(other)) is (one == other)


@given(st.lists(st.text("abc", min_size=1)))
def test_a_set_is_one_text_in_any_order(members: list[str]) -> None:
    """Order and repetition say nothing."""
    assert listed(members) == listed(reversed(members)) == listed([*members, *members])
