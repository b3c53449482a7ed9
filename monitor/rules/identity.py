"""What makes a rule the rule it is: as long as that stays, an edit keeps what is remembered of it.

It is its name, its bar, what is watched and which condition is asked of it. How much is asked (amounts, spans,
margins), how long, of whom, and how it is told are not. It is made from the rule as written rather than from what the
program makes of it, so that a newer program finds the same.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping

from monitor.rules.expression.parse import ExpressionError, parse
from monitor.rules.written import Written

_FREE = frozenset(
    {
        *("for", "keep_firing_for", "until", "after", "confirm", "notify", "labels", "annotations", "levels"),
        *("overrides", "margin", "floor", "min_change", "max_gap", "gap", "absent_for"),
    }
)
"""Keys of a rule that can be edited at will."""
_POLICIES = frozenset({"keep", "ok", "fire"})
"""Of `absent` as an option; with a span it is a condition."""
_LEVEL_WITH = frozenset({"above", "below", "inside", "outside"})
"""Conditions that remember nothing: what clears by one of them can come, go and change at will."""
_AMOUNT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[-+]?[$]?(?:[0-9]+(?:[.][0-9]+)?|[.][0-9]+)\s*(?:%|points?\b|bars?\b|[A-Za-z]\b)?"
)
"""A date, a number with its unit, a span."""
_MASK = "#"


def identity(rule: Written) -> str:
    """A stable text; two versions of a rule with the same are one rule. `rule` is sound."""
    return json.dumps(_parts(rule), sort_keys=True, ensure_ascii=False)


def causes(before: Written, after: Written) -> tuple[str, ...]:
    """The keys in which two versions are different rules; none if they are one."""
    old, new = _parts(before), _parts(after)
    return tuple(key for key in dict.fromkeys((*old, *new)) if old.get(key) != new.get(key))


def canonical(text: str) -> str:
    """An expression without what does not matter: blanks, quotes, parentheses, the order of labels, 1.0 for 1."""
    line = " ".join(text.strip().splitlines())
    return ast.unparse(_Canonical().visit(ast.parse(line, mode="eval")))


class _Canonical(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.Call:
        """Labels in the order of their names."""
        self.generic_visit(node)
        node.keywords.sort(key=lambda keyword: keyword.arg or "")
        return node

    def visit_List(self, node: ast.List) -> ast.expr:
        """A list of one is that one; others in one order."""
        self.generic_visit(node)
        node.elts.sort(key=ast.unparse)
        return node.elts[0] if len(node.elts) == 1 else node

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        """One way to write a number."""
        return ast.Constant(float(node.value)) if isinstance(node.value, int | float) else node


def _parts(rule: Written) -> dict[str, object]:
    return {
        "every": rule.around.get("every"),
        **{key: _part(key, body) for key, body in rule.keys.items() if _belongs(key, body)},
    }


def _belongs(key: str, body: object) -> bool:
    if key == "clear":
        return isinstance(body, Mapping) and not body.keys() <= _LEVEL_WITH
    return key not in _FREE and not (key == "absent" and body in _POLICIES)


def _part(key: str, body: object) -> object:
    """What stands at a key, without amounts."""
    if isinstance(body, Mapping):
        return {name: _part(name, each) for name, each in body.items() if name not in _FREE}
    if isinstance(body, list):
        return [_part(key, each) for each in body]
    text = str(body)
    return canonical(text) if key == "watch" or _names_a_metric(text) else _AMOUNT.sub(_MASK, " ".join(text.split()))


def _names_a_metric(text: str) -> bool:
    try:
        return bool(parse(text).selects)
    except ExpressionError:
        return False
