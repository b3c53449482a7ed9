"""`monitor check`: every problem of every file, at once."""

from __future__ import annotations

import json

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


def sound(name: str) -> str:
    return SOUND.replace("{name}", name)


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
    assert (ended.code, json.loads(ended.out)) == (0, {"files": 1, "rules": 1, "problems": []})
