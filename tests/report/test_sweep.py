"""Values to go through, and a rule rewritten where it stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.backtest import Mode
from monitor.errors import RuleError
from monitor.model.bar import DAY
from monitor.model.tree import read
from monitor.report.original import TEXTS
from monitor.report.outcome import Outcome
from monitor.report.steps import LIMIT, steps
from monitor.report.sweep import Sweep, Variant, awaited, sweep_of, tallies, variants
from monitor.rules.load import load
from tests.report.written import day, episode

RULES = """\
groups:
  - name: g
    every: day
    rules:
      - alert: Low  # é, so that characters are not bytes
        watch: 'share(tokens, by="vendor")'
        crosses_below: 1%   # of all
        clear: {above: "1.2%"}
        annotations:
          summary: "{{ value | percent }}"
      - {alert: Flow, watch: tokens, above: 3T}
      - alert: Folded
        watch: sum(tokens)
        above: >-
          3T
        for: 2 bars
"""
FILES = [("other.yaml", "groups: []"), ("rules.yaml", RULES)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0.5%..1.5%/0.25%", "0.5% 0.75% 1% 1.25% 1.5%"),
        ("0.5..1%/0.25", "0.5% 0.75% 1%"),
        ("1..3", "1 2 3"),
        ("1%..3%", "1% 2% 3%"),
        ("$1..$2/$0.5", "$1 $1.5 $2"),
        ("$1..2/0.5", "$1 $1.5 $2"),
        ("1T..2T/500B", "1000B 1500B 2000B"),
        ("12h..1d/6h", "12h 18h 24h"),
        ("7d..28d/7d", "7d 14d 21d 28d"),
        ("1..3 points", "1_point 2_points 3_points"),
        ("1..3 bars", "1_bar 2_bars 3_bars"),
        ("1 bar..2 bars", "1_bar 2_bars"),
        ("-0.2..0.2/0.2", "-0.2 0 0.2"),
        ("0.1..0.3/0.1", "0.1 0.2 0.3"),
        ("5..5", "5"),
        ("1..4/2", "1 3"),
        ("all, 30d", "all 30d"),
        ("2 of 3 bars", "2_of_3_bars"),
    ],
)
def test_steps(text: str, values: str) -> None:
    """Cases: every unit, a unit written once, mixed sizes of one unit, lists."""
    assert steps(text) == tuple(each.replace("_", " ") for each in values.split())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3%..1%", "an empty range"),
        ("1..2/0", "an empty range"),
        ("0.5%..3%", "expected a step"),
        ("1%..2B/1%", "expected one kind of unit"),
        ("$1..2%/1", "expected one kind of unit"),
        ("a..b", "got 'a', expected a number"),
        ("1,,2", "expected values"),
        ("", "expected values"),
        (f"1..{LIMIT + 1}", f"expected {LIMIT} at most"),
        (",".join("1" * (LIMIT + 1)), f"expected {LIMIT} at most"),
    ],
)
def test_steps_that_are_none(text: str, message: str) -> None:
    """Case: what was got and what is wanted."""
    with pytest.raises(ValueError, match=message):
        steps(text)


@pytest.mark.parametrize("text", ["Low", "Low=1..2", "Low.above", ".above=1..2", "Low.=1"])
def test_what_is_not_asked_as_a_sweep(text: str) -> None:
    """Case: an example is shown."""
    with pytest.raises(ValueError, match=r"expected ALERT\.KEY=VALUES"):
        sweep_of(text)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("Low.crosses_below=0.5%..1%/0.5%", ["0.5%", "1% <-"]),
        ("Low.clear.above=1.2%,2%", ["1.2% <-", "2%"]),
        ("Low.for=1..2 bars", ["1 bar", "2 bars"]),
        ("Flow.above=2T..3T/1T", ["2T", "3T <-"]),
        ("Flow.for=2 bars", ["2 bars"]),
        ("Folded.above=2T,3T", ["2T", "3T <-"]),
        ("Folded.for=1..2 bars", ["1 bar", "2 bars <-"]),
    ],
)
def test_variants(asked: str, expected: list[str]) -> None:
    """Cases: plain, nested, quoted, folded, in braces; a key that is not written yet."""
    found = variants(sweep_of(asked), FILES)
    assert [f"{each.value}{' <-' * each.written}" for each in found] == expected
    assert len({(each.rule.condition, each.rule.clear, each.rule.timing) for each in found}) == len(found)
    assert len({each.rule.name for each in found}) == len(found)


SHIPPED = sorted((Path(__file__).parents[2] / "rules").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_writing_what_is_written_changes_nothing(path: Path) -> None:
    """Law: every key of every rule that ships, with its own value, is the same rule (but for its name)."""
    text = path.read_text(encoding="utf-8")
    rules = {rule.name: rule for rule in load([(path.name, text)]).rules}
    tried = 0
    for place, scalar in read(text, path.name).scalars.items():
        if place[0] == "groups" and len(place) > 4 and place[4] not in TEXTS:
            alert = read(text, path.name).scalars[(*place[:4], "alert")].value
            (found,) = variants(Sweep(alert, tuple(map(str, place[4:])), (scalar.value,)), [(path.name, text)])
            assert found.written
            assert replace(found.rule, alert=rules[alert].alert) == rules[alert]
            tried += 1
    assert tried >= 2 * len(rules)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("Lov.above=1..2", "no rule is called 'Lov'; did you mean 'Low'"),
        ("Low.crosses_bellow=1..2", "did you mean 'crosses_below'"),
        ("Low.clear=1..2", "has no 'clear' with a single value; did you mean 'clear.above'"),
        ("Low.margin.x=1..2", "has no 'margin.x'"),
    ],
)
def test_what_is_not_there(asked: str, message: str) -> None:
    """Case: the nearest right word."""
    with pytest.raises(ValueError, match=message):
        variants(sweep_of(asked), FILES)


def test_a_value_that_the_rule_can_not_have() -> None:
    """Case: the problem as `monitor check` would tell it, with the value that is to blame."""
    with pytest.raises(RuleError, match=r"rules\.yaml:7:25: .*\(with crosses_below: \$5\)"):
        variants(sweep_of("Low.crosses_below=1%,$5"), FILES)


def test_alerts_that_are_waited_for() -> None:
    """Case: over two steps, and over files; a rule that waits for itself does not need itself twice."""
    one = "groups: [{name: g, every: day, rules: [{alert: A, after: {alert: B, within: 2d}}, {alert: C}]}]"
    two = "groups: [{name: g, every: day, rules: [{alert: B, any_of: [{after: {alert: C}}, {after: {alert: A}}]}]}]"
    assert awaited("A", [("one", one), ("two", two)]) == {"B", "C"}
    assert awaited("C", [("one", one), ("two", two)]) == set()


def test_a_rule_that_waits_for_one_of_another_file() -> None:
    """Case: both files are loaded, and the key within `after` can be swept too."""
    one = "groups: [{name: g, every: day, rules: [{alert: A, watch: tokens, above: 3, after: {alert: B, within: 2d}}]}]"
    two = "groups: [{name: g, every: day, rules: [{alert: B, watch: tokens, above: 9}]}]"
    found = variants(sweep_of("A.after.within=1d..3d/1d"), [("one", one), ("two", two)])
    assert [each.rule.after.within // DAY for each in found if each.rule.after] == [1, 2, 3]


def test_tallies() -> None:
    """Case: instances are counted once, time that several fire together too."""
    (tried,) = variants(sweep_of("Low.crosses_below=2%"), FILES)
    own = (episode(1, 4), episode(2, 6, model="b"), episode(8, 9, model="b"))
    (found,) = tallies(_outcome(tried, {tried.rule.name: own}), [tried])
    assert (found.value, found.written, found.episodes, found.instances) == ("2%", False, 3, 2)
    assert (found.seconds, found.days, found.first, found.last) == (6 * DAY, 6.0, day(1), day(8))


def test_a_value_that_never_fires() -> None:
    """Case: no first and no last."""
    (tried,) = variants(sweep_of("Low.crosses_below=2%"), FILES)
    (found,) = tallies(_outcome(tried, {}), [tried])
    assert (found.episodes, found.seconds, found.first, found.last) == (0, 0, None, None)


def _outcome(tried: Variant, found: dict[str, tuple[object, ...]]) -> Outcome:
    return Outcome((tried.rule,), Mode.AS_FINAL, (0, 2**62), (), found)  # type: ignore[arg-type]
