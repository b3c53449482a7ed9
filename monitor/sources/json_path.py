"""Paths into JSON: names joined by points, [*] for each member, @key for the name it stands under. Nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from monitor.sources.answer import Place, shown

EACH = None
"""The step [*]."""
_NAME = re.compile(r"[^\s.\[\]@\"'$*?()]+")
_QUOTED = re.compile(r"\[\"([^\"]+)\"\]")
_EACH = re.compile(r"\[\*\]")
_KEY = re.compile(r"@key$")
_EXPECTED = 'a name, [*], ["a name with signs"] or, at the end behind [*], @key'

Keys = tuple[str | int, ...]
"""Under which name or number a member stood, for each [*] of a path in order."""


@dataclass(frozen=True, slots=True)
class Path:
    """`steps`: names, and EACH where every member of a list or object is meant. `key`: not the value, but its name."""

    text: str
    steps: tuple[str | None, ...]
    key: bool = False

    @property
    def through(self) -> tuple[str | None, ...]:
        """The steps up to the last [*]."""
        return self.steps[: max((at for at, step in enumerate(self.steps, 1) if step is EACH), default=0)]

    def goes_with(self, value: Path) -> bool:
        """Whether it leads to one place for each place that `value` leads to: its [*] are the first of that one's."""
        return value.steps[: len(self.through)] == self.through


def parsed(text: str) -> Path:
    """The path that is written; raises ValueError with the column."""
    steps: list[str | None] = []
    at = 0
    while at < len(text):
        if steps and steps[-1] is EACH and _KEY.match(text, at):
            return Path(text, tuple(steps), key=True)
        step, at = _step(text, at, first=not steps)
        steps.append(step)
    if not steps:
        raise ValueError(f"got '', expected {_EXPECTED}")
    return Path(text, tuple(steps))


def found(root: Place, path: Path) -> Iterator[tuple[Keys, Place]]:
    """Every place that a path leads to, with the keys that tell which; raises SourceError where a list is none.

    A name that is missing on the way, or null, leads to nothing; the last one to a place without a value.
    """
    places: list[tuple[Keys, Place]] = [((), root)]
    for step in path.steps:
        if step is EACH:
            places = [((*keys, key), _member(place, key)) for keys, place in places for key in _keys(place)]
        else:
            places = [(keys, _named(place, step)) for keys, place in places]
    for keys, place in places:
        yield keys, Place(place.source, f"{place.path}@key", keys[-1]) if path.key else place


def beside(root: Place, path: Path, keys: Keys) -> Place:
    """The one place that a path leads to under the keys of another that it goes with; raises SourceError."""
    wanted = list(keys)
    place, key = root, keys[0] if keys else ""
    for step in path.steps:
        if step is EACH:
            key = wanted.pop(0)
            place = _member(place, key)
        else:
            place = _named(place, step)
    return Place(place.source, f"{place.path}@key", key) if path.key else place


def _step(text: str, at: int, *, first: bool) -> tuple[str | None, int]:
    """The step that begins there, and where it ends."""
    if match := _EACH.match(text, at):
        return EACH, match.end()
    if match := _QUOTED.match(text, at):
        return match[1], match.end()
    start = at if first else at + 1
    if (first or text[at] == ".") and (match := _NAME.match(text, start)):
        return match[0], match.end()
    raise ValueError(f"got {shown(text)}, expected {_EXPECTED} at column {at + 1}, which has {shown(text[at:])}")


def _keys(place: Place) -> Iterable[str | int]:
    if isinstance(place.value, dict):
        return place.value
    return () if place.value is None else range(len(place.of(list)))


def _member(place: Place, key: str | int) -> Place:
    values: Any = place.value  # a list or an object: `_keys` came from it
    return Place(place.source, f"{place.path}[{shown(key)}]", values[key])


def _named(place: Place, name: str) -> Place:
    if place.value is None or (isinstance(place.value, dict) and name not in place.value):
        return Place(place.source, f"{place.path}.{name}" if place.path else name, None)
    return place.at(name)
