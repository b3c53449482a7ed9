"""A report as blocks: headings, lines and grids; how they are printed is the command's affair."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """What follows is about `text`; `said`: what is to be said of it at once."""

    text: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines as they are; `faint`: worth a look only to who looks for it."""

    lines: tuple[str, ...]
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells below a header.

    `right`: the columns of numbers. `cut`: the column that gives way on a small screen. `strong`: rows that stand out.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int]
    cut: int
    strong: frozenset[int] = frozenset()


Block = Heading | Lines | Grid
