"""How commands print: aligned columns for people, JSON for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence

import click

from monitor.model.bar import instant
from monitor.model.text import counted
from monitor.model.transition import Transition
from monitor.report.episodes import Episode

__all__ = ["aligned", "counted", "episode_fields", "finite", "iso", "json_line", "lines", "transition_fields"]


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of equal length as lines, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def json_line(value: object) -> None:
    """Print one object on one line; NaN is refused: pass it through `finite`."""
    click.echo(json.dumps(value, allow_nan=False))


def finite(value: float) -> float | None:
    """The number, or None where it is none."""
    return value if math.isfinite(value) else None


def iso(epoch: int) -> str:
    """`2026-02-09T00:00:00Z`."""
    return instant(epoch).isoformat().replace("+00:00", "Z")


def transition_fields(transition: Transition) -> dict[str, object]:
    """A transition for programs."""
    return {
        "alert": transition.alert,
        "labels": transition.labels.as_dict(),
        "kind": transition.kind.value,
        "valid_at": iso(transition.valid_at),
        "judged_at": iso(transition.judged_at),
        "value": finite(transition.value),
        "reference": finite(transition.reference),
        "level": transition.level or None,
        "gap_from": iso(transition.gap_from) if transition.gap_from else None,
        "moved_from": iso(transition.moved_from) if transition.moved_from else None,
    }


def episode_fields(episode: Episode) -> dict[str, object]:
    """An episode for programs."""
    return {
        "alert": episode.alert,
        "labels": episode.labels.as_dict(),
        "standing": episode.standing.value,
        "began": iso(episode.began),
        "fired": iso(episode.fired),
        "ended": None if episode.ended is None else iso(episode.ended),
        "value": finite(episode.value),
        "reference": finite(episode.reference),
        "level": episode.level or None,
        "marks": list(episode.marks),
    }


def lines(found: Iterable[str], *, err: bool = False) -> None:
    """Print them, or tell them on standard error."""
    for line in found:
        click.echo(line, err=err)
