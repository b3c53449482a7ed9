"""Prints the blocks of a report: with colours and fitted to its width on a terminal, as plain lines elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

import click

from monitor.cli.output import aligned
from monitor.model.text import shortened
from monitor.report.blocks import Block, Grid, Heading, Lines

_PLAIN = 100  # columns where nobody looks on
_INDENT, _APART, _LEAST = 2, 2, 8  # columns before a row, between cells, and of a long cell at least


def columns() -> int:
    """How wide a line may be."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _PLAIN


def show(blocks: Iterable[Block]) -> None:
    """Print them, an empty line before each heading but the first."""
    printed = _styled if sys.stdout.isatty() else _plain
    for number, block in enumerate(blocks):
        if isinstance(block, Heading) and number:
            click.echo()
        printed(block)


def _plain(block: Block) -> None:
    match block:
        case Heading(text, said):
            click.echo(f"{text} {said}".rstrip())
        case Lines(lines):
            click.echo("\n".join(f"  {line}".rstrip() for line in lines))
        case Grid():
            for line in aligned(_justified(block)):
                click.echo(f"  {line}")


def _justified(grid: Grid) -> list[tuple[str, ...]]:
    """The rows with their header, numbers flush right."""
    rows = [grid.header, *grid.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        tuple(cell.rjust(widths[number]) if number in grid.right else cell for number, cell in enumerate(row))
        for row in rows
    ]


def _styled(block: Block) -> None:
    """On a terminal; plain where NO_COLOR is set."""
    from rich.console import Console  # noqa: PLC0415 - 0.1 s that only a person waits for
    from rich.padding import Padding  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    styles: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    console = Console(color_system=styles, highlight=False, markup=False, emoji=False)
    match block:
        case Heading(text, said):
            console.print(Text.assemble((text, "bold"), f" {said}" if said else ""))
        case Lines(lines, faint):
            for line in lines:
                console.print(Padding(Text(line, "dim" if faint else ""), (0, 0, 0, _INDENT), expand=False))
        case Grid():
            grid = fitted(block, console.width - _INDENT)
            table = Table(box=None, padding=(0, _APART, 0, 0), pad_edge=False, header_style="dim")
            for number, name in enumerate(grid.header):
                side: Literal["left", "right"] = "right" if number in grid.right else "left"
                table.add_column(name, justify=side, no_wrap=True, overflow="crop")
            for number, row in enumerate(grid.rows):
                table.add_row(*map(Text, row), style="bold" if number in grid.strong else "")
            console.print(Padding(table, (0, 0, 0, _INDENT), expand=False))


def fitted(grid: Grid, width: int) -> Grid:
    """The grid with its one long column cut so that a row is no wider than `width`; some of it always stays."""
    widest = [max(map(len, column)) for column in zip(grid.header, *grid.rows, strict=True)]
    room = max(width - sum(widest) + widest[grid.cut] - _APART * (len(widest) - 1), _LEAST)
    at = grid.cut
    rows = tuple((*row[:at], shortened(row[at], room), *row[at + 1 :]) for row in grid.rows)
    header = (*grid.header[:at], shortened(grid.header[at], room), *grid.header[at + 1 :])
    return replace(grid, header=header, rows=rows)
