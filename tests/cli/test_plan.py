"""`monitor plan`: what an edit would do, and that it does nothing itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from monitor.catalog import shipped
from monitor.dispatch import Routes, Timeliness
from monitor.files import load_rules
from monitor.inforce import InForce
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.ports import Window
from tests.cli.conftest import Program
from tests.daemon.fakes import DAY, MONDAY, days

HEAD = "groups:\n  - name: g\n    every: day\n    rules:\n"
BUSY = "      - {alert: Busy, watch: 'tokens(model=\"a\")', above: 100, labels: {severity: info}}\n"
QUIET = "      - {alert: Quiet, watch: tokens, below: 200}\n"
GONE = "      - {alert: Gone, watch: tokens, above: 50}\n"
NEW = "      - {alert: New, watch: sum(tokens), above: 50}\n"
FELL = "      - {alert: Fell, watch: tokens, crosses_below: 60}\n"
STAYS = "      - {alert: Stays, watch: tokens, below: 1}\n"
BROKEN = "      - {alert: Broken, watch: tokens, below: 2}\n"
ARMED = "armed silently over 3 bars of history, 2026-02-02 to 2026-02-04"
AT = datetime(2026, 2, 5, 0, 20, tzinfo=UTC)


@pytest.fixture
def running(monitor: Program) -> Program:
    """A ledger with rules in force, of which three fire; nothing of it runs."""
    monitor.write("monitor.toml", 'rules = ["rules"]')
    path = monitor.write("rules/a.yaml", HEAD + BUSY + QUIET + GONE + STAYS + FELL + BROKEN)
    with Ledger.open(monitor.ledger) as ledger:
        ledger.learn(days(MONDAY, a=[90, 110, 120])(Window(AT)))
        judging = Judging(ledger, shipped(), Routes(("slack",)), Timeliness(DAY, DAY))
        in_force = InForce(ledger, Routes(("slack",)), judging.judge)
        in_force.take_over(load_rules([path]), AT)
        judging.judge(in_force.rules, AT)
    return monitor


EDITED = (
    HEAD
    + BUSY.replace("100", "105").replace("info", "critical")
    + QUIET.replace("watch: tokens", "watch: sum(tokens)")
    + STAYS
    + FELL.replace("60", "70")
    + NEW
    + BROKEN.replace("tokens", "tokenz")
    + "      - {alert: Never, watch: tokens, above: 1 x}\n"
)


def test_an_edit_is_told_alert_by_alert(running: Program) -> None:
    """Kept with what changed, reset with why, new with its history, dropped with what ends, broken with what stays."""
    before = running.ledger.read_bytes()
    running.write("edited/a.yaml", EDITED)
    ended = running("plan", "edited")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "1 rule stays as it is",
        "changed  Busy    keeps its states",
        "                 above: 100 → 105",
        "                 labels.severity: info → critical",
        f"reset    Quiet   another rule by its watch; {ARMED}",
        "                 watch: tokens → sum(tokens)",
        "                 ends: model=a source=openrouter, since 2026-02-02",
        f"changed  Fell    open episodes go on, the others are {ARMED}",
        "                 crosses_below: 60 → 70",
        f"new      New     {ARMED}",
        "broken   Broken  its version of 2026-02-05 00:20 UTC stays",
        "broken   Never   not in force: it never was sound",
        "dropped  Gone    is not judged any more; what is remembered of it is dropped",
        "                 ends: model=a source=openrouter, since 2026-02-02",
        "2 problems:",
        "  edited/a.yaml:10:32: Broken: watch: unknown metric 'tokenz'",
        "      did you mean 'tokens'?",
        "  edited/a.yaml:11:48: Never: above: not an expression: invalid syntax",
    ]
    assert running.ledger.read_bytes() == before


def test_without_an_edit_nothing_would_happen(running: Program) -> None:
    """Case: the rules of the settings are those in force."""
    assert running("plan").out == "6 rules stay as they are\n"


def test_json_has_the_same(running: Program) -> None:
    """Case: one object, all alerts in it."""
    running.write("rules/a.yaml", EDITED)
    found = json.loads(running("plan", "--json").out)
    alerts = {each.pop("alert"): each for each in found["alerts"]}
    assert [(name, each["fate"]) for name, each in alerts.items()] == [
        ("Busy", "changed"),
        ("Quiet", "reset"),
        ("Stays", "same"),
        ("Fell", "changed"),
        ("New", "new"),
        ("Broken", "kept"),
        ("Never", "refused"),
        ("Gone", "dropped"),
    ]
    assert alerts["Quiet"] == {
        "fate": "reset",
        "in_force_since": "2026-02-05T00:20:00Z",
        "changes": [{"key": "watch", "old": "tokens", "new": "sum(tokens)"}],
        "causes": ["watch"],
        "armed": {"bars": 3, "from": "2026-02-02T00:00:00Z", "to": "2026-02-05T00:00:00Z"},
        "ends": [{"labels": {"model": "a", "source": "openrouter"}, "since": "2026-02-02T00:00:00Z"}],
    }
    assert [problem["line"] for problem in found["problems"]] == [10, 11]


def test_only_what_can_not_be_read_at_all_is_an_error(running: Program) -> None:
    """Case: exit code 2 for a path that is not there; a file that is no YAML keeps what came from it."""
    ended = running("plan", "missing.yaml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("missing.yaml: can not be read: No such file")
    running.write("rules/a.yaml", "groups: [")
    ended = running("plan")
    assert ended.code == 0
    assert [line.split()[:2] for line in ended.out.splitlines()[:5]] == [
        ["broken", name] for name in ("Broken", "Busy", "Fell", "Gone", "Quiet")
    ]


def test_status_says_what_is_in_force_and_what_is_kept(running: Program) -> None:
    """Case: a rule on its last good version is named, with since when."""
    path = running.write("rules/a.yaml", EDITED)
    with Ledger.open(running.ledger) as ledger:
        judging = Judging(ledger, shipped(), Routes(("slack",)), Timeliness(DAY, DAY))
        InForce(ledger, Routes(("slack",)), judging.judge).take_over(load_rules([path]), AT + DAY)
    told = running("status").out
    assert "rules: 6 in force\n" in told
    assert (
        "on their last good version (`monitor check` says why)\n"
        "  Broken  as of 2026-02-05 00:20 UTC  since 2026-02-06 00:20 UTC\n"
    ) in told
    assert json.loads(running("status", "--json").out)["rules"] == {
        "in_force": 6,
        "kept": [{"alert": "Broken", "taken_at": "2026-02-05T00:20:00Z", "kept_at": "2026-02-06T00:20:00Z"}],
    }
