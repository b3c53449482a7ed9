"""Templates: everything is checked when compiled, so that rendering can not fail."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.metric import Unit
from monitor.model.template import FILTERS, LONGEST, NAMES, Template, TemplateError

WEEK = 1770595200  # Monday 2026-02-09
NAMED: dict[str, object] = {
    "value": 0.435,
    "reference": 1.74,
    "previous": 1.74,
    "change": -0.75,
    "labels.model": "deepseek/deepseek-v4-pro",
    "bar": WEEK,
    "fired_at": WEEK - 2 * 86400,
    "source.citation": "Source: OpenRouter",
    "alert": "PriceCut",
}


def test_the_documented_example_reads_as_documented() -> None:
    """The first rule of the manual."""
    template = Template.compile(
        "Chinese models overtook US models: {{ value | tokens }} against {{ reference | tokens }} a week"
    )
    text = template.render({"value": 3.1e12, "reference": 3.0e12})
    assert text == "Chinese models overtook US models: 3.1T against 3T a week"
    assert template.names == {"value", "reference"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("no slot at all { } %s {value}", "no slot at all { } %s {value}"),
        ("{{value|usd}}", "$0.435"),
        ("{{  reference  |  usd  }}!", "$1.74!"),
        ("{{ labels.model }} {{ labels.missing }}.", "deepseek/deepseek-v4-pro ."),
        ("{{ change | percent }} {{ change }}", "-75% -75%"),
        ("{{ change | usd }}", "-$1.305"),
        ("{{ value | percent }} {{ value | points }} {{ value | number }}", "43.5% +43.5 points 0.435"),
        ("{{ previous | usd }}", "$1.74"),
        ("{{ value }} {{ reference }}", "$0.435 $1.74"),
        ("{{ bar }} {{ bar | date }} {{ fired_at | ago }}", "2026-02-09 2026-02-09 9 days ago"),
        ("{{ alert }}: {{ source.citation }}", "PriceCut: Source: OpenRouter"),
    ],
)
def test_names_and_filters_render(text: str, expected: str) -> None:
    """A number without a filter reads in the unit of the rule; `change` is relative in per cent, else a difference."""
    assert Template.compile(text).render(NAMED, unit=Unit.USD, at=WEEK + 7 * 86400) == expected


def test_a_change_that_is_no_ratio_is_a_word() -> None:
    """From zero there is no per cent."""
    assert Template.compile("({{ change | percent }})").render({"change": "from free"}) == "(from free)"


def test_what_is_missing_reads_unknown() -> None:
    """A number or an instant that is not there breaks nothing."""
    text = Template.compile("{{ value | usd }} {{ change }} {{ bar }} {{ fired_at | ago }} {{ value | date }}")
    assert text.render({"value": math.nan}) == "unknown unknown unknown unknown unknown"


def test_rendered_values_are_not_rendered_again() -> None:
    """A label that holds a slot stays what it is."""
    text = Template.compile("{{ labels.model }}").render({"labels.model": "{{ value }}", "value": 1.0})
    assert text == "{{ value }}"


@pytest.mark.parametrize(
    ("text", "offset", "message", "hint"),
    [
        ("a {{ valeu }}", 5, "unknown name 'valeu'", "did you mean 'value'?"),
        ("{{ value | tokns }}", 11, "unknown filter 'tokns'", "did you mean 'tokens'?"),
        ("{{ colour }}", 3, "unknown name 'colour'", "known: value, reference"),
        ("{{ labels.a.b }}", 3, "unknown name", "write labels.NAME"),
        ("{{ labels. }}", 3, "unknown name", ""),
        ("{{ value.__class__ }}", 3, "unknown name 'value.__class__'", ""),
        ("{{ value['x'] }}", 3, "unknown name", ""),
        ("{{}}", 2, "unknown name ''", ""),
        ("{{ value | }}", 13 - 2, "unknown filter ''", ""),
        ("ab {{ value", 3, "got '{{' without '}}'", "write {{ name | filter }}"),
        ("{{ {{ value }}", 0, "got '{{' without '}}'", ""),
        ("ab }} c", 3, "got '}}' without '{{'", ""),
        ("{{ value }} }}", 12, "got '}}' without '{{'", ""),
        ("{{ value | usd | tokens }}", 15, "more than one filter", ""),
        ("{{ labels.model | usd }}", 18, "does not go with 'labels.model'", "is text and takes no filter"),
        ("{{ bar | usd }}", 9, "does not go with 'bar'", "takes date or ago"),
        ("{{ change | ago }}", 12, "does not go with 'change'", "takes tokens"),
        ("x" * (LONGEST + 1), LONGEST, "got 2,001 characters, expected at most 2,000", ""),
    ],
)
def test_a_fault_is_told_at_load_with_its_place(text: str, offset: int, message: str, hint: str) -> None:
    """The offset points at the fault itself, and the nearest right word is named."""
    with pytest.raises(TemplateError) as refused:
        Template.compile(text)
    assert refused.value.offset == offset
    assert message in str(refused.value)
    assert hint in (refused.value.hint or "")


@given(st.text(st.sampled_from("{}| abvlue.tokns_"), max_size=40) | st.text(max_size=40))
def test_any_text_is_compiled_or_refused_within_itself(text: str) -> None:
    """Nothing but TemplateError comes out, its place lies in the text, and what compiles also renders."""
    try:
        place = len(Template.compile(text).render({})) * 0
    except TemplateError as refused:
        place = refused.offset
    assert 0 <= place <= len(text)


@given(st.sampled_from(NAMES), st.sampled_from(["", *FILTERS]), st.floats(), st.floats(), st.sampled_from(Unit))
def test_what_compiles_renders_whatever_the_numbers(
    name: str, chosen: str, value: float, reference: float, unit: Unit
) -> None:
    """Rendering is total: no float and no unit can raise."""
    try:
        template = Template.compile(f"{{{{ {name} | {chosen} }}}}" if chosen else f"{{{{ {name} }}}}")
    except TemplateError:
        return
    names: dict[str, object] = dict.fromkeys(NAMES, value)
    assert template.render(names | {"reference": reference}, unit=unit, at=reference)
