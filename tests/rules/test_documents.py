"""Rule files: every problem of every file at once, each as `path:line:column: Alert: key: what is wrong` and a hint."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.template import LONGEST
from monitor.rules.conditions import kinds
from monitor.rules.document import OPTIONS
from monitor.rules.load import RuleSet, load

HEAD = "groups:\n  - name: g\n    every: day\n    rules:\n"


def file(*rules: str) -> str:
    """A file with these rules, each a text of lines; the first rule stands on line 5, its keys in column 9."""
    return HEAD + "".join("      - " + rule.strip().replace("\n", "\n        ") + "\n" for rule in rules)


def loaded(text: str, path: str = "r.yaml") -> RuleSet:
    """What a file says."""
    return load([(path, text)])


def problems(text: str) -> list[str]:
    """Its problems as they are shown; there is at least one."""
    found = [str(problem) for problem in loaded(text).problems]
    assert found
    return found


def only(text: str) -> str:
    """Its only problem."""
    (problem,) = problems(text)
    return problem


def test_the_form_of_section_13() -> None:
    """Path, line, column, alert, key, what is wrong; the hint on its own line."""
    text = """\
groups:
  - name: market-share
    every: week
    rules:
      - alert: ChineseModelsOvertakeUS
        watch: sum(tokens, origin="CN")
        crosses_above: sum(tokens, orgin="US")
"""
    found = load([("rules/market-share.yaml", text)])
    assert "\n".join(map(str, found.problems)).splitlines() == [
        "rules/market-share.yaml:7:36: ChineseModelsOvertakeUS: crosses_above: unknown label 'orgin'",
        "    did you mean 'origin'?",
    ]
    assert not found.rules


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        ("watch: tokens + priec", 6, 25),
        ("watch:    tokens + priec", 6, 28),
        ("watch: 'tokens + priec'", 6, 26),
        ('watch: "tokens + priec"', 6, 26),
        ("watch: ' tokens + priec '", 6, 27),
        ("watch: >\n  tokens +\n  priec", 8, 11),
        ("watch: |\n  tokens\n  + priec", 8, 13),
        ("watch: >-  # why\n    tokens +\n\n    priec\n", 9, 13),
        ("watch: tokens\n  +   priec", 7, 15),
        ("watch: 'tokens(model=''a'') + priec'", 6, 39),
        ('watch: "tokens(model=\\"a\\") + priec"', 6, 39),
        ('watch: "tokens +\n  priec"', 7, 11),
        ('watch: tokens(model="é") + priec', 6, 36),
        ("watch: 'tokens(model=\"é\") + priec'", 6, 37),
        ("watch:\n  tokens + priec", 7, 20),
        ("watch: >\n  priec", 7, 11),
        ("watch: >\n\n\n  priec", 9, 11),
    ],
)
def test_the_column_is_that_of_the_wrong_word(written: str, line: int, column: int) -> None:
    """However the text is written: plain, quoted, folded over lines, or as a block."""
    text = file(f"alert: A\n{written}\nabove: 1")
    (found,) = loaded(text).problems
    assert (found.line, found.column) == (line, column)
    assert text.splitlines()[line - 1][column - 1 :].startswith("priec")


@pytest.mark.parametrize(
    "written", ["{{ vlaue }}", "'{{ vlaue }}'", "|\n    {{ vlaue }}", ">\n    a\n    b {{ vlaue }}"]
)
def test_the_column_inside_a_template(written: str) -> None:
    """The same for annotations."""
    if written.startswith("{"):
        written = f"of {written}"
    text = file(f"alert: A\nwatch: tokens\nabove: 1\nannotations:\n  summary: {written}")
    (found,) = loaded(text).problems
    assert found.message == "A: annotations.summary: unknown name 'vlaue'"
    assert found.hint == "did you mean 'value'?"
    assert text.splitlines()[found.line - 1][found.column - 1 :].startswith("vlaue")


FACT = "alert: A\nwatch: modalities"
WATCH = "alert: A\nwatch: tokens"
GOOD = f"{WATCH}\nabove: 1"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (WATCH, "5:9: A: got none, expected exactly one condition\n    one of above, absent, all_of, any_of"),
        (f"{GOOD}\nbelow: 2", "8:9: A: below: got above and below, expected exactly one condition"),
        (f"{GOOD}\nfro: 2 bars", "8:9: A: unknown key 'fro'\n    did you mean 'for'?"),
        (f"{GOOD}\nxyzzy: 2", "8:9: A: unknown key 'xyzzy'\n    known: above, absent, absent_for, after, against"),
        (f"{GOOD}\nfor: soon", "8:14: A: for: got 'soon', expected bars or a span, such as 2 bars or 3d"),
        (f"{GOOD}\nfor: 0 bars", "8:14: A: for: got '0 bars'"),
        (f"{GOOD}\nkeep_firing_for: 7", "8:26: A: keep_firing_for: got '7'"),
        (f"{GOOD}\nmargin: 1%", "8:9: A: margin: has no meaning for 'above'"),
        (f"{GOOD}\nfloor: 1", "8:9: A: floor: has no meaning for 'above'"),
        (f"{WATCH}\ncrosses_above: 1\nagainst: 7d ago", "8:9: A: against: has no meaning for 'crosses_above'"),
        (f"{WATCH}\nappears: true\nfor: 2 bars", "8:9: A: for: has no meaning for 'appears'"),
        (f"{WATCH}\nnew_high: all\nkeep_firing_for: 2d", "8:9: A: keep_firing_for: has no meaning for 'new_high'"),
        (f"{WATCH}\ncrosses: 5\nclear: {{above: 1}}", "8:9: A: clear: has no meaning for 'crosses'"),
        (f"{GOOD}\nclear: {{abov: 1}}", "8:17: A: clear.abov: unknown condition 'abov'\n    did you mean 'above'?"),
        (f"{GOOD}\nclear: {{above: 1, below: 2}}", "8:27: A: clear.below: got above and below, expected exactly one"),
        (f"{GOOD}\nclear: {{}}", "8:16: A: clear: got none, expected exactly one condition"),
        (f"{GOOD}\nclear: {{below: 1%}}", "8:24: A: clear.below: mixed units: tokens is compared with '1%'"),
        (f"{GOOD}\nclear: {{below: sum(tokns)}}", "8:28: A: clear.below: unknown metric 'tokns'\n    did you"),
        (f"{WATCH}\nabove: $1", "7:16: A: above: mixed units: tokens is compared with '$1'"),
        (f"{WATCH}\nabove: price_output", "7:16: A: above: mixed units: tokens is compared with USD"),
        (f"{WATCH}\nabove: [1]", "7:16: A: above: got ['1'], expected a number or an expression"),
        (f"{WATCH}\nabove: 12 apples", "7:19: A: above: not an expression"),
        ("alert: A\nwatch: 5\nabove: 1", "6:16: A: watch: names no metric"),
        ('alert: A\nwatch: avg_over(tokens, "36h")\nabove: 1', "6:16: A: watch: a window of 36 hours are not a whole"),
        (f"{WATCH}\nrises: 20", "7:16: A: rises: got 20, expected a part such as 20%"),
        (f"{WATCH}\nrises: -20%", "7:16: A: rises: got -20%, expected more than zero"),
        (f"{WATCH}\nfalls: 2 points", "7:16: A: falls: mixed units: tokens is compared with '2 points'"),
        (f"{WATCH}\nrises: much", "7:16: A: rises: got 'much', expected a number such as"),
        (f"{WATCH}\nrises: 20%\nagainst: 36h ago", "8:18: A: against: 36 hours are not a whole number of bars"),
        (f"{WATCH}\nrises: 20%\nagainst: sum of 3d", "8:18: A: against: got 'sum of 3d'\n    expected \"previous\""),
        (f"{WATCH}\nrises: 20%\nagainst: yesterday", "8:18: A: against: got 'yesterday'"),
        (f"{WATCH}\nrises: 20%\nfloor: 1%", "8:16: A: floor: mixed units: tokens is compared with '1%'"),
        (f"{WATCH}\nrises: 20%\nmin_change: -1", "8:21: A: min_change: got -1, expected zero or more"),
        (f"{WATCH}\ncrosses_above: 5\nmargin: -1%", "8:17: A: margin: got -1%, expected zero or more"),
        (f"{WATCH}\ncrosses_above: 5\nmargin: $1", "8:17: A: margin: mixed units"),
        (f"{WATCH}\ncrosses_above: 5\nmargin: x%", "8:17: A: margin: got 'x%', expected a number"),
        (f"{WATCH}\nenters_top: many", "7:21: A: enters_top: got many, expected a whole number of 1 or more"),
        (f"{WATCH}\nenters_top: 0", "7:21: A: enters_top: got 0"),
        (f"{WATCH}\nappears: yes", "7:18: A: appears: got yes, expected true"),
        (f"{WATCH}\ndisappears: later", "7:21: A: disappears: got 'later', expected bars or a span"),
        (f"{WATCH}\nnew_high: ever", "7:19: A: new_high: got 'ever', expected a span such as 90m, 24h, 7d or 2w"),
        (f"{FACT}\nabove: 5", "7:9: A: above: has no meaning for 'modalities', which is a fact\n    it takes changes,"),
        (f"{FACT}\nany_of: [{{rises: 1%}}]", "7:19: A: any_of.0.rises: has no meaning for 'modalities'"),
        (f"{FACT}\ndisappears: 2d\nclear: {{above: 1}}", "8:17: A: clear.above: has no meaning for 'modalities'"),
        (f"{FACT}\nchanges: 5", "7:18: A: changes: got 5, expected true"),
        (f"{FACT}\nchanges: true\nfor: 2 bars", "8:9: A: for: has no meaning for 'changes'"),
        (f"{FACT}\nwithin: 30d", "7:17: A: within: goes with dates, got text\n    for example watch: retires_at"),
        (f"{WATCH}\nwithin: 30d", "7:17: A: within: goes with dates, got tokens"),
        ("alert: A\nwatch: retires_at\nwithin: soon", "7:17: A: within: got 'soon', expected a span"),
        (f"{WATCH}\nabove: retires_at", "7:16: A: above: 'retires_at' is a fact, nothing to compare with"),
        ("alert: A\nwatch: source_up\nabove: licence", "7:16: A: above: 'licence' is a fact, nothing to compare"),
        (
            f"{FACT}\nchanges: true\nannotations: {{summary: '{{{{ change }}}}'}}",
            "8:33: A: annotations.summary: 'change' has no meaning where values are a text",
        ),
        (
            f"{FACT}\nchanges: true\nannotations: {{summary: '{{{{ value | usd }}}}'}}",
            "8:33: A: annotations.summary: filter 'usd' does not go with 'value', which is a text",
        ),
        ("alert: A\nabove: 1", "5:9: A: 'watch' is missing"),
        ("watch: tokens\nabove: 1", "5:9: groups.0.rules.0: 'alert' is missing"),
        ("alert: 1A\nwatch: tokens\nabove: 1", "5:16: 1A: alert: got '1A', expected letters, digits and _"),
        ("alert: A\nwatch: [a]\nabove: 1", "6:16: A: watch: got '['a']', expected text"),
        ("alert: A\nwatch: ''\nabove: 1", "6:17: A: watch: got nothing, expected text"),
        (f"{GOOD}\nlabels: severe", "8:17: A: labels: got 'severe', expected keys"),
        (f"{GOOD}\nlabels: {{severity: [a]}}", "8:28: A: labels.severity: got '['a']', expected text"),
        (f"{GOOD}\nannotations: {{summary: '{{{{ value'}}", "8:33: A: annotations.summary: got '{{' without '}}'"),
        (f"{GOOD}\nannotations: {{s: '{{{{ value | tokns }}}}'}}", "8:38: A: annotations.s: unknown filter 'tokns'"),
        (f"{GOOD}\nabove: 2", "8:9: groups.0.rules.0.above: written twice, first on line 7"),
        ("just text", "5:9: groups.0.rules.0: got 'just text', expected keys"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rule(rule: str, expected: str) -> None:
    """Where, what was got, what was expected; and the rule is left out."""
    assert only(file(rule)).startswith(f"r.yaml:{expected}")
    assert not loaded(file(rule)).rules


def test_a_misspelled_condition() -> None:
    """It is an unknown key, and there is no condition then."""
    first, second = problems(file(f"{WATCH}\nabvoe: 1"))
    assert first.startswith("r.yaml:5:9: A: got none")
    assert second == "r.yaml:7:9: A: unknown key 'abvoe'\n    did you mean 'above'?"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "r.yaml: got nothing, expected keys"),
        ("rules: []", "r.yaml:1:1: 'groups' is missing"),
        ("groups: []", "r.yaml:1:9: groups: got nothing, expected at least one"),
        ("groups: 5", "r.yaml:1:9: groups: got '5', expected a list"),
        ("gruops: []", "r.yaml:1:1: unknown key 'gruops'\n    did you mean 'groups'?"),
        ("groups:\n  - 5", "r.yaml:2:5: groups.0: got '5', expected keys"),
        ("groups:\n  - name: g\n    evry: day\n    rules: [1]", "r.yaml:3:5: groups.0: unknown key 'evry'"),
        ("groups:\n  - name: g\n    every: day\n    rules: []", "r.yaml:4:12: groups.0.rules: got nothing"),
        (file(GOOD).replace("day", "wek"), "r.yaml:3:12: groups.0.every: got 'wek'\n    expected hour | 6h | 12h |"),
        ("groups: [\n", "r.yaml:2:1: not YAML: did not find expected node content"),
        ("groups:\n\t- a", "r.yaml:2:1: not YAML: found character that cannot start any token"),
        ("a: &x 1\nb: *x", "r.yaml:1:4: b: an alias (*name) of YAML"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file(text: str, expected: str) -> None:
    """Files that are no rule files, from the outside in."""
    assert any(problem.startswith(expected) for problem in problems(text)), problems(text)
    assert not loaded(text).rules


def test_every_problem_of_every_file_at_once() -> None:
    """One rule can have several; a good one among them is loaded; files come in order, problems in order of lines."""
    first = file(
        "alert: A\nwatch: tokns\nfro: 1\nabove: 5\nfor: soon\nannotations: {s: '{{ x }}'}",
        "alert: B\nwatch: tokens\nabove: 1%\nmargin: 1%",
        "alert: C\nwatch: tokens\nabove: 5",
    )
    found = load([("b.yaml", first), ("c.yaml", "groups: ["), ("a.yaml", file("alert: D\nwatch: x\nabove: 1"))])
    assert [rule.name for rule in found.rules] == ["C"]
    assert [(problem.path, problem.line, problem.message.split(":")[0]) for problem in found.problems] == [
        ("a.yaml", 6, "D"),
        ("b.yaml", 6, "A"),
        ("b.yaml", 7, "A"),
        ("b.yaml", 9, "A"),
        ("b.yaml", 10, "A"),
        ("b.yaml", 14, "B"),
        ("c.yaml", 2, "not YAML"),
    ]


def test_names_are_unique_over_all_files() -> None:
    """The second is told with the place of the first, even if that is broken, and is left out."""
    found = load([("a.yaml", file(GOOD, GOOD)), ("b.yaml", file(GOOD))])
    assert [str(problem) for problem in found.problems] == [
        "a.yaml:8:16: A: the name is taken, first at a.yaml:5",
        "b.yaml:5:16: A: the name is taken, first at a.yaml:5",
    ]
    assert [rule.path for rule in found.rules] == ["a.yaml"]
    broken = load([("a.yaml", file("alert: A\nwatch: tokns\nabove: 1")), ("b.yaml", file(GOOD))])
    assert [problem.path for problem in broken.problems] == ["a.yaml", "b.yaml"]
    assert not broken.rules


def test_a_rule_carries_what_it_says() -> None:
    """Its name, labels, texts, bar, and where it is written."""
    (rule,) = loaded(
        file("alert: A\nwatch: sum(tokens)\nabove: 2.5T\nlabels: {severity: NO}\nannotations: {s: x}")
    ).rules
    assert (rule.name, rule.group, rule.bar, rule.text, rule.line) == ("A", "g", "day", "sum(tokens)", 5)
    assert rule.alert.labels == {"severity": "NO"}
    assert rule.alert.annotations["s"].render({}) == "x"


def test_long_values_are_not_shown_whole() -> None:
    """A message stays readable, whatever is written."""
    long = "y" * 5000
    rules = [
        f"alert: A\nwatch: {long}\nabove: 1",
        f"{GOOD}\n{long}: 1",
        f"{GOOD}\nfor: {long}",
        f"alert: A\nwatch: tokens\nabove: [{long}]",
    ]
    for rule in rules:
        assert len(only(file(rule))) < 1000
    assert f"expected at most {LONGEST:,}" in only(file(f"{GOOD}\nannotations: {{s: {long}}}"))


KEYS = st.sampled_from([*OPTIONS, *kinds().builds, "fro", "1"])
BODIES = st.recursive(
    st.sampled_from(["tokens", "1%", "5", "true", "2 bars", "", "{{ value }}", "{{ x", "sum(tokens, orgin='x')", "$1"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["above", "s"]), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(KEYS, BODIES, max_size=6))
def test_any_rule_is_loaded_or_told_wrong_in_its_place(rule: dict[str, object]) -> None:
    """Nothing is half-loaded and nothing is raised; every problem lies within the file."""
    text = HEAD + f"      - {rule!r}\n"
    found = loaded(text.replace("'", '"') if "'x'" not in text else text)
    assert bool(found.rules) is not bool(found.problems)
    assert all(1 <= problem.line <= 5 for problem in found.problems)
