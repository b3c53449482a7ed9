"""What stands behind a key, as JSON Schema: the shapes that the parts of a rule file have, for editors.

Only shapes: that a unit fits or an expression parses is told by `monitor check`. Numbers may be written bare, so a
pattern here binds what is text alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Shape = Mapping[str, object]

_DIGITS = r"([0-9]+(\.[0-9]+)?|\.[0-9]+)"
_SPAN = r"[0-9]{1,9}\s*[mhdw]"
_BARS = r"[0-9]{1,9}\s*bars?"
AMOUNT = rf"^\s*[+-]?(\$?{_DIGITS}\s*[kKMBT]?|{_DIGITS}\s*(%|points?))\s*$"
"""`12`, `1%`, `2 points`, `350B`, `$0.44`."""
PART = rf"^\s*\+?{_DIGITS}\s*(%|points?)\s*$"
"""`20%`, `2 points`."""
SPAN = rf"^\s*{_SPAN}\s*$"
"""`24h`, `7d`."""
HOLD = rf"^\s*({_BARS}|{_SPAN})\s*$"
"""`2 bars`, `3d`."""
HOLD_OF = rf"^\s*([0-9]{{1,9}}\s+of\s+{_BARS}|{_BARS}|{_SPAN})\s*$"
"""`2 of 3 bars`, or as above."""
DAY = r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$"
"""`2027-03-31`."""


def operand(description: str, *examples: object) -> Shape:
    """A number or an expression."""
    return {"type": ["string", "number"], "minLength": 1, **_told(description, examples)}


def amount(description: str, *examples: object) -> Shape:
    """A number, with a unit or without."""
    return {"type": ["string", "number"], "pattern": AMOUNT, **_expected(examples), **_told(description, examples)}


def count(description: str, *examples: object) -> Shape:
    """A whole number of 1 or more."""
    whole: Shape = {"type": ["integer", "string"], "minimum": 1, "pattern": "^[0-9]+$"}
    return {**whole, **_expected(examples), **_told(description, examples)}


def text(pattern: str, description: str, *examples: object) -> Shape:
    """Text of a pattern."""
    return {"type": "string", "pattern": pattern, **_expected(examples), **_told(description, examples)}


def words(known: Iterable[object], description: str, *examples: object) -> Shape:
    """One of a few words."""
    return {"enum": list(known), **_told(description, examples)}


def yes(description: str) -> Shape:
    """The word `true` alone."""
    return {"const": True, **_told(description, [True])}


def either(description: str, *shapes: Shape) -> Shape:
    """What has one of several shapes; its examples are theirs."""
    plain = [{key: value for key, value in shape.items() if key not in ("description", "examples")} for shape in shapes]
    examples = [example for shape in shapes for example in _examples(shape)]
    return {"anyOf": plain, **_told(description, examples)}


def entries(
    properties: Mapping[str, Shape], description: str, *examples: object, required: Iterable[str] = ()
) -> Shape:
    """Keys with what belongs to them, and no others."""
    keys: dict[str, object] = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    wanted = list(required)
    return {**keys, **({"required": wanted} if wanted else {}), **_told(description, examples)}


def _expected(examples: Iterable[object]) -> dict[str, object]:
    """What editors say in place of the pattern; others take no notice of that key."""
    return {"errorMessage": f"expected something like {' or '.join(map(str, examples))}"}


def _told(description: str, examples: Iterable[object]) -> dict[str, object]:
    return {"description": description, "examples": list(examples)}


def _examples(shape: Shape) -> list[object]:
    found = shape.get("examples")
    return found if isinstance(found, list) else []


def listed_conditions(description: str, *examples: object) -> Shape:
    """A list of conditions, each with its options beside it."""
    items: Shape = {"$ref": "#/$defs/condition"}
    return {"type": "array", "minItems": 1, "items": items, **_told(description, examples)}


def pair_of_limits(description: str, *examples: object) -> Shape:
    """Two numbers or expressions."""
    items: Shape = {"type": ["string", "number"], "minLength": 1}
    return {"type": "array", "minItems": 2, "maxItems": 2, "items": items, **_told(description, examples)}
