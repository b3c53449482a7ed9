"""What is drawn: lines over time, the stretches in which something fired, and marks where it changed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from monitor.model.bar import Instants
from monitor.model.metric import Unit

_WIDE = 20
"""A scale of prices is logarithmic where the greatest is that many times the least."""


class Role(StrEnum):
    """What a line shows."""

    VALUE = "value"
    REFERENCE = "reference"


class Sign(StrEnum):
    """What a mark stands for."""

    FIRED = "fired"
    CHANGED = "changed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Line:
    """Numbers over time. `at`: (N,) epoch seconds, ascending. `values`: (N,) float64, NaN = a gap.

    `steps`: whether a number stays until the next one (a price), or is that of its bar alone (tokens). `name`: what it
    is, where the paper has room for that.
    """

    role: Role
    at: Instants
    values: NDArray[np.float64]
    steps: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """When it fired, in epoch seconds, with what a pointer resting there is told."""

    first: int
    last: int
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A change at an instant; `value` NaN = it stands on the axis. `label`: what is written beside it, if anything."""

    at: int
    value: float
    sign: Sign
    title: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """One chart from `first` to `last` (epoch seconds). `title`: read aloud to who can not see it."""

    title: str
    unit: Unit
    first: int
    last: int
    lines: tuple[Line, ...]
    stretches: tuple[Stretch, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def numbers(self) -> NDArray[np.float64]:
        """(N,): every number that must be seen."""
        every = [line.values for line in self.lines]
        every.append(np.array([mark.value for mark in self.marks], np.float64))
        joined = np.concatenate(every)
        return joined[np.isfinite(joined)]

    @property
    def logarithmic(self) -> bool:
        """Whether its scale is: prices that lie far apart, none of them free."""
        numbers = self.numbers
        if self.unit is not Unit.USD or not len(numbers) or float(numbers.min()) <= 0:
            return False
        return bool(numbers.max() >= _WIDE * numbers.min())
