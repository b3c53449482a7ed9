"""What an edit does to every alert: a table of files before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from monitor.rules.load import load
from monitor.rules.merge import Accepted, differences, merge

HEAD = "groups:\n  - name: g\n    every: day\n    rules:\n"
Files = Mapping[str, str]


def file(*rules: str) -> str:
    """A file with rules in one line each."""
    return HEAD + "".join(f"      - {{{rule}}}\n" for rule in rules)


A, A2 = "alert: A, watch: tokens, above: 1", "alert: A, watch: tokens, above: 2"
A_OTHER, A_BROKEN = "alert: A, watch: sum(tokens), above: 1", "alert: A, watch: tokenz, above: 1"
B, B_BROKEN = "alert: B, watch: tokens, below: 1", "alert: B, watch: tokens, below: x y"
NAMELESS, MISNAMED = "watch: tokens, above: 1", "alert: A b, watch: tokens, above: 1"
NO_YAML = "groups: [\n"
BEFORE = {"rules/1.yaml": file(A), "rules/2.yaml": file(B)}
CASES: Mapping[str, tuple[Files, Files, str]] = {
    "nothing was there": ({}, BEFORE, "A new, B new"),
    "nothing changed": (BEFORE, BEFORE, "A same, B same"),
    "a comment": (BEFORE, {**BEFORE, "rules/1.yaml": f"# c\n{file(A)}"}, "A same, B same"),
    "an amount": (BEFORE, {**BEFORE, "rules/1.yaml": file(A2)}, "A changed, B same"),
    "what is watched": (BEFORE, {**BEFORE, "rules/1.yaml": file(A_OTHER)}, "A reset, B same"),
    "the bar of a group": (
        BEFORE,
        {**BEFORE, "rules/1.yaml": file(A).replace("every: day", "every: week")},
        "A reset, B same",
    ),
    "one breaks, another changes": (
        {"rules/1.yaml": file(A, B)},
        {"rules/1.yaml": file(A2, B_BROKEN)},
        "A changed, B kept",
    ),
    "a broken one that never was sound": (
        BEFORE,
        {**BEFORE, "rules/3.yaml": file("alert: C")},
        "A same, B same, C refused",
    ),
    "no YAML": (BEFORE, {"rules/1.yaml": NO_YAML, "rules/2.yaml": file(B)}, "B same, A kept"),
    "an empty file": (BEFORE, {"rules/1.yaml": "", "rules/2.yaml": file(B)}, "B same, A kept"),
    "gone from a sound file": ({"rules/1.yaml": file(A, B)}, {"rules/1.yaml": file(B)}, "B same, A dropped"),
    "its file is gone": (BEFORE, {"rules/2.yaml": file(B)}, "B same, A dropped"),
    "gone from a file where another is broken": (
        {"rules/1.yaml": file(A, B)},
        {"rules/1.yaml": file(B_BROKEN)},
        "B kept, A dropped",
    ),
    "gone from a file with a rule without a name": (
        {"rules/1.yaml": file(A, B)},
        {"rules/1.yaml": file(NAMELESS, B)},
        "B same, A kept",
    ),
    "gone from a file with a name that can not be one": (
        {"rules/1.yaml": file(A, B)},
        {"rules/1.yaml": file(MISNAMED, B)},
        "B same, A kept",
    ),
    "gone from a file with a key that nobody knows": (
        {"rules/1.yaml": file(A, B)},
        {"rules/1.yaml": f"{file(B)}more: x\n"},
        "B same, A kept",
    ),
    "a group without its bar": (
        {"rules/1.yaml": file(A)},
        {"rules/1.yaml": file(A).replace("    every: day\n", "")},
        "A kept",
    ),
    "a group of a bar that does not exist": (
        {"rules/1.yaml": file(A, B)},
        {"rules/1.yaml": file(A).replace("every: day", "every: dya")},
        "A kept, B dropped",
    ),
    "a key written twice": (BEFORE, {**BEFORE, "rules/1.yaml": file(f"{A}, above: 2")}, "A kept, B same"),
    "a name taken twice": (BEFORE, {"rules/0.yaml": file(A2), **BEFORE}, "A kept, B same"),
    "a name taken twice that nobody had": (
        BEFORE,
        {**BEFORE, "rules/3.yaml": file("alert: C, watch: tokens, above: 1", "alert: C, watch: tokens, above: 1")},
        "A same, B same, C refused",
    ),
    "another name": (BEFORE, {**BEFORE, "rules/1.yaml": file(A.replace("A", "C"))}, "C new, B same, A dropped"),
    "moved to another file": (BEFORE, {"rules/2.yaml": file(B, A)}, "B same, A same"),
}


def book(files: Files) -> dict[str, Accepted]:
    """What was taken over of files that were sound."""
    return {each.name: Accepted(each.name, each.path, each.text, 7) for each in load(files.items()).written}


@pytest.mark.parametrize("case", CASES)
def test_what_becomes_of_each_alert(case: str) -> None:
    """In the order of the files, those that are not written any more at the end."""
    before, after, expected = CASES[case]
    edits = merge(load(after.items()), book(before))
    assert ", ".join(f"{edit.alert} {edit.fate}" for edit in edits) == expected


def test_what_stays_is_sound_and_what_is_taken_over_is_compiled() -> None:
    """Law, over the table: what comes from files has a compiled rule, all else that stays a sound last good text."""
    for before, after, _ in CASES.values():
        loaded = load(after.items())
        compiled = {rule.name for rule in loaded.rules}
        for edit in merge(loaded, book(before)):
            assert edit.after is None or edit.alert in compiled
            assert edit.before is None or not load([(edit.before.path, edit.before.text)]).problems


def test_a_folder_that_can_not_be_read_keeps_what_came_from_it() -> None:
    """Case: its files are not there, but nobody took them out; a folder whose name only begins the same is another."""
    loaded = replace(load([]), doubtful=frozenset({"rules/more"}))
    before = book({"rules/more/1.yaml": file(A), "rules/more2/1.yaml": file(B)})
    assert [(edit.alert, edit.fate.value) for edit in merge(loaded, before)] == [("A", "kept"), ("B", "dropped")]


def test_differences_name_keys_with_old_and_new() -> None:
    """Case: by dotted key, the bar as `every`; what is only on one side has nothing on the other."""
    (old,) = load([("r", file("alert: A, watch: tokens, above: 1, labels: {severity: info}"))]).written
    new_text = file("alert: A, watch: tokens, below: 1, labels: {severity: warning}").replace("day", "week")
    (new,) = load([("r", new_text)]).written
    assert list(differences(old, new)) == [
        ("every", "day", "week"),
        ("above", "1", None),
        ("labels.severity", "info", "warning"),
        ("below", None, "1"),
    ]
