"""`monitor check`: every problem of every file, at once."""

from __future__ import annotations

import json
from datetime import date, timedelta

from monitor.settings import shipped_rules
from tests.cli.conftest import Program

SOUND = """
groups:
  - name: g
    every: week
    rules:
      - alert: {name}
        watch: sum(tokens, origin="CN")
        above: 1T
"""


WARNED = """
groups:
  - name: g
    every: week
    rules:
      - alert: A
        watch: sum(tokens, vendor="deepsek")
        above: 1T
"""
WARNING = "a.yaml:7:36: warning: A: watch: 'deepsek' is no vendor of the catalogue\n    did you mean 'deepseek'?\n"
REACHED = "above: never reached in history: the highest was 7.052T (2026-01-12)"
USAGE = "period_start,period,model,tokens,source,recorded_at\n" + "".join(
    f"{date(2025, 11, 3) + timedelta(weeks=week)},week,openai/gpt-5,{7052 - abs(week - 10)}000000000,openrouter,"
    f"{date(2025, 11, 10) + timedelta(weeks=week)}T01:00:00Z\n"
    for week in range(12)
)


def sound(name: str) -> str:
    """A rule of its own: two names, two limits."""
    return SOUND.replace("{name}", name).replace("1T", f"{ord(name)}T")


def test_the_rules_that_ship_are_sound(monitor: Program) -> None:
    """Law: what is installed passes its own check, without any setting."""
    ended = monitor("check")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith("files are sound\n")


def test_every_problem_of_every_file_is_told_with_its_place(monitor: Program) -> None:
    """Case: exit code 2; what can not be read stands beside what can not be understood."""
    monitor.write("rules/a.yaml", sound("A").replace("origin", "orgin"))
    monitor.write("rules/b.yaml", sound("B").replace("above", "abov"))
    monitor.write("rules/c.yaml", sound("C"))
    ended = monitor("check", "rules", "missing.yaml")
    assert (ended.code, ended.out) == (2, "")
    told = ended.err.splitlines()
    assert told[0] == "missing.yaml: can not be read: No such file or directory"
    assert any(line.startswith("rules/a.yaml:7:") and "'orgin'" in line for line in told)
    assert any(line.startswith("rules/b.yaml:8:9: ") and "unknown key 'abov'" in line for line in told)
    assert "    did you mean 'above'?" in told
    assert "c.yaml" not in ended.err


def test_a_folder_is_searched_but_not_its_tests(monitor: Program) -> None:
    """Case: rule tests are YAML too, and the schema stands beside the rules."""
    monitor.write("rules/a.yaml", sound("A"))
    monitor.write("rules/more/b.yaml", sound("B"))
    monitor.write("rules/tests/a.yaml", "rules: ../a.yaml")
    monitor.write("rules/rules.schema.json", "{}")
    assert monitor("check", "rules").out == "2 rules in 2 files are sound\n"


def test_a_folder_below_one_called_tests_is_searched(monitor: Program) -> None:
    """Case: only what is below the folder asked for counts, not where that folder is."""
    monitor.write("tests/mine/a.yaml", sound("A"))
    assert monitor("check", "tests/mine").out == "1 rule in 1 file is sound\n"


def test_a_folder_without_rules_is_a_problem(monitor: Program) -> None:
    """Case: a typing error in a path must not mean that nothing is watched."""
    (monitor.folder / "empty").mkdir()
    ended = monitor("check", "empty")
    assert (ended.code, ended.err) == (2, "empty: no rule files in this folder\n    expected *.yaml\n")


def test_a_file_that_is_no_text_is_a_problem(monitor: Program) -> None:
    """Case: another encoding, and a folder given as a file of its own name."""
    (monitor.folder / "a.yaml").write_bytes(b"groups: \xff")
    assert "a.yaml: byte 9 is not UTF-8" in monitor("check", "a.yaml").err


def test_the_same_file_twice_is_one_file(monitor: Program) -> None:
    """Case: a folder and a file in it."""
    monitor.write("rules/a.yaml", sound("A"))
    assert monitor("check", "rules", "rules/a.yaml").out == "1 rule in 1 file is sound\n"


def test_settings_say_which_rules_are_checked(monitor: Program) -> None:
    """Case: without PATH, those that a running monitor would use."""
    monitor.write("mine/a.yaml", sound("A"))
    monitor.write("monitor.toml", 'rules = ["mine"]')
    assert monitor("check").out == "1 rule in 1 file is sound\n"


def test_json_has_the_problems_as_objects(monitor: Program) -> None:
    """Case: one object, on standard output, with the same exit code."""
    monitor.write("a.yaml", sound("A").replace("above", "abov"))
    ended = monitor("check", "--json", "a.yaml")
    assert (ended.code, ended.err) == (2, "")
    found = json.loads(ended.out)
    assert (found["files"], found["rules"]) == (1, 0)
    (unknown,) = (problem for problem in found["problems"] if "unknown key 'abov'" in problem["message"])
    assert (unknown["path"], unknown["line"], unknown["column"]) == ("a.yaml", 8, 9)
    assert unknown["hint"] == "did you mean 'above'?"
    monitor.write("a.yaml", sound("A"))
    ended = monitor("check", "--json", "a.yaml")
    assert (ended.code, json.loads(ended.out)) == (
        0,
        {"files": 1, "rules": 1, "note": "", "problems": [], "warnings": []},
    )


def test_warnings_stand_on_standard_error_and_are_no_failure(monitor: Program) -> None:
    """Case: exit code 0, or 1 where it is asked to be strict; the rules are sound all the same."""
    monitor.write("a.yaml", WARNED)
    ended = monitor("check", "a.yaml")
    assert (ended.code, ended.err) == (0, WARNING)
    assert ended.out == "1 rule in 1 file is sound, 1 warning\n"
    assert monitor("check", "--strict", "a.yaml").code == 1
    monitor.write("a.yaml", sound("A"))
    assert monitor("check", "--strict", "a.yaml").code == 0


def test_warnings_and_problems_stand_together(monitor: Program) -> None:
    """Case: in the order of their places; the exit code is that of the problems, strict or not."""
    broken = WARNED + "      - alert: B\n        watch: sum(tokens)\n        abov: 1T\n"
    monitor.write("a.yaml", broken)
    ended = monitor("check", "--strict", "a.yaml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(WARNING + "a.yaml:9:9: B: got none, expected exactly one condition\n")
    assert "a.yaml:11:9: B: unknown key 'abov'" in ended.err


def test_json_has_the_warnings_as_objects(monitor: Program) -> None:
    """Case: beside the problems, each with its severity."""
    monitor.write("a.yaml", WARNED)
    ended = monitor("check", "--json", "--strict", "a.yaml")
    (warning,) = json.loads(ended.out)["warnings"]
    assert (ended.code, ended.err) == (1, "")
    assert warning == {
        "path": "a.yaml",
        "line": 7,
        "column": 36,
        "message": "A: watch: 'deepsek' is no vendor of the catalogue",
        "hint": "did you mean 'deepseek'?",
        "severity": "warning",
    }


def test_history_is_asked_where_there_is_a_ledger(monitor: Program) -> None:
    """Case: the ledger of the settings or of --ledger, unless it is not wanted; it is only read."""
    monitor.write("usage.csv", USAGE)
    monitor.write("a.yaml", WARNED.replace(', vendor="deepsek"', "").replace("1T", "900T"))
    assert monitor("check", "a.yaml").err == ""
    assert monitor("import", "usage.csv").code == 0
    ended = monitor("check", "a.yaml")
    assert (ended.code, ended.err.splitlines()[0]) == (0, f"a.yaml:8:16: warning: A: {REACHED}")
    assert monitor("check", "--no-history", "a.yaml").err == ""
    assert monitor("--ledger", "none.sqlite", "check", "a.yaml").err == ""
    assert not (monitor.folder / "none.sqlite").exists()
    monitor.write("monitor.toml", 'ledger.path = "none.sqlite"')
    assert monitor("check", "a.yaml").err == ""
    assert REACHED in monitor("--ledger", monitor.ledger, "check", "a.yaml").err


def test_a_ledger_that_can_not_be_read_is_a_note(monitor: Program) -> None:
    """Case: the rules are checked all the same, and a person knows that history was not asked."""
    monitor.write("ledger.sqlite", "no ledger")
    monitor.write("a.yaml", WARNED)
    ended = monitor("--ledger", "ledger.sqlite", "check", "a.yaml")
    assert ended.code == 0
    assert ended.err.startswith(f"{WARNING}not compared with history: ")
    assert json.loads(monitor("--ledger", "ledger.sqlite", "check", "--json", "a.yaml").out)["note"]


def test_another_catalogue_has_other_words(monitor: Program) -> None:
    """Case: the catalogue of the settings is the one that labels are looked up in."""
    monitor.write("mine.yaml", "vendors:\n  deepsek: {name: Another}\n")
    monitor.write("monitor.toml", 'catalog = "mine.yaml"')
    monitor.write("a.yaml", WARNED)
    assert monitor("check", "a.yaml").err == ""


def test_the_schema_is_printed(monitor: Program) -> None:
    """Case: what is committed beside the rules that ship."""
    ended = monitor("schema")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (shipped_rules() / "rules.schema.json").read_text(encoding="utf-8")
