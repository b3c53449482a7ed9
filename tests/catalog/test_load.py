"""Reading catalog.yaml: what is right is a value, what is wrong is told whole."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from monitor.catalog import Catalog, load
from monitor.errors import CatalogError
from monitor.model.labels import Labels

keys = st.sampled_from(["vendors", "unnamed", "aliases", "duplicates", "hosted", "name", "country", "of", "x", ""])
documents = st.recursive(
    st.one_of(st.text(max_size=5), st.integers(), st.none(), st.booleans()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def problems(text: str) -> list[str]:
    with pytest.raises(CatalogError) as caught:
        load(text, "c.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_every_fault_is_told_at_once_with_its_place() -> None:
    """Unknown keys, wrong values, what is missing, written twice or claimed twice: all in one go, in order."""
    text = """\
vendors:
  one:
    nmae: One
    country: china
  Two: {name: Two}
  three: {name: Three, spellings: [drei], families: {f: [f-*]}, weights: ajar}
  four: {name: Four, spellings: [DREI, vier], families: {g: [g-*]}}
  five: {name: Five, spellings: [Vier, OPENROUTER], families: {g: []}}
  four: {name: Again}
unnamed: [openrouter]
unions: {EU: [FR, NL], BX: [NL]}
aliases:
  - {alias: a/b, of: a/c}
  - {alias: a/c, of: a/d}
  - {alias: a/b, of: a/e}
duplicates:
  - {alias: nothing, of: a/b}
extra: 1
"""
    assert problems(text) == [
        "c.yaml:3:5: vendors.one.name: is missing",
        "c.yaml:3:5: vendors.one.nmae: unknown key\n    did you mean 'name'?",
        "c.yaml:4:14: vendors.one.country: got 'china', expected two capital letters such as FR",
        "c.yaml:5:3: vendors.Two: got 'Two', expected small letters, digits, '.', '_' and '-'",
        "c.yaml:6:74: vendors.three.weights: got 'ajar', expected 'open', 'closed' or 'unknown'",
        "c.yaml:8:34: vendors.five.spellings.0: the spelling 'vier' belongs to four already",
        "c.yaml:8:67: vendors.five.families.g: the family 'g' belongs to four already",
        "c.yaml:9:3: vendors.four: written twice, first on line 7",
        "c.yaml:10:11: unnamed.0: the spelling 'openrouter' belongs to five already",
        "c.yaml:11:29: unions.BX.0: the country 'NL' belongs to EU already",
        "c.yaml:13:22: aliases.0.of: 'a/c' is an alias itself",
        "c.yaml:15:13: aliases.2.alias: 'a/b' is an alias already",
        "c.yaml:17:5: duplicates.0.source: is missing",
        "c.yaml:17:13: duplicates.0.alias: got 'nothing', expected author/model",
        "c.yaml:18:1: extra: unknown key",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vendors: {a: {name: A}", "c.yaml:2:1: not YAML: did not find expected ',' or '}'"),
        ("a: b: c", "c.yaml:1:5: not YAML: mapping values are not allowed in this context"),
        ("\x07", "c.yaml: not YAML: "),
        ("", "c.yaml: got nothing, expected keys with values"),
        ("- a", "c.yaml:1:1: got \"['a']\", expected keys with values"),
        ("unnamed: []", "c.yaml:1:1: vendors: is missing"),
        ("vendors: {a: {name: ''}}", "c.yaml:1:22: vendors.a.name: got nothing, expected text"),
        ("vendors: {a: {name: [x]}}", "c.yaml:1:21: vendors.a.name: got \"['x']\", expected text"),
        ("vendors: {a: {name: A, spellings: b}}", "c.yaml:1:35: vendors.a.spellings: got 'b', expected a list"),
        ("vendors: &v {a: *v}", "c.yaml:1:10: vendors.a: an alias (*name) of YAML is not understood here"),
    ],
)
def test_what_is_no_catalogue_is_refused(text: str, expected: str) -> None:
    """Broken YAML is told with the place where reading stopped, an empty file as one that is not there."""
    assert any(problem.startswith(expected) for problem in problems(text)), problems(text)


@given(documents | st.text(max_size=30))
def test_any_file_is_a_catalogue_or_a_list_of_problems(document: object) -> None:
    """No file, however odd, ends in another error."""
    text = document if isinstance(document, str) else yaml.safe_dump(document, allow_unicode=True)
    outcome: object
    try:
        outcome = load(text, "c.yaml")
    except CatalogError as error:
        outcome = error.problems
    assert isinstance(outcome, Catalog) or outcome


@pytest.mark.parametrize(("country", "origin"), [("NO", "NO"), ("SE", "EU"), ("GB", "GB"), ("IE", "EU")])
def test_values_are_text_and_members_of_a_union_are_its(country: str, origin: str) -> None:
    """Norway is not the truth value that YAML takes NO for; a union stands for its members."""
    text = f"vendors: {{lab: {{name: Lab, country: {country}}}}}\nunions: {{EU: [SE, IE]}}"
    catalog = load(text, "c.yaml")
    joined = catalog.labels("tokens", Labels.of(model="lab/one"), {})
    assert (joined.get("country"), joined.get("origin")) == (country, origin)


def test_a_revealed_stealth_model_gets_its_maker() -> None:
    """One alias gives a stealth model's whole history to the vendor that made it."""
    text = """\
vendors: {lab: {name: Lab, country: FR, weights: open, families: {one: [one-*]}}}
unnamed: [stealth]
aliases: [{alias: stealth/fox, of: lab/one-2}]
unions: {EU: [FR]}
"""
    joined = load(text, "c.yaml").labels("tokens", Labels.of(model="stealth/fox:free"), {})
    assert joined == Labels.of(
        country="FR", family="one", name="lab/one-2", open="open", origin="EU", variant="free", vendor="lab"
    )
