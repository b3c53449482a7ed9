"""Text → expression. Python's call syntax, a closed vocabulary; anything else is refused with its column."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from monitor.model.matcher import Matcher
from monitor.model.metric import METRICS
from monitor.model.quantity import span
from monitor.rules.expression.across import AGGREGATES, Aggregate, Rank, Share, Top
from monitor.rules.expression.arithmetic import Binary
from monitor.rules.expression.nodes import Expression, Number, Select, facts_in, narrowed
from monitor.rules.expression.over import Ago, Over
from monitor.rules.expression.windows import WINDOWS
from monitor.rules.words import nearest

LENGTH_LIMIT = 2_000
DEPTH_LIMIT = 30
CATALOG_LABELS = ("vendor", "family", "origin", "country", "open", "variant", "name")
_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_WINDOWED = {("avg" if name == "mean" else name) + "_over": name for name in WINDOWS}
_FOREIGN = "#\\"  # comments and escapes
_SHOWN = 60


class ExpressionError(ValueError):
    """What is wrong with an expression, at which column (characters from 0), and the nearest right word."""

    def __init__(self, column: int, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.column = column
        self.message = message
        self.hint = hint


def parse(text: str) -> Expression:
    """The expression that `text` says; raises ExpressionError."""
    if len(text) > LENGTH_LIMIT:
        raise ExpressionError(0, f"{len(text):,} characters, expected at most {LENGTH_LIMIT:,}")
    for sign in _FOREIGN:
        if sign in text:
            raise ExpressionError(text.index(sign), f"'{sign}' is not part of the language")
    lead = len(text) - len(text.lstrip())
    line = " ".join(text.strip().splitlines())
    try:
        tree = ast.parse(line, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        column = max((getattr(error, "offset", None) or 1) - 1, 0)
        raise ExpressionError(lead + column, f"not an expression: {getattr(error, 'msg', error)}") from None
    return _Parser(line, lead).node(tree, 0)


@dataclass(frozen=True, slots=True)
class _Parser:
    """One walk over Python's syntax tree of `line`, which stands `lead` characters into the text."""

    line: str
    lead: int

    def fail(self, tree: ast.expr | ast.keyword, message: str, hint: str | None = None) -> ExpressionError:
        """What to raise for a fault at a part of the tree."""
        before = self.line.encode()[: tree.col_offset].decode()  # Python counts bytes
        return ExpressionError(self.lead + len(before), message, hint)

    def node(self, tree: ast.expr, depth: int) -> Expression:
        """Any expression."""
        if depth > DEPTH_LIMIT:
            raise self.fail(tree, f"nested deeper than {DEPTH_LIMIT}")
        if isinstance(tree, ast.Name):
            return self._metric(tree, tree.id)
        if isinstance(tree, ast.Constant) and type(tree.value) in (int, float):
            return self._number(tree, float(str(tree.value)))
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub) and isinstance(tree.operand, ast.Constant):
            inner = self.node(tree.operand, depth + 1)
            return Number(-inner.value) if isinstance(inner, Number) else inner
        if isinstance(tree, ast.BinOp) and type(tree.op) in _SIGNS:
            return self._binary(tree, depth)
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
            return self._call(tree, tree.func.id, depth)
        raise self.fail(tree, f"'{self._shown(tree)}' is not part of the language")

    def _number(self, tree: ast.expr, value: float) -> Number:
        if not math.isfinite(value):
            raise self.fail(tree, "the number is too large")
        return Number(value)

    def _metric(self, tree: ast.expr, name: str) -> Select:
        if name in _FUNCTIONS:
            raise self.fail(tree, f"'{name}' is a function", f"write {name}(…)")
        if name not in METRICS:
            raise self.fail(tree, f"unknown metric '{name[:_SHOWN]}'", nearest(name, (*METRICS, *_FUNCTIONS)))
        return Select(name)

    def _binary(self, tree: ast.BinOp, depth: int) -> Binary:
        left, right = self._amount(tree.left, depth + 1), self._amount(tree.right, depth + 1)
        sign = _SIGNS[type(tree.op)]
        units = {side.unit for side in (left, right) if not isinstance(side, Number)}
        if sign in "+-" and len(units) > 1:
            got = " and ".join(sorted(units))
            raise self.fail(tree, f"mixed units: {got} can not be added or subtracted")
        return Binary(sign, left, right)

    def _call(self, tree: ast.Call, name: str, depth: int) -> Expression:
        names = [keyword.arg for keyword in tree.keywords]
        for place, keyword in enumerate(tree.keywords):
            if keyword.arg in names[:place]:
                raise self.fail(keyword, f"'{(keyword.arg or '**')[:_SHOWN]}' is written twice")
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](self, tree, name, depth)
        select = self._metric(tree.func, name)
        if tree.args:
            raise self.fail(tree.args[0], f'{name}(…) takes labels only, as label="value"')
        return Select(name, self._matchers(tree.keywords, labels_of(select)))

    def aggregate(self, tree: ast.Call, name: str, depth: int) -> Expression:
        """`sum(x, by="label", label="v")`."""
        argument = self._argument(tree, name, depth, 1)
        rest = [keyword for keyword in tree.keywords if keyword.arg != "by"]
        matchers = self._matchers(rest, labels_of(argument))
        return Aggregate(_of_sources(argument, matchers), name, self._by(tree, argument), matchers)

    def share(self, tree: ast.Call, name: str, depth: int) -> Expression:
        """`share(x, by="label", of="all")`."""
        argument = self._argument(tree, name, depth, 1)
        by, of = self._by(tree, argument), self._of(tree)
        if not by:
            raise self.fail(tree, f'{name} needs by="label"', 'for example share(tokens, by="family")')
        rest = [keyword for keyword in tree.keywords if keyword.arg not in ("by", "of")]
        matchers = self._matchers(rest, ("source", *by))
        return Share(_of_sources(argument, matchers), by, of, matchers)

    def rank(self, tree: ast.Call, name: str, depth: int) -> Expression:
        """`rank(x, by="label")`."""
        self._no_keywords(tree, name, ("by",))
        argument = self._argument(tree, name, depth, 1)
        return Rank(argument, self._by(tree, argument))

    def top(self, tree: ast.Call, name: str, depth: int) -> Expression:
        """`top(n, x)`."""
        self._no_keywords(tree, name, ())
        count = tree.args[0].value if tree.args and isinstance(tree.args[0], ast.Constant) else None
        if len(tree.args) != 2 or type(count) is not int or count < 1:  # noqa: PLR2004
            raise self.fail(tree, f"{name} takes a whole number and an expression", "for example top(9, tokens)")
        return Top(self._amount(tree.args[1], depth + 1), count)

    def over(self, tree: ast.Call, name: str, depth: int) -> Expression:
        """`avg_over(x, "7d")`."""
        self._no_keywords(tree, name, ())
        return Over(self._argument(tree, name, depth, 2), _WINDOWED[name], self._span(tree))

    def ago(self, tree: ast.Call, name: str, depth: int) -> Expression:
        """`ago(x, "7d")`."""
        self._no_keywords(tree, name, ())
        return Ago(self._argument(tree, name, depth, 2), self._span(tree))

    def _argument(self, tree: ast.Call, name: str, depth: int, count: int) -> Expression:
        if len(tree.args) != count:
            raise self.fail(tree, f"{name} takes {count} value(s) in front, got {len(tree.args)}")
        return self._amount(tree.args[0], depth + 1)

    def _amount(self, tree: ast.expr, depth: int) -> Expression:
        """An expression that can be calculated with."""
        found = self.node(tree, depth)
        for fact in facts_in(found):
            hint = f"watch: {fact}, with changes or appears"
            raise self.fail(tree, f"'{fact}' is a fact, nothing to calculate with", hint)
        return found

    def _span(self, tree: ast.Call) -> int:
        text = tree.args[1]
        try:
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                return span(text.value)
        except ValueError as error:
            raise self.fail(text, str(error)) from None
        raise self.fail(text, f'got {self._shown(text)}, expected a span such as "7d"')

    def _by(self, tree: ast.Call, argument: Expression) -> tuple[str, ...]:
        keyword = next((keyword for keyword in tree.keywords if keyword.arg == "by"), None)
        known = labels_of(argument)
        texts = () if keyword is None else self._texts(keyword)
        for node, name in texts:
            if name not in known:
                raise self.fail(node, f"unknown label '{name[:_SHOWN]}'", nearest(name, known))
        return tuple(dict.fromkeys(name for _, name in texts))

    def _of(self, tree: ast.Call) -> str:
        keyword = next((keyword for keyword in tree.keywords if keyword.arg == "of"), None)
        names = ["all"] if keyword is None else [name for _, name in self._texts(keyword)]
        if keyword is not None and names not in (["all"], ["identified"]):
            raise self.fail(keyword.value, f"got of={self._shown(keyword.value)}", 'expected "all" or "identified"')
        return names[0]

    def _matchers(self, keywords: Iterable[ast.keyword], known: Iterable[str]) -> tuple[Matcher, ...]:
        matchers = []
        for keyword in keywords:
            if keyword.arg is None:
                raise self.fail(keyword, "'**' is not part of the language")
            if keyword.arg not in known:
                raise self.fail(keyword, f"unknown label '{keyword.arg[:_SHOWN]}'", nearest(keyword.arg, known))
            matchers.append(Matcher(keyword.arg, tuple(text for _, text in self._texts(keyword))))
        return tuple(matchers)

    def _texts(self, keyword: ast.keyword) -> list[tuple[ast.expr, str]]:
        """The text or texts behind a keyword, each with its place."""
        nodes = keyword.value.elts if isinstance(keyword.value, ast.List) else [keyword.value]
        texts: list[tuple[ast.expr, str]] = [
            (each, each.value) for each in nodes if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        if len(texts) != len(nodes) or not texts or not all(text for _, text in texts):
            got = f"{keyword.arg}={self._shown(keyword.value)}"
            raise self.fail(keyword.value, f"got {got}, expected text in quotes or a list of it")
        return texts

    def _no_keywords(self, tree: ast.Call, name: str, allowed: tuple[str, ...]) -> None:
        for keyword in tree.keywords:
            if keyword.arg not in allowed:
                raise self.fail(keyword, f"{name} does not take '{keyword.arg or '**'}'")

    def _shown(self, tree: ast.expr) -> str:
        """The text of a part, not too much of it."""
        return self.line.encode()[tree.col_offset : tree.end_col_offset].decode()[:_SHOWN]


_Build = Callable[[_Parser, ast.Call, str, int], Expression]
_FUNCTIONS: dict[str, _Build] = {
    **dict.fromkeys(AGGREGATES, _Parser.aggregate),
    **dict.fromkeys(_WINDOWED, _Parser.over),
    "share": _Parser.share,
    "rank": _Parser.rank,
    "top": _Parser.top,
    "ago": _Parser.ago,
}


def _of_sources(argument: Expression, matchers: Iterable[Matcher]) -> Expression:
    """What is grouped, of the sources only that the matchers leave: sources are never added up, so that is the same."""
    for matcher in matchers:
        argument = narrowed(argument, matcher) if matcher.label == "source" else argument
    return argument


def labels_of(expression: Expression) -> tuple[str, ...]:
    """Every label that members of an expression can have."""
    if isinstance(expression, Aggregate | Share) or (isinstance(expression, Rank) and expression.by):
        return ("source", *expression.by)
    if isinstance(expression, Binary):
        return tuple(dict.fromkeys((*labels_of(expression.left), *labels_of(expression.right))))
    if isinstance(expression, Select):
        return tuple(dict.fromkeys((*METRICS[expression.metric].identity, *CATALOG_LABELS)))
    return labels_of(expression.argument) if isinstance(expression, Top | Rank | Over | Ago) else ()
