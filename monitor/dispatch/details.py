"""A transition laid open: the figures that matter with their names and units, its rank, its share, its certainty."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from monitor.dispatch.wording import change_in_words, shown
from monitor.model.alert import Alert, Compared
from monitor.model.bar import Bar
from monitor.model.detail import Detail, Figure
from monitor.model.fact import Texts
from monitor.model.metric import METRICS, PRICES, Kind, Unit
from monitor.model.quantity import percent, plain, points, written
from monitor.model.scene import Neighbour, Rank, Scene, Share
from monitor.model.text import one_line
from monitor.model.transition import CLAIMED, CONFIRMED, Change, Transition

_NAME = 80
"""Characters of the name of a neighbour."""
_FACTOR = 3
"""From that many times on a change is told as a factor."""
_EACH = {
    Bar.HOUR: "an hour",
    Bar.SIX_HOURS: "in 6 hours",
    Bar.TWELVE_HOURS: "in 12 hours",
    Bar.DAY: "a day",
    Bar.WEEK: "a week",
    Bar.MONTH: "a month",
}


def laid_open(words: Detail, transition: Transition, alert: Alert, texts: Texts) -> Detail:
    """The words of a notification on one transition, with all that is known of it beside them."""
    scene = transition.scene
    around = () if scene is None else _around(scene, alert)
    asked = transition.kind in (Change.FIRING, Change.LEVEL) and transition.level in (CLAIMED, CONFIRMED)
    certainty = transition.level if asked else ""
    trail = None if scene is None else scene.trail
    return replace(words, figures=(*_compared(transition, alert, texts), *around), certainty=certainty, trail=trail)


def _compared(transition: Transition, alert: Alert, texts: Texts) -> Iterator[Figure]:
    """The value, what it was or stands against, and the way from there."""
    unit, value, reference = alert.reads_in, transition.value, transition.reference
    if math.isfinite(value):
        yield Figure(subject(alert), _in_full(shown(value, unit, texts), unit))
    if not math.isfinite(reference) or alert.compared is Compared.PLACE:
        return
    before = alert.compared is Compared.BEFORE
    yield Figure("Before" if before else "Against", _in_full(shown(reference, unit, texts), unit))
    change = "" if unit in (Unit.TEXT, Unit.DATE) else change_of(value, reference, unit)
    if change:
        yield Figure("Change" if before else "Difference", change)


def subject(alert: Alert) -> str:
    """What the value is: "Output price", "Tokens a week"; plainly a value where it was made of several things."""
    if len(alert.metrics) != 1 or alert.metrics[0] not in METRICS:
        return "Value"
    metric = METRICS[alert.metrics[0]]
    if alert.unit is not metric.unit:
        return f"Share of {_spoken(metric.name)}" if alert.reads_in is Unit.RATIO else "Value"
    each = f" {_EACH[alert.bar]}" if metric.kind is Kind.FLOW else ""
    return f"{_spoken(metric.name).capitalize()}{each}"


def change_of(value: float, reference: float, unit: Unit) -> str:
    """`-75%`, `+12.5%`, `4.2 times`, `+2.1 points`, `now free`; empty where one of them is unknown."""
    change = change_in_words(value, reference, unit)
    if isinstance(change, str):
        return change
    if not math.isfinite(change):
        return ""
    if unit is Unit.RATIO:
        return points(value - reference)
    if reference > 0 and value >= _FACTOR * reference:
        return f"{plain(value / reference)} times"
    return f"{'+' if change > 0 else ''}{percent(change)}"


def _spoken(metric: str) -> str:
    """`price_output` → output price."""
    words = metric.split("_")
    return " ".join((*words[1:], words[0]) if metric in PRICES else words)


def _in_full(said: float | str, unit: Unit) -> str:
    """With the unit that a number alone does not say."""
    if isinstance(said, str):
        return said
    text = written(said, unit)
    return f"{text} per million tokens" if unit is Unit.USD and said else text


def _around(scene: Scene, alert: Alert) -> tuple[Figure, ...]:
    rank = () if scene.rank is None else _ranked(scene.rank, alert)
    return (*rank, *(() if scene.share is None else (_shared(scene.share),)))


def _ranked(rank: Rank, alert: Alert) -> Iterator[Figure]:
    moved = f", was {rank.before}" if rank.before not in (0, rank.place) else ""
    yield Figure("Rank", f"{rank.place} of {rank.of}{moved}")
    for name, neighbour in (("Ahead of it", rank.ahead), ("Behind it", rank.behind)):
        if neighbour is not None:
            yield Figure(name, _next_to(neighbour, alert.reads_in))


def _next_to(neighbour: Neighbour, unit: Unit) -> str:
    name = one_line(neighbour.name, _NAME)
    return f"{name} {written(neighbour.value, unit)}" if math.isfinite(neighbour.value) else name


def _shared(share: Share) -> Figure:
    was = f", was {percent(share.before)}" if math.isfinite(share.before) else ""
    return Figure("Share of all counted", f"{percent(share.now)}{was}")
