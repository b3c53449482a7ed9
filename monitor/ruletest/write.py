"""A test as text: YAML that reads back as the very same test."""

from __future__ import annotations

import json
from collections.abc import Iterator

from monitor.dispatch.wording import headline
from monitor.model.labels import Labels
from monitor.model.metric import METRICS
from monitor.model.transition import Transition
from monitor.rules.rule import Rule
from monitor.ruletest.excerpt import Excerpt
from monitor.ruletest.notation import notation
from monitor.ruletest.strips import Strip
from monitor.ruletest.words import shown_instant


def text_of(cut: Excerpt, about: str, rules: str, catalog: str | None) -> str:
    """A whole file with one test. `about`: what it is made of; `rules`, `catalog`: paths from the file's folder."""
    case = cut.case
    (rule,) = case.rules
    lines = [
        f"# {about}",
        f"rules: {_quoted(rules)}",
        *([] if catalog is None else [f"catalog: {_quoted(catalog)}"]),
        "tests:",
        f"  - name: {_quoted(case.name)}",
        f"    every: {case.every.value}",
        f"    from: {shown_instant(case.start)}",
        f"    alerts: [{rule.name}]",
        *([] if case.stale_after is None else [f"    stale_after: {-(-case.stale_after // 60)}m"]),
        "    series:",
        *(f"      {line}" for strip in cut.strips for line in _series(strip)),
        "    expect:" + ("" if cut.told else " []"),
        *(f"      {line}" for told in cut.told for line in _expectation(told, rule)),
    ]
    return "\n".join(lines) + "\n"


def _series(strip: Strip) -> Iterator[str]:
    if strip.stands_for > 1:
        yield f"# the sum of {strip.stands_for:,} series"
    pairs = ", ".join(f'{name}="{value}"' for name, value in strip.series.labels)
    name = f"{strip.series.metric}{{{pairs}}}".replace("'", "''")
    yield f"'{name}': {_quoted(notation(strip.cells.tolist(), METRICS[strip.series.metric].unit))}"


def _expectation(told: Transition, rule: Rule) -> Iterator[str]:
    yield f"- at: {shown_instant(told.valid_at)}"
    yield f"  alert: {told.alert}"
    yield f"  change: {told.kind.value}"
    yield f"  labels: {{{_labels(told.labels)}}}"
    yield f"  summary: {_quoted(headline(told, rule.alert, {}))}"


def _labels(labels: Labels) -> str:
    return ", ".join(f"{name}: {_quoted(value)}" for name, value in labels)


def _quoted(text: str) -> str:
    """As JSON writes it, which YAML reads as well."""
    return json.dumps(text, ensure_ascii=False)
