"""Settings as they may be shown: each with where it was set, no secret among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, SecretStr

from monitor.adapters import Adapter, Adapters
from monitor.layers import Place, dotted, origin
from monitor.settings import Settings

_MASK = "•••"
_QUERY = re.compile(r"(?<=\S)\?\S+")  # of an address: it may hold a key
_TABLES = frozenset({"sources", "receivers", "slack", "influxdb"})


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting: its dotted name, its value as text, and who set it; empty = it is the default."""

    name: str
    value: str
    origin: str


def shown(settings: Settings, found: Adapters) -> Iterator[Shown]:
    """Every setting of the process and of the adapters that are on, in the order of their names."""
    every = dict(_leaves(settings, ()))
    for table, adapters in (("sources", found.sources), ("receivers", found.receivers), ("", found.sinks)):
        for name, adapter in adapters.items():
            every |= dict(_of_adapter(_place(settings, table, name), adapter))
    for place, value in sorted(every.items()):
        layer = origin(place, settings.layers)
        set_there = layer is not None and layer.depth(place) == len(place)
        yield Shown(dotted(place), value, layer.spell(place) if layer and set_there else "")


def _place(settings: Settings, table: str, name: str) -> Place:
    """Where an adapter's table stands: one receiver may have a table of its own."""
    own = table == "receivers" and name not in settings.receivers
    return (name,) if own or not table else (table, name)


def _of_adapter(place: Place, adapter: Adapter) -> Iterator[tuple[Place, str]]:
    yield from _leaves(adapter.config, place)


def _leaves(model: BaseModel, place: Place) -> Iterator[tuple[Place, str]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if not place and name in _TABLES:
            continue
        if isinstance(value, BaseModel):
            yield from _leaves(value, (*place, name))
        else:
            yield (*place, name), _text(value)


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return _MASK
    if isinstance(value, dict):
        return ", ".join(f"{name}={_text(each)}" for name, each in value.items())
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(map(_text, value))
    if isinstance(value, BaseModel):
        return f"({', '.join(f'{place[-1]}={text}' for place, text in _leaves(value, ('',)))})"
    return "" if value is None else _QUERY.sub("?…", str(value))
