"""What sets the three formats apart, so that one reader and one search for faults serve them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.importer.batch import Rows
from monitor.model.sample import Seal, Series


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file.

    `fields`: its columns in order, each with what reads one of its texts (ValueError: the text is wrong).
    `valid_at`, `known_at`, `value`: columns with these; `series_from`: those that name the series, the source first.
    `series`: the series of such texts (ValueError: the last of them does not go with the others).
    `values`: many texts of the value's column at once; None = one by one, each distinct text once.
    `seals`: what the rows say about complete bars. `citation`: the line to show, of a source and its newest `known_at`.
    """

    name: str
    fields: Mapping[str, Callable[[str], object]]
    valid_at: str
    known_at: str
    value: str
    series_from: tuple[str, ...]
    series: Callable[[tuple[str, ...]], Series]
    values: Callable[[Sequence[str]], NDArray[np.float64]] | None
    seals: Callable[[Rows], tuple[Seal, ...]]
    citation: Callable[[str, int], str]

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns in order."""
        return tuple(self.fields)

    def at(self, field: str) -> int:
        """The place of a column, from 0."""
        return self.header.index(field)
