"""What a source is, as people read it: each source has one as ABOUT, and the table of docs/sources.md shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Shows(StrEnum):
    """What kind of word a source gives, which decides what it can confirm."""

    USAGE = "usage"
    LIST_PRICES = "list prices"  # what vendors ask, kept by hand or by themselves
    ROUTED_PRICES = "routed prices"  # what a router charges at the moment of asking
    HOST_PRICES = "prices by host"  # what each host charges
    ADOPTION = "adoption"  # downloads, likes
    ANYTHING = "anything"  # what its user mapped


@dataclass(frozen=True, slots=True)
class About:
    """`label`: the `source` label of its samples. `site`: where a person reads the same.

    `licence`: of the figures ("not stated" where it is not); `duty`: what the licence or the terms ask of whoever
    shows them. `limits`: of requests. `settles`: how long after its end a bar may still be restated (levels: zero).
    `by_default`: it is asked without being named in the settings.
    """

    title: str
    label: str
    shows: Shows
    site: str
    licence: str
    duty: str
    limits: str
    settles: timedelta = timedelta(0)
    by_default: bool = True
