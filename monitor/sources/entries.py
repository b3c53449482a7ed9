"""A list entry by entry: what is wrong with one is told and leaves the others alone, until it is too many."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, ParamSpec, TypeVar

from monitor.errors import ContractError, SourceError
from monitor.sources.answer import Place

_Item = TypeVar("_Item")
_Entry = TypeVar("_Entry")
_Value = TypeVar("_Value")
_Asked = ParamSpec("_Asked")
_MOST_BROKEN = 0.05  # of all entries; more is a broken list, not a broken entry
_NAME = re.compile(r"[!-~]{1,200}")

Faults = list[SourceError]
"""What was wrong with one entry, in the order it was read."""


@dataclass(frozen=True, slots=True)
class Entries(Generic[_Entry]):
    """`found`: those that could be read. `count`: of all. `faults`: of what was left unknown, as messages."""

    found: tuple[_Entry, ...]
    count: int
    faults: tuple[str, ...]


def read_each(holder: Place, items: Sequence[_Item], read: Callable[[_Item, Faults], _Entry | None]) -> Entries[_Entry]:
    """Read the entries of a list, which `holder` names in errors; None = nothing to keep.

    What `read` adds to its faults makes an entry a broken one. Raises SourceError where more than 5 % are, or there is
    no entry at all.
    """
    if not items:
        raise holder.fault("at least one entry")
    found: list[_Entry] = []
    told: list[str] = []
    broken = 0
    for item in items:
        faults: Faults = []
        entry = tried(faults, read, item, faults)
        if entry is not None:
            found.append(entry)
        broken += bool(faults)
        told += (fault.message for fault in faults)
    if broken > _MOST_BROKEN * len(items):
        raise ContractError(
            f"{holder.source}: {holder.path or 'the answer'}: got {broken} broken entries of {len(items)},"
            f" expected at most {_MOST_BROKEN:.0%}",
            hint=f"the first: {told[0]}",
        )
    return Entries(tuple(found), len(items), tuple(told))


def tried(faults: Faults, read: Callable[_Asked, _Value], *args: _Asked.args, **kwargs: _Asked.kwargs) -> _Value | None:
    """What `read` returns; None where it raises SourceError, which is added to the faults."""
    try:
        return read(*args, **kwargs)
    except SourceError as fault:
        faults.append(fault)
        return None


def once(places: Sequence[Place], key: str) -> None:
    """Raises SourceError where two entries of a list have the same id under `key`."""
    seen: set[str] = set()
    for place in places:
        found = place.value.get(key) if isinstance(place.value, dict) else None
        if isinstance(found, str) and found in seen:
            raise place.at(key).fault("an id that stands once in the list")
        seen |= {found} if isinstance(found, str) else set()


def identifier(place: Place) -> str:
    """A text that can name a model; raises SourceError."""
    text = place.of(str)
    if not _NAME.fullmatch(text):
        raise place.fault("an id of at most 200 characters, without spaces")
    return text
