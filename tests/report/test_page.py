"""The page: one file, nothing fetched, nothing run, whose figures they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from monitor.backtest import ALL_TIME, Mode, backtest
from monitor.report.outcome import outcome
from monitor.report.page import Page
from monitor.rules.load import load
from monitor.rules.trace import tracing
from tests.laws.history import Table
from tests.laws.passes import catalogued
from tests.rules.tables import days

RULES = """\
groups:
  - name: g
    every: day
    rules:
      - alert: High
        watch: tokens
        # a comment & more
        above: 3
      - alert: Record
        watch: sum(tokens)
        new_high: all
      - alert: Never
        watch: tokens
        above: 900T
      - alert: Nothing
        watch: price_output
        above: 3
"""
CITATION = "Source: <OpenRouter> & others. Licensed under CC BY 4.0."
HISTORY = days({"a": "1 5 1 5 ? 2 6", "<b>&": "4 4 4 1 ? 1 1", "other": "9 9 9 9 ? 9 9"})
EMPTY = {"meta", "link", "br", "img", "input", "hr"}


class Elements(HTMLParser):
    """Every element of a page with its attributes; fails on one that is not closed in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, Mapping[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @classmethod
    def of(cls, text: str) -> list[tuple[str, Mapping[str, str | None]]]:
        parser = cls()
        parser.feed(text)
        parser.close()
        assert parser.open == []
        return parser.found


def page(table: Table = HISTORY, citations: Mapping[tuple[str, str], str] | None = None) -> str:
    loaded = load([("rules.yaml", RULES)])
    assert not loaded.problems
    found = backtest(table, loaded.rules, catalogued(), Mode.AS_FINAL)
    traced = tracing(table.columns, catalogued())
    cited = {("s", "tokens"): CITATION} if citations is None else citations
    result = outcome(loaded.rules, table, found, Mode.AS_FINAL, ALL_TIME)
    return Page(result, cited, {"rules.yaml": RULES}, traced).html()


PAGE = page()


def charts(text: str) -> list[str]:
    return re.findall(r"</figcaption>(<svg.*?</svg>)</figure>", text)


def test_nothing_is_fetched_or_run() -> None:
    """Law: no script, no style but our own, no address; the policy of the page forbids the rest."""
    elements = Elements.of(PAGE)
    assert {tag for tag, _ in elements} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "base",
    } == set()
    attributes = [(name, value or "") for _, given in elements for name, value in given.items()]
    assert [name for name, _ in attributes if name.startswith("on") or name in ("src", "style", "srcset")] == []
    assert all(value.startswith("#") for name, value in attributes if name in ("href", "xlink:href"))
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", PAGE)


def test_the_policy_names_the_style() -> None:
    """Case: by its hash; all else is refused."""
    (policy,) = [given["content"] for tag, given in Elements.of(PAGE) if tag == "meta" and "http-equiv" in given]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/]+='; base-uri 'none'; form-action 'none'", policy or ""
    )


def test_every_chart_is_xml() -> None:
    """Law: well-formed, one for each instance that fired, three of a rule that never did."""
    drawn = charts(PAGE)
    assert len(drawn) == len(("High of a", "High of b", "Record", "Never of a", "Never of b"))
    for each in drawn:
        assert ET.fromstring(each).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own text


def test_whose_figures_they_are() -> None:
    """Case: the line of the source, escaped; not that of a source that is not shown."""
    text = page(citations={("s", "tokens"): CITATION, ("x", "tokens"): "not shown"})
    assert "Source: &lt;OpenRouter&gt; &amp; others. Licensed under CC BY 4.0." in text
    assert "not shown" not in text


def test_names_are_escaped() -> None:
    """Case: in captions, tables and charts."""
    assert "model=&lt;b&gt;&amp;" in PAGE
    assert "<b>" not in PAGE


def test_what_was_looked_at() -> None:
    """Case: range, gaps, mode, rules and bars."""
    for said in (
        '<td class="long">s</td><td>day</td><td>2026-01-05</td><td>2026-01-11</td><td>1</td>',
        "as final: every bar is judged by the newest value known of it today",
        "4 rules in 1 file: 4 by the day",
        "nothing is stored of price_output",
        "bars: all of history",
    ):
        assert said in PAGE


def test_each_rule_stands_as_it_is_written() -> None:
    """Case: with its comments, and nothing of the next one."""
    assert "<pre>- alert: High\n  watch: tokens\n  # a comment &amp; more\n  above: 3</pre>" in PAGE


def test_gaps_are_gaps() -> None:
    """Case: the missing day parts the line."""
    (a, *_) = [each for each in charts(PAGE) if "High of model=a" in each]
    drawn = re.findall(r'<path class="value" d="([^"]*)"', a)
    assert [len(re.findall("M", each)) for each in drawn] == [2]


@pytest.mark.parametrize(("alert", "left"), [("Many", 3)])
def test_few_charts_are_drawn(alert: str, left: int) -> None:
    """Case: the twelve most active, and how many are left out."""
    members: Iterable[int] = range(12 + left)
    cells = {f"m{number:02}": "1 5 1 5" if number else "1 5 1 1" for number in members}
    rules = load([("r", f"groups: [{{name: g, every: day, rules: [{{alert: {alert}, watch: tokens, above: 3}}]}}]")])
    table = days(cells)
    found = backtest(table, rules.rules, catalogued(), Mode.AS_FINAL)
    traced = tracing(table.columns, catalogued())
    result = outcome(rules.rules, table, found, Mode.AS_FINAL, ALL_TIME)
    text = Page(result, {}, {}, traced).html()
    assert len(charts(text)) == 12
    assert f"{left} instances with fewer episodes not drawn." in text
    assert "<figcaption>model=m00" not in text


def test_the_numbers_of_a_trace_are_those_compared() -> None:
    """Case: the watched value and the limit, bar by bar; unknown where the source was silent."""
    rule = load([("rules.yaml", RULES)]).rules[0]
    (trace,) = tracing(HISTORY.columns, catalogued())(rule)
    column = [member.labels.get("model") for member in trace.members].index("a")
    np.testing.assert_array_equal(trace.value[:, column], [1, 5, 1, 5, np.nan, 2, 6])
    assert set(trace.reference[:, column]) == {3.0}
    assert not trace.holds
