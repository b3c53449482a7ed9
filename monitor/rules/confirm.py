"""The options `confirm` and `notify` as they are written → the condition that waits for a second source."""

from __future__ import annotations

from monitor.model.metric import PRICES
from monitor.model.quantity import span
from monitor.model.transition import CLAIMED, CONFIRMED
from monitor.rules.conditions.change import Change
from monitor.rules.conditions.condition import Condition
from monitor.rules.document import RuleDocument
from monitor.rules.expression.nodes import Expression, Select
from monitor.rules.reader import Reader
from monitor.rules.wrappers.confirmed import Confirmed

_CHANGES = ("rises", "falls", "moves")
_BY, _CERTAINTIES = "list_price", (CLAIMED, CONFIRMED)
_WITHIN = "14d"  # where nothing is written


def confirmed(reader: Reader, document: RuleDocument, condition: Condition, watch: Expression) -> Condition:
    """A change of a price that several sources can show; what is wrong becomes a problem of `reader`."""
    (key,), fail = document.conditions, reader.fail
    written = document.confirm
    if written is None:
        raise fail(("notify",), "has no meaning without confirm", at_key=True)
    if key not in _CHANGES or not isinstance(watch, Select) or watch.metric not in PRICES:
        hint = "it takes watch: price_output and falls, rises or moves"
        raise fail(("confirm",), f"has no meaning for '{key}' of '{document.watch}'", hint, at_key=True)
    unknown = sorted(written.keys() - {"by", "within"})
    if unknown or written.get("by", _BY) != _BY:
        hint = "for example confirm: {by: list_price, within: 14d}"
        raise fail(("confirm", *(unknown[:1] or ["by"])), "expected by: list_price and within: a span", hint)
    if document.notify not in (None, *_CERTAINTIES):
        raise fail(("notify",), f"got '{document.notify}'", f"expected {' | '.join(_CERTAINTIES)}")
    within = reader.read(("confirm", "within"), written.get("within", _WITHIN), span)
    move = condition.move if isinstance(condition, Change) else None
    by_source = any(each.label == "source" for each in watch.matchers)
    return Confirmed(condition, watch.metric, move, within, document.notify == CONFIRMED, by_source)
