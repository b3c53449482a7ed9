"""Rule files as they lie on disk: one that can not be read costs the others nothing, and a change is seen."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.files import Watch, load_rules, rule_texts, rules_look

RULE = "groups:\n  - name: g\n    every: day\n    rules:\n      - {alert: NAME, watch: tokens, above: 1}\n"


def rule(name: str) -> str:
    return RULE.replace("NAME", name)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rules in two files, one of them further down."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "rules"
    (folder / "more").mkdir(parents=True)
    (folder / "a.yaml").write_text(rule("A"))
    (folder / "more" / "b.yaml").write_text(rule("B"))
    return folder


def test_one_file_that_is_no_text_costs_the_others_nothing(folder: Path) -> None:
    """Case: the rest of the folder is read, and which file is in doubt is said by its absolute path."""
    (folder / "a.yaml").write_bytes(b"\xff")
    loaded = load_rules([Path("rules")])
    assert [each.name for each in loaded.rules] == ["B"]
    assert [str(each) for each in loaded.problems] == ["rules/a.yaml: byte 1 is not UTF-8\n    save the file as UTF-8"]
    assert loaded.doubtful == {str(folder / "a.yaml")}
    assert [each.path for each in loaded.written] == [str(folder / "more" / "b.yaml")]


def test_a_folder_that_can_not_be_read_is_a_problem_not_an_empty_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case: below a folder that can; what was found elsewhere is read."""
    scan = os.scandir

    def refusing(path: str) -> object:
        if os.fspath(path).endswith("more"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)
    loaded = load_rules([folder])
    assert [each.name for each in loaded.rules] == ["A"]
    assert [str(each) for each in loaded.problems] == ["rules/more: can not be read: Permission denied"]
    assert loaded.doubtful == {str(folder / "more")}


def test_what_editors_leave_beside_a_file_is_no_rule_file(folder: Path) -> None:
    """Case: a lock of Emacs (a link to nowhere), a swap file of Vim, a hidden folder."""
    (folder / ".#a.yaml").symlink_to("somebody@somewhere.1")
    (folder / ".a.yaml.swp").write_text("x")
    (folder / "a.yaml~").write_text("x")
    (folder / ".git").mkdir()
    (folder / ".git" / "c.yaml").write_text("x")
    texts = rule_texts([folder])
    assert [path for path, _ in texts.files] == ["rules/a.yaml", "rules/more/b.yaml"]
    assert texts.problems == ()


def replaced(path: Path) -> None:
    """As many editors save: another file of the same length and time takes its place."""
    before = path.stat()
    new = path.with_suffix(".new")
    new.write_text(path.read_text())
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.rename(path)


EDITS: dict[str, Callable[[Path], object]] = {
    "written": lambda folder: (folder / "a.yaml").write_text(rule("Longer")),
    "touched": lambda folder: os.utime(folder / "a.yaml", (1, 1)),
    "replaced": lambda folder: replaced(folder / "a.yaml"),
    "deleted": lambda folder: (folder / "more" / "b.yaml").unlink(),
    "added": lambda folder: (folder / "more" / "c.yaml").write_text(rule("C")),
    "all gone": lambda folder: folder.rename(folder.with_name("moved")),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_change_is_seen_once_it_has_settled(folder: Path, edit: str) -> None:
    """At the second look that finds the same; never while nothing changed, and not again after it was read."""
    watch = Watch(lambda: rules_look([folder]))
    watch.note()
    assert [watch.changed() for _ in range(3)] == [False, False, False]
    EDITS[edit](folder)
    assert [watch.changed() for _ in range(3)] == [False, True, True]
    watch.note()
    assert [watch.changed() for _ in range(2)] == [False, False]


def test_a_file_that_is_still_being_written_is_left_alone() -> None:
    """Case: as long as every look finds something else, nothing is taken over."""
    looks = iter("aabcdd")
    watch = Watch(lambda: next(looks))
    watch.note()
    assert [watch.changed() for _ in range(5)] == [False, False, False, False, True]
