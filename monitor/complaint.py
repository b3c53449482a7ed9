"""What pydantic complains of, in the words of the place where it is written."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.layers import Layer, Place, dotted, origin, where

_LONGEST_SHOWN = 60
_NO_TABLE = frozenset({"dict_type", "model_type"})
_TABLES = frozenset({"sources", "receivers", "slack", "influxdb"})  # what stands in them may be a secret


def complaints(
    error: ValidationError,
    model: type[BaseModel],
    layers: tuple[Layer, ...],
    *,
    under: Place = (),
    missing: bool = True,
) -> tuple[str, ...]:
    """One text for each; the model stands at `under` of the settings. What may be a secret is not shown.

    `missing`: whether it is a complaint that something is missing.
    """
    details = error.errors(include_url=False, include_context=False)
    wanted = (detail for detail in details if missing or detail["type"] != "missing")
    return tuple(_complaint(detail, model, layers, under) for detail in wanted)


def unknown(place: Place, known: Iterable[str], layers: tuple[Layer, ...]) -> str:
    """A name that means nothing, with the nearest that does."""
    names = sorted(known)
    near = get_close_matches(place[-1], names, 1)
    if near:
        hint = f"did you mean {near[0]!r}?"
    else:
        hint = f"known: {', '.join(names)}" if names else f"{dotted(place[:-1])} is a single value, not a table"
    return f"{where(place, layers)}: unknown setting\n    {hint}"


def _complaint(detail: ErrorDetails, model: type[BaseModel], layers: tuple[Layer, ...], under: Place) -> str:
    inner = tuple(str(step) for step in detail["loc"])
    place = (*under, *inner)
    if detail["type"] == "extra_forbidden":
        return unknown(place, _names(model, inner[:-1]), layers)
    if detail["type"] == "missing":
        return f"{where(place[:-1], layers)}: {place[-1]!r} is missing"
    if detail["type"] in _NO_TABLE:
        return f"{where(place, layers)}: is a single value, expected a table of settings"
    message = detail["msg"].removeprefix("Value error, ")
    got = "" if message.startswith("got ") else f"got {str(detail['input'])[:_LONGEST_SHOWN]!r}, "
    layer = origin(place, layers)
    if place[0] in _TABLES or (layer is not None and layer.secret):
        got = ""
    return f"{where(place, layers)}: {got}{message[0].lower()}{message[1:]}"


def _names(model: type[BaseModel], place: Place) -> Iterable[str]:
    """The names that may stand at a place of a model."""
    for name in place:
        if name.isdecimal():
            continue  # a place in a list
        kind = model.model_fields[name].annotation if name in model.model_fields else None
        kind = next(iter(get_args(kind)), kind)
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return ()
        model = kind
    return [field.alias or name for name, field in model.model_fields.items()]
