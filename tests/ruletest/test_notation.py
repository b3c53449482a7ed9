"""Series as they are written: Prometheus' notation with units, and back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.fact import code
from monitor.model.metric import Unit
from monitor.ruletest.notation import GONE, NotationError, exactly, name, notation, texts, values

NONE = math.nan


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", [5]),
        ("-2+4x3", [-2, 2, 6, 10]),  # these five as promtool's manual explains them
        ("1-2x4", [1, -1, -3, -5, -7]),
        ("1x4", [1, 1, 1, 1, 1]),
        ("4 _x3 stale", [4, NONE, NONE, NONE, GONE]),
        ("1 _x3", [1, NONE, NONE, NONE]),
        ("1x0", [1]),
        ("_x0", []),
        ("stalex2", [GONE] * 3),
        ("2.4T 350B 1.5k", [2.4e12, 350e9, 1500]),
        ("2T+0.1Tx2", [2e12, 2.1e12, 2.2e12]),
        ("0.1+0.1x2", [0.1, 0.2, 0.3]),  # decimals: never 0.30000000000000004
        (" 1\n 2 ", [1, 2]),
        ("", []),
    ],
)
def test_values(text: str, expected: list[float]) -> None:
    """Case: each form, with the numbers that it stands for."""
    assert values(text, Unit.TOKENS) == pytest.approx(expected, rel=0, nan_ok=True)


def test_units_must_fit_the_metric() -> None:
    """Case: dollars of prices and per cent of ratios, and of nothing else."""
    assert values("$1.74-$0.5x1", Unit.USD) == (1.74, 1.24)
    assert values("1%+0.5%x1", Unit.RATIO) == (0.01, 0.015)
    for text, unit in (("$1", Unit.TOKENS), ("1%", Unit.USD)):
        with pytest.raises(NotationError, match="but the metric is in"):
            values(text, unit)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("text", ["text"]),
        ('"image in, text in" text _ stale', ["image in, text in", "text", NONE, GONE]),
        ('"text x3"x1 apache-2.0x2', ["text x3"] * 2 + ["apache-2.0"] * 3),
        ('_x2 "_" stalex1', [NONE, NONE, "_", GONE, GONE]),
        ("", []),
    ],
)
def test_texts_of_facts(text: str, expected: list[str | float]) -> None:
    """Case: one word or quotes, and the codes that they are stored as; `texts` says what these stand for."""
    wanted = [code(each) if isinstance(each, str) else each for each in expected]
    assert values(text, Unit.TEXT) == pytest.approx(wanted, rel=0, nan_ok=True)
    assert texts(text) == {code(each): each for each in expected if isinstance(each, str)}


def test_dates_of_facts() -> None:
    """Case: days, as they are written back."""
    assert values("2026-09-30x1 _ stale", Unit.DATE)[:2] == (1790726400.0,) * 2
    assert (
        notation(values("2026-09-30x3 _ 2026-10-01 stale", Unit.DATE), Unit.DATE) == "2026-09-30x3 _ 2026-10-01 stale"
    )


@pytest.mark.parametrize(
    ("text", "unit", "offset"),
    [("_ soon", Unit.DATE, 2), ("5", Unit.DATE, 0), ('text "open', Unit.TEXT, 5), ("ax999999", Unit.TEXT, 2)],
)
def test_what_is_no_fact_is_refused_where_it_stands(text: str, unit: Unit, offset: int) -> None:
    """Case: with the character at which it begins."""
    with pytest.raises(NotationError) as caught:
        values(text, unit)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("text", "offset"),
    [("1 2 x", 4), ("1+1", 0), ("_+1x2", 0), ("stale+1x2", 0), ("nan", 0), ("1 1x999999", 4), ("1,2", 0)],
)
def test_what_is_no_value_is_refused_where_it_stands(text: str, offset: int) -> None:
    """Case: with the character at which it begins."""
    with pytest.raises(NotationError) as caught:
        values(text, Unit.TOKENS)
    assert caught.value.offset == offset


cells = st.one_of(st.just(NONE), st.just(GONE), st.floats(0, 1e16), st.integers(0, 10**15).map(float))


@given(
    st.lists(cells | st.sampled_from([1.0, NONE]), max_size=30), st.sampled_from([Unit.TOKENS, Unit.USD, Unit.RATIO])
)
def test_writing_is_exact(numbers: list[float], unit: Unit) -> None:
    """Law: what is written of numbers reads back as these very numbers, whatever the unit."""
    again = values(notation(numbers, unit), unit)
    assert len(again) == len(numbers)
    assert all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(again, numbers, strict=True))


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (2.933113149e12, Unit.TOKENS, "2.933113149T"),
        (1234, Unit.TOKENS, "1234"),
        (3e12, Unit.TOKENS, "3T"),
        (0, Unit.TOKENS, "0"),
        (0.435, Unit.USD, "$0.435"),
        (0.012, Unit.RATIO, "1.2%"),
        (1e-12, Unit.USD, "$0.000000000001"),
    ],
)
def test_numbers_are_short(number: float, unit: Unit, text: str) -> None:
    """Case: in the largest unit that is no longer than the digits."""
    assert exactly(number, unit) == text


def test_runs_are_written_once() -> None:
    """Case: as a person would."""
    assert notation([1, 1, 1, NONE, NONE, GONE, 2e12, 2e12], Unit.TOKENS) == "1x2 _ _ stale 2T 2T"


def test_names() -> None:
    """Case: blanks, a comma at the end and no labels are fine, as in Prometheus."""
    assert name(' tokens { model = "a/b" , source="s",} ').labels == (("model", "a/b"), ("source", "s"))
    assert name("tokens_total").labels == name("tokens_total{}").labels == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tokns", "unknown metric 'tokns'"),
        ('tokens{modle="a"}', "'tokens' is not stored by label 'modle'"),
        ('tokens{vendor="a"}', "'tokens' is not stored by label 'vendor'"),
        ('tokens{model="a", model="b"}', "label 'model' is written twice"),
        ("tokens{model=a}", "expected label"),
        ('tokens{model="a"', "expected a series"),
        ("", "expected a series"),
    ],
)
def test_names_that_are_none(text: str, message: str) -> None:
    """Case: what the catalogue adds is no label of a stored series either."""
    with pytest.raises(NotationError, match=message):
        name(text)
