"""A document that is written as text is read back as it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.model.tree import read, text_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
DOCUMENTS = st.recursive(
    TEXTS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)


@given(DOCUMENTS)
def test_what_is_written_is_read_again(document: object) -> None:
    """Law: read ∘ text_of is the identity for texts, lists and mappings, whatever characters stand in them."""
    tree = read(text_of(document), "kept.yaml")
    assert (tree.value, tree.problems) == (document, [])


@given(st.sampled_from([chr(code) for code in (*range(0xA1), 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF, 0x1F600)]))
def test_no_character_is_lost(character: str) -> None:
    """Case: controls, the line ends that YAML folds, byte order marks, what lies beyond 16 bits."""
    assert read(text_of({"a": f" {character}\\{character} "}), "kept.yaml").value == {
        "a": f" {character}\\{character} "
    }
