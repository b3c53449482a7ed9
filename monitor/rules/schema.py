"""rules.schema.json: the shape of rule files for editors, made of the documents and of what conditions say."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from monitor.model.alert import SEVERITIES
from monitor.model.bar import Bar
from monitor.model.transition import CLAIMED, CONFIRMED
from monitor.rules.conditions import Kinds, kinds
from monitor.rules.document import OPTIONS, RuleDocument
from monitor.rules.shapes import (
    DAY,
    HOLD,
    HOLD_OF,
    SPAN,
    Shape,
    amount,
    either,
    entries,
    operand,
    text,
    words,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ONE = "expected exactly one condition, such as above, crosses_below or falls"
_CONDITION: Shape = {"$ref": "#/$defs/condition"}
_SCALAR: Shape = {"type": ["string", "number", "boolean"]}
_POLICIES = ("keep", "ok", "fire")
_GAPS = ("flag", "fire", "ignore")
_PREVIOUS = r"^\s*(previous|last notice|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,9}\s*[mhdw]\s+ago"
_AGAINST = _PREVIOUS + r"|(mean|median|min|max)\s+of\s+[0-9]{1,9}\s*[mhdw])\s*$"
_EXPRESSIONS = ('sum(tokens, vendor="deepseek")', 'share(tokens, by="family")', "price_output", 'tokens(model="*")')
_SUMMARY = "{{ labels.model }} fell from {{ reference | usd }} to {{ value | usd }} ({{ change | percent }})"


def schema() -> dict[str, object]:
    """The whole of it, in JSON Schema 2020-12."""
    known = kinds()
    return {
        "$schema": DIALECT,
        "title": "Rules of the Model Market Monitor",
        **entries({"groups": _list("group", "rules that share a bar")}, "a rule file", required=["groups"]),
        "$defs": {"group": _group(), "rule": _rule(known), "condition": _nested(known)},
    }


def conditions(known: Kinds) -> dict[str, Shape]:
    """By condition key, the shape of what stands behind it, as its module's `SCHEMA` says."""
    modules = {key: import_module(build.__module__) for key, build in sorted(known.builds.items())}
    return {key: getattr(module, "SCHEMA", {}).get(key, _SCALAR) for key, module in modules.items()}


def _group() -> Shape:
    name = {
        "type": "string",
        "minLength": 1,
        "description": "for people: what the rules are about",
        "examples": ["prices"],
    }
    every = words(list(Bar), "the bar: each whole one is judged when its source calls it complete", "week", "day")
    rules = _list("rule", "each watches one expression and has one condition")
    return entries(
        {"name": name, "every": every, "rules": rules}, "rules that share a bar", required=["name", "every", "rules"]
    )


def _list(of: str, description: str) -> Shape:
    return {"type": "array", "minItems": 1, "items": {"$ref": f"#/$defs/{of}"}, "description": description}


def _rule(known: Kinds) -> Shape:
    """An alert: its options, and exactly one condition."""
    options = {name: {**shape, "description": _described(name)} for name, shape in _options().items()}
    found = conditions(known)
    both = {name: either(_described(name), options[name], found[name]) for name in options.keys() & found.keys()}
    properties = {**options, **found, **both}
    return {**entries(properties, "one alert", required=["alert", "watch"]), "oneOf": _one_of(found, both)}


def _nested(known: Kinds) -> Shape:
    """A condition within a rule: one condition key, and beside it only what belongs to that."""
    found = conditions(known)
    taken = {name for names in known.options.values() for name in names}
    options = {name: {**shape, "description": _described(name)} for name, shape in _options().items() if name in taken}
    return {**entries({**options, **found}, "exactly one condition"), "oneOf": _one_of(found, {})}


def _one_of(found: Mapping[str, Shape], both: Mapping[str, Shape]) -> list[Shape]:
    """Exactly one condition key; one that is an option's name too counts where it has a condition's shape."""
    return [
        {"required": [key], "errorMessage": _ONE, **({"properties": {key: shape}} if key in both else {})}
        for key, shape in found.items()
    ]


def _described(option: str) -> str:
    names = {(field.alias or name): field.description for name, field in RuleDocument.model_fields.items()}
    return names.get(option) or ""


def _options() -> dict[str, Shape]:
    """By option, the shape of its value; those alone that a rule may have."""
    return {name: _OPTIONS.get(name, {**_SCALAR, "examples": []}) for name in OPTIONS}


_TEXTS: Shape = {
    "type": "object",
    "properties": {
        "summary": {**_SCALAR, "description": "one line: what happened", "examples": [_SUMMARY]},
        "description": {**_SCALAR, "description": "more, where there is more to say", "examples": ["{{ alert }}"]},
    },
    "additionalProperties": _SCALAR,
    "examples": [{"summary": _SUMMARY}],
}
_LABELS: Shape = {
    "type": "object",
    "properties": {"severity": words(SEVERITIES, "how much it matters", "warning")},
    "additionalProperties": _SCALAR,
    "examples": [{"severity": "warning", "topic": "price"}],
}
_LEVEL: Shape = {
    "description": "the amount for that severity, or {at: amount, clear: {condition}}",
    "examples": ["5%", {"at": "2%", "clear": {"above": "2.5%"}}],
    "anyOf": [
        {"type": ["string", "number"]},
        entries(
            {"at": operand("the amount", "5%"), "clear": _CONDITION}, "an amount and what ends it", required=["at"]
        ),
    ],
}
_OVERRIDE: Shape = {
    "type": "object",
    "required": ["match"],
    "properties": {
        "match": {"type": "object", "minProperties": 1, "description": "labels of the members meant: a text or a list"}
    },
}
_OPTIONS: Mapping[str, Shape] = {
    "alert": text(r"^[A-Za-z_][A-Za-z0-9_]*$", "", "DeepSeekOvertakesOpenAI"),
    "watch": {"type": "string", "minLength": 1, "examples": list(_EXPRESSIONS)},
    "for": text(HOLD_OF, "", "2 bars", "3d"),
    "clear": {**_CONDITION, "examples": [{"above": "1.2%"}]},
    "keep_firing_for": text(HOLD, "", "7d", "2 bars"),
    "margin": amount("", "1%", "50B"),
    "floor": amount("", "100B", "1%"),
    "min_change": amount("", "$0.05", "10B"),
    "against": text(_AGAINST, "", "previous", "7d ago", "mean of 28d"),
    "labels": _LABELS,
    "annotations": _TEXTS,
    "levels": {
        "type": "object",
        "properties": dict.fromkeys(SEVERITIES, _LEVEL),
        "additionalProperties": False,
        "minProperties": 1,
        "examples": [{"warning": "5%", "critical": "2%"}],
    },
    "overrides": {
        "type": "array",
        "items": _OVERRIDE,
        "minItems": 1,
        "examples": [[{"match": {"family": "llama"}, "below": "0.5%"}]],
    },
    "absent": words(_POLICIES, "", "ok"),
    "absent_for": text(HOLD, "", "2 bars"),
    "max_gap": text(HOLD, "", "3 bars", "7d"),
    "gap": words(_GAPS, "", "flag"),
    "until": text(DAY, "", "2027-03-31"),
    "confirm": {
        **entries(
            {
                "by": words(
                    ("list_price",), "an independent list of prices, or the author's own endpoint", "list_price"
                ),
                "within": text(SPAN, "how long a claim waits for that", "14d"),
            },
            "",
        ),
        "examples": [{"by": "list_price", "within": "14d"}],
    },
    "notify": words((CLAIMED, CONFIRMED), "", CONFIRMED),
    "after": {
        **entries(
            {
                "alert": {"type": "string", "description": "the other alert", "examples": ["PriceCut"]},
                "within": text(SPAN, "how soon after it", "14d"),
                "same": {
                    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
                    "description": "labels in which both must agree",
                    "examples": ["model"],
                },
            },
            "",
            required=["alert", "within"],
        ),
        "examples": [{"alert": "PriceCut", "within": "14d", "same": "model"}],
    },
}
"""By option, whatever a rule can have; descriptions are those of the document's fields."""
