"""Rules as they stand in their files."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from monitor.model.text import one_line
from monitor.model.tree import read
from monitor.rules.rule import Rule

TEXTS = ("alert", "labels", "annotations")
"""Keys of a rule that do not change when it fires."""
_LONGEST = 400  # characters


def excerpt(rule: Rule, files: Mapping[str, str]) -> str:
    """The rule with its comments inside, given the texts of files by path; empty where its file is not among them.

    That is the item of a list that begins at its line, up to the next line that is indented no deeper.
    """
    below = files.get(rule.path, "").split("\n")[rule.line - 1 :]
    if not below:
        return ""
    indent = _indent(below[0])
    taken = [below[0]]
    for line in below[1:]:
        if line.strip() and _indent(line) <= indent:
            break
        taken.append(line)
    return textwrap.dedent("\n".join(taken)).rstrip()


def condensed(rule: Rule, files: Mapping[str, str]) -> str:
    """`watch: sum(tokens), above: 3T`: what it fires on, in one line; only what it watches where there is no file."""
    tree = read(excerpt(rule, files), rule.path)
    told = [(keys, scalar.value) for (_, *keys), scalar in tree.scalars.items() if keys and keys[0] not in TEXTS]
    said = [f"{'.'.join(map(str, keys))}: {value}" for keys, value in told] or [f"watch: {rule.text}"]
    return one_line(", ".join(said), _LONGEST)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
