"""Rule tests as text, understood and run without any file on disk."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

from monitor.catalog import Join
from monitor.catalog import load as load_catalog
from monitor.errors import CatalogError, Problem
from monitor.rules.load import RuleSet
from monitor.rules.load import load as load_rules
from monitor.ruletest.compare import Difference
from monitor.ruletest.load import Suite, load
from monitor.ruletest.run import run
from tests.laws.passes import CATALOG

RULES = """
groups:
  - name: weeks
    every: week
    rules:
      - alert: Overtakes
        watch: sum(tokens, vendor="deepseek")
        crosses_above: sum(tokens, vendor="openai")
        labels: {severity: warning}
        annotations:
          summary: "{{ value | tokens }} against {{ reference | tokens }}"
          description: "of {{ labels.source }}"
  - name: days
    every: day
    rules:
      - {alert: Busy, watch: tokens, above: 1T, levels: {warning: 2T, critical: 4T}}
  - name: hours
    every: hour
    rules:
      - alert: Falls
        watch: price_output
        falls: 20%
        against: previous
        for: 1 bar
        annotations: {summary: "{{ labels.model }} {{ reference | usd }} → {{ value | usd }}"}
      - alert: Gone
        watch: price_output
        disappears: 2 bars
      - alert: OtherModalities
        watch: modalities
        changes: true
        annotations: {summary: "{{ reference }} → {{ value }}"}
      - alert: Retires
        watch: retires_at
        within: 30d
"""


@dataclass
class Shelf:
    """A Library of texts by path; `asked` counts what was read."""

    rules_by_path: dict[str, str] = field(default_factory=lambda: {"rules.yaml": RULES})
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def rules(self, paths: tuple[str, ...]) -> RuleSet:
        self.asked.append(paths)
        return load_rules([(path, self.rules_by_path[path]) for path in paths])

    def join(self, path: str | None) -> Join:
        if path == "missing.yaml":
            raise CatalogError((Problem(path, 0, 0, "can not be read: No such file or directory"),))
        return Join(load_catalog(CATALOG, "catalog.yaml"), {})


def written(text: str, head: str = "rules: ../rules.yaml\ntests:\n") -> str:
    """A file with these tests."""
    return head + textwrap.indent(textwrap.dedent(text).strip("\n"), "  ")


def suite(text: str, shelf: Shelf | None = None) -> Suite:
    """A whole file, understood; it stands in `tests/`."""
    return load([("tests/a.yaml", text)], shelf or Shelf())


def problems(text: str) -> list[str]:
    """Every problem of a whole file, as a person reads them."""
    return [str(problem) for problem in suite(text).problems]


def tried(text: str) -> tuple[Difference, ...]:
    """What is not as expected in the one test that is written."""
    found = suite(written(text))
    assert [str(problem) for problem in found.problems] == []
    (case,) = found.cases
    return run(case).differences


def got(text: str) -> list[str]:
    """What happens in a test that expects nothing: `at alert change summary`."""
    return [" ".join(each.got[key] for key in ("at", "alert", "change", "summary")) for each in tried(text) if each.got]
