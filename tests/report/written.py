"""Transitions and episodes written by hand, by the number of their day."""

from __future__ import annotations

from monitor.model.bar import DAY
from monitor.model.labels import Labels
from monitor.model.transition import Change, Transition
from monitor.report.episodes import Episode, Standing

START = 1767571200
"""2026-01-05, day 0."""


def day(number: int) -> int:
    """Epoch seconds at which a day begins."""
    return START + number * DAY


def labels(model: str) -> Labels:
    return Labels.of(source="s", model=model)


def told(  # noqa: PLR0913 - one for each field of a transition
    at: int,
    kind: str,
    *,
    episode: int | None = None,
    model: str = "a",
    learnt: int | None = None,
    alert: str = "A",
    level: str = "",
    moved_from: int | None = None,
    gap_from: int | None = None,
) -> Transition:
    """A transition at day `at`, learnt a day later unless that is said; its value is the number of its day."""
    return Transition(
        alert,
        labels(model),
        Change(kind),
        day(at if episode is None else episode),
        day(at),
        day(at + 1 if learnt is None else learnt),
        float(at),
        10.0,
        level=level,
        moved_from=0 if moved_from is None else day(moved_from),
        gap_from=0 if gap_from is None else day(gap_from),
    )


def episode(
    began: int, ended: int | None = None, *, fired: int | None = None, model: str = "a", alert: str = "A"
) -> Episode:
    """From one day to another, None = open."""
    first = day(began), day(began if fired is None else fired)
    last = None if ended is None else day(ended)
    return Episode(alert, labels(model), *first, last, 1.0, 2.0, Standing.OPEN if ended is None else Standing.ENDED)
