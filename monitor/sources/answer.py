"""Strict reading of a JSON answer: a fault names the field, what was got and what was expected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Never, TypeVar

from monitor.errors import ContractError

_T = TypeVar("_T")
_SHOWN = 60  # characters of a wrong value that are shown
_NAMES: Mapping[type, str] = {dict: "an object", list: "a list", str: "a text"}


@dataclass(frozen=True, slots=True)
class Place:
    """A value at a path of an answer; `path` is empty for the whole."""

    source: str
    path: str
    value: object

    def fault(self, expected: str) -> ContractError:
        """The error that says this is not what was expected."""
        path = self.path or "the answer"
        return ContractError(f"{self.source}: {path}: got {shown(self.value)}, expected {expected}")

    def of(self, kind: type[_T]) -> _T:
        """The value, if it is of that JSON type (dict, list or str); raises ContractError."""
        if not isinstance(self.value, kind):
            raise self.fault(_NAMES[kind])
        return self.value

    def at(self, name: str) -> Place:
        """A member that must be there; raises ContractError."""
        holder = self.of(dict)
        if name not in holder:
            raise self.fault(f"the key {name!r}")
        return Place(self.source, f"{self.path}.{name}" if self.path else name, holder[name])

    def get(self, name: str) -> Place | None:
        """A member; None where it is not there or null. Raises SourceError where this is no object."""
        return self.at(name) if self.of(dict).get(name) is not None else None

    def members(self) -> list[tuple[Place, Place]]:
        """The keys and values of an object that must not be empty, all as places; raises SourceError."""
        values = self.of(dict)
        if not values:
            raise self.fault("at least one entry")
        paths = {key: f"{self.path}[{shown(key)}]" for key in values}
        return [(Place(self.source, paths[key], key), Place(self.source, paths[key], values[key])) for key in values]

    def items(self) -> list[Place]:
        """The places of a list that must not be empty; raises ContractError."""
        values = self.of(list)
        if not values:
            raise self.fault("at least one entry")
        return [Place(self.source, f"{self.path}[{number}]", value) for number, value in enumerate(values)]


def decoded(source: str, body: bytes) -> Place:
    """The whole of a JSON answer, its numbers as int or Decimal, never as binary floats.

    Raises ContractError for anything else (HTML, cut off, NaN, nested without end).
    """
    start = body[:_SHOWN].decode("utf-8", "replace")
    try:
        return Place(source, "", json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant))
    except (ValueError, RecursionError) as error:
        reason = str(error) or type(error).__name__
    if start.lstrip().startswith("<"):
        reason = "it looks like HTML"
    raise ContractError(f"{source}: the answer: got {len(body):,} bytes beginning {start!r}, expected JSON ({reason})")


def shown(value: object) -> str:
    """A wrong value as it may stand in a message: short, on one line; of objects and lists only the kind."""
    if isinstance(value, dict):
        return f"an object with the keys {shown(sorted(map(str, value))[:5])}" if value else "an empty object"
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        return f"a list of {len(value)}"
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is no JSON")
