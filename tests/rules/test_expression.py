"""The `watch` expression: what is understood, and every way in which it is refused, with its column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.labels import Labels
from monitor.model.metric import METRICS, Unit
from monitor.rules.expression.parse import DEPTH_LIMIT, ExpressionError, parse


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("tokens", Unit.TOKENS),
        ('tokens(model="openai/*", source=["a", "b"])', Unit.TOKENS),
        ("sum(tokens)", Unit.TOKENS),
        ('sum(tokens, by="vendor", origin="CN")', Unit.TOKENS),
        ('sum(tokens, by=["vendor", "origin"])', Unit.TOKENS),
        ('mean(price_output, by="family")', Unit.USD),
        ("median(price_output)", Unit.USD),
        ("min(price_output)", Unit.USD),
        ("max(price_output)", Unit.USD),
        ('count(tokens, by="vendor")', Unit.COUNT),
        ('share(tokens, by="family")', Unit.RATIO),
        ('share(tokens, by="family", of="identified", family="llama")', Unit.RATIO),
        ("rank(tokens)", Unit.NUMBER),
        ('rank(tokens, by="vendor")', Unit.NUMBER),
        ("top(9, tokens)", Unit.TOKENS),
        ('avg_over(tokens, "7d")', Unit.TOKENS),
        ('sum_over(tokens, "4w")', Unit.TOKENS),
        ('min_over(uptime, "24h")', Unit.RATIO),
        ('max_over(tokens, "7d")', Unit.TOKENS),
        ('median_over(tokens, "7d")', Unit.TOKENS),
        ('ago(tokens, "7d")', Unit.TOKENS),
        ("tokens * 2", Unit.TOKENS),
        ("2 * tokens", Unit.TOKENS),
        ("tokens / 2", Unit.TOKENS),
        ("tokens - 5", Unit.TOKENS),
        ("5 + tokens", Unit.TOKENS),
        ("-5 + tokens", Unit.TOKENS),
        ("tokens / tokens_total", Unit.RATIO),
        ("tokens * price_output", Unit.NUMBER),
        ("1 / tokens", Unit.NUMBER),
        ("(tokens + tokens_total) / 2.5", Unit.TOKENS),
        ("  tokens\n  + tokens_total\n", Unit.TOKENS),
    ],
)
def test_understood(text: str, unit: Unit) -> None:
    """Every function and sign, each with the unit of its result."""
    assert parse(text).unit is unit


def test_every_metric_is_understood() -> None:
    """By its name alone, in its own unit."""
    for name, metric in METRICS.items():
        assert parse(name).unit is metric.unit


NEST = "ago(" * (DEPTH_LIMIT + 2) + "tokens" + ', "1d")' * (DEPTH_LIMIT + 2)


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("token", 0, "unknown metric 'token'", "did you mean 'tokens'?"),
        ("tokens + priec_output", 9, "unknown metric 'priec_output'", "did you mean 'price_output'?"),
        ("nonsense", 0, "unknown metric 'nonsense'", "known: ago, amount, announced_input, "),
        ("sum", 0, "'sum' is a function", "write sum(…)"),
        ('sum(tokens, orgin="CN")', 12, "unknown label 'orgin'", "did you mean 'origin'?"),
        ('tokens(modle="x")', 7, "unknown label 'modle'", "did you mean 'model'?"),
        ('sum(tokens, by="vendr")', 15, "unknown label 'vendr'", "did you mean 'vendor'?"),
        ('sum(tokens, by=["vendor", "orgin"])', 26, "unknown label 'orgin'", "did you mean 'origin'?"),
        ('sum(sum(tokens, by="vendor"), by="origin")', 33, "unknown label 'origin'", "known: source, vendor"),
        ('sum(rank(tokens, by="vendor"), by="model")', 34, "unknown label 'model'", "known: source, vendor"),
        ('sum(tokens, by="vendor", orgin="CN")', 25, "unknown label 'orgin'", "did you mean 'origin'?"),
        ('share(tokens, by="vendor", origin="CN")', 27, "unknown label 'origin'", "known: source, vendor"),
        ('price_output(category="x")', 13, "unknown label 'category'", None),
        ("share(tokens)", 0, 'share needs by="label"', 'for example share(tokens, by="family")'),
        ('share(tokens, by="vendor", of="some")', 30, 'got of="some"', 'expected "all" or "identified"'),
        ('share(tokens, by="vendor", of=["all", "x"])', 30, 'got of=["all", "x"]', 'expected "all" or "identified"'),
        ("sum()", 0, "sum takes 1 value(s) in front, got 0", None),
        ("sum(tokens, tokens)", 0, "sum takes 1 value(s) in front, got 2", None),
        ("top(tokens)", 0, "top takes a whole number and an expression", "for example top(9, tokens)"),
        ("top(tokens, 9)", 0, "top takes a whole number and an expression", None),
        ("top(0, tokens)", 0, "top takes a whole number and an expression", None),
        ("top(-1, tokens)", 0, "top takes a whole number and an expression", None),
        ("top(1.5, tokens)", 0, "top takes a whole number and an expression", None),
        ("top(True, tokens)", 0, "top takes a whole number and an expression", None),
        ('top(2, tokens, by="vendor")', 15, "top does not take 'by'", None),
        ("avg_over(tokens)", 0, "avg_over takes 2 value(s) in front, got 1", None),
        ("avg_over(tokens, 7)", 17, 'got 7, expected a span such as "7d"', None),
        ('avg_over(tokens, "7 days")', 17, "got '7 days', expected a span such as 90m, 24h, 7d or 2w", None),
        ('ago(tokens, "0d")', 12, "got '0d', expected a span", None),
        ('rank(tokens, origin="CN")', 13, "rank does not take 'origin'", None),
        ("tokens(5)", 7, 'tokens(…) takes labels only, as label="value"', None),
        ("tokens(model=5)", 13, "got model=5, expected text in quotes or a list of it", None),
        ("tokens(model=[])", 13, "got model=[], expected text in quotes or a list of it", None),
        ('tokens(model="")', 13, 'got model="", expected text in quotes', None),
        ('tokens(model=["a", 5])', 13, 'got model=["a", 5], expected text in quotes', None),
        ("tokens(**tokens)", 7, "'**' is not part of the language", None),
        ("sum(*tokens)", 4, "'*tokens' is not part of the language", None),
        ("tokens + price_output", 0, "mixed units: USD per million tokens and tokens can not be added", None),
        ("1 + (tokens - price_output)", 5, "mixed units", None),
        ("modalities + 1", 0, "'modalities' is a fact, nothing to calculate with", "watch: modalities, with changes"),
        ("2 * retires_at", 4, "'retires_at' is a fact", None),
        ("retires_at - retires_at", 0, "'retires_at' is a fact", None),
        ("count(licence)", 6, "'licence' is a fact", None),
        ('share(licence, by="vendor")', 6, "'licence' is a fact", None),
        ("rank(retires_at)", 5, "'retires_at' is a fact", None),
        ("top(9, retires_at)", 7, "'retires_at' is a fact", None),
        ('ago(modalities, "7d")', 4, "'modalities' is a fact", None),
        ('max_over(retires_at, "7d")', 9, "'retires_at' is a fact", None),
        ("tokens.values", 0, "'tokens.values' is not part of the language", None),
        ("tokens.real(1)", 0, "is not part of the language", None),
        ("lambda: tokens", 0, "'lambda: tokens' is not part of the language", None),
        ("tokens ** 2", 0, "'tokens ** 2' is not part of the language", None),
        ("tokens // 2", 0, "is not part of the language", None),
        ("tokens % 2", 0, "is not part of the language", None),
        ("tokens[0]", 0, "'tokens[0]' is not part of the language", None),
        ("tokens > 5", 0, "'tokens > 5' is not part of the language", None),
        ("tokens and tokens", 0, "is not part of the language", None),
        ("not tokens", 0, "is not part of the language", None),
        ("-tokens", 0, "'-tokens' is not part of the language", None),
        ("+5", 0, "is not part of the language", None),
        ('-"5"', 1, "'\"5\"' is not part of the language", None),
        ("-True", 1, "'True' is not part of the language", None),
        ('__import__("os")', 0, "unknown metric '__import__'", None),
        ('__import__("os").system("x")', 0, "is not part of the language", None),
        ('"tokens"', 0, "'\"tokens\"' is not part of the language", None),
        ('f"{tokens}"', 0, "is not part of the language", None),
        ("[tokens]", 0, "is not part of the language", None),
        ("{1: 2}", 0, "is not part of the language", None),
        ("tokens, tokens", 0, "is not part of the language", None),
        ("[x for x in tokens]", 0, "is not part of the language", None),
        ("(x := 5)", 1, "is not part of the language", None),
        ("await tokens", 0, "is not part of the language", None),
        ("1j", 0, "'1j' is not part of the language", None),
        ("None", 0, "'None' is not part of the language", None),
        ("...", 0, "is not part of the language", None),
        ("tokens # all", 7, "'#' is not part of the language", None),
        ('tokens(model="a\\x20")', 15, "'\\' is not part of the language", None),
        ("1e999 * tokens", 0, "the number is too large", None),
        ("9" * 400, 0, "the number is too large", None),
        ("x = 5", 2, "not an expression", None),
        ("tokens tokens", 7, "not an expression", None),
        ("sum(tokens", 3, "not an expression: '(' was never closed", None),
        ("sum(tokens))", 11, "not an expression: unmatched ')'", None),
        ('sum(tokens, by="vendor", by="origin")', 25, "'by' is written twice", None),
        ('tokens(model="a", model="b")', 18, "'model' is written twice", None),
        ('mean_over(tokens, "7d")', 0, "unknown metric 'mean_over'", "did you mean 'median_over'?"),
        ("", 0, "not an expression", None),
        ("   ", 3, "not an expression", None),
        ("tokens + 2.5T", 11, "not an expression: invalid decimal literal", None),
        ("tokens\0", 0, "not an expression", None),
        (NEST, 4 * (DEPTH_LIMIT + 1), f"nested deeper than {DEPTH_LIMIT}", None),
        ("-" * 1500 + "1", 0, "", None),
        ("(" * 500 + "1" + ")" * 500, 200, "not an expression", None),
        ("a" + ".b" * 900, 0, "is not part of the language", None),
        ("tokens" + " + tokens" * 40, 0, f"nested deeper than {DEPTH_LIMIT}", None),
        ("x" * 2001, 0, "2,001 characters, expected at most 2,000", None),
        ('tokens(model="é", modle="x")', 18, "unknown label 'modle'", "did you mean 'model'?"),
        ('  tokens +  sum(tokens, orgin="x")', 24, "unknown label 'orgin'", None),
        ('tokens\n  + sum(tokens,\n orgin="x")', 24, "unknown label 'orgin'", None),
    ],
    ids=lambda each: each[:40] if isinstance(each, str) else None,
)
def test_refused(text: str, column: int, message: str, hint: str | None) -> None:
    """What is wrong, at which character, and the nearest right word."""
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert message in caught.value.message
    assert caught.value.column == column
    assert hint is None or (caught.value.hint or "").startswith(hint)


def test_long_texts_are_refused_without_being_shown_whole() -> None:
    """A message stays a line."""
    for text in ("x" * 1999, "a" + ".b" * 900, "tokens(" + "y" * 1500 + '="x")'):
        with pytest.raises(ExpressionError) as caught:
            parse(text)
        assert len(caught.value.message) < 200


def test_deep_nesting_costs_nothing() -> None:
    """As deep as may be, every level with a label and a span: read once, and looking back once a level."""
    deep = DEPTH_LIMIT - 1
    expression = parse("ago(" * deep + "tokens" + ', "1d")' * deep)
    assert len(expression.lags) == deep
    assert parse("sum(" * deep + "tokens" + ', by="source")' * deep).unit is Unit.TOKENS


WORDS = st.sampled_from(
    [
        "tokens",
        "sum(",
        ")",
        ",",
        "by=",
        '"vendor"',
        "+",
        "-",
        "/",
        "(",
        "1",
        "top(",
        "ago(",
        '"1d"',
        "[",
        "]",
        "é",
        "\n",
        ".",
    ]
)


def error_of(text: str) -> ExpressionError | None:
    """What is wrong with a text, if anything is."""
    try:
        parse(text)
    except ExpressionError as error:
        return error
    return None


@given(st.one_of(st.lists(WORDS, max_size=25).map(" ".join), st.text(max_size=60)))
def test_any_text_is_an_expression_or_an_error_with_a_place_in_it(text: str) -> None:
    """Nothing else ever comes of it."""
    error = error_of(text)
    assert error is None or (error.message and 0 <= error.column <= len(text))


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("tokens", {"a"}),
        ('tokens(model="a")', {"a"}),
        ('tokens(category="programming")', {"b"}),
        ('tokens(category="*")', {"b"}),
        ('tokens(category="*", app="*")', {"c"}),
    ],
)
def test_a_slice_is_meant_only_by_its_name(text: str, chosen: set[str]) -> None:
    """What is a part of another series would be counted twice."""
    series = {
        "a": Labels.of(model="a"),
        "b": Labels.of(model="a", category="programming"),
        "c": Labels.of(model="a", category="programming", app="cline"),
    }
    select = parse(text).selects[0]
    assert {name for name, labels in series.items() if select.matches(labels)} == chosen
