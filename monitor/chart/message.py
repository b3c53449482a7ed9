"""The picture that goes with a notification: the series with its reference, and the bar it is about marked."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor.chart.picture import Line, Mark, Picture, Role, Sign
from monitor.chart.png import drawable, png
from monitor.chart.svg import Paper, svg
from monitor.model.bar import DAY
from monitor.model.detail import Detail
from monitor.model.metric import Unit
from monitor.model.notification import Notification
from monitor.model.quantity import date, moment, written
from monitor.model.scene import Trail
from monitor.model.transition import Change

PAPER = Paper(height=220, top=74, heading=True)
"""1200 by 600 pixels."""
_SIGNS = {
    Change.FIRING: Sign.FIRED,
    Change.LEVEL: Sign.CHANGED,
    Change.CORRECTED: Sign.CHANGED,
    Change.RESOLVED: Sign.ENDED,
    Change.WITHDRAWN: Sign.ENDED,
}
_ROOM = 0.05
"""Of the time shown, what follows the last number that holds: a step at the very edge would not be seen."""
_LEAST = 2  # numbers of a line
_NO_NUMBERS = (Unit.TEXT, Unit.DATE)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture as a file. `caption`: what is seen, for those who do not see it."""

    name: str
    caption: str
    png: bytes


def attachment(notification: Notification) -> Attachment | None:
    """None where there is nothing to draw, or nothing to draw it with."""
    drawn = picture(notification)
    if drawn is None or not drawable():
        return None
    return Attachment(f"{file_name(notification)}.png", drawn.title, png(svg(drawn, PAPER)))


def file_name(notification: Notification) -> str:
    """What its files are called, without an ending: the alert, whatever characters that has."""
    return re.sub(r"[^\w-]", "_", notification.transitions[0].alert)[:100]


def picture(notification: Notification) -> Picture | None:
    """Of a single transition; None of many, and where too few of its numbers are known."""
    if len(notification.transitions) != 1 or not notification.details:
        return None
    detail, trail = notification.details[0], notification.details[0].trail
    if trail is None or trail.unit in _NO_NUMBERS or sum(map(math.isfinite, trail.value)) < _LEAST:
        return None
    ends = trail.at[-1] + round(_ROOM * (trail.at[-1] - trail.at[0])) if trail.holds else trail.at[-1]
    sign = _SIGNS[notification.transitions[0].kind]
    return Picture(
        detail.headline,
        trail.unit,
        trail.at[0],
        ends,
        tuple(_lines(trail, detail)),
        marks=(_mark(trail, sign),),
    )


def _lines(trail: Trail, detail: Detail) -> Iterator[Line]:
    named = [figure.name for figure in detail.figures[:2]]
    value, reference = (*named, "Value", "Reference")[:2] if len(named) == _LEAST else ("Value", "Reference")
    at = np.array(trail.at, np.int64)
    for role, numbers, name in ((Role.VALUE, trail.value, value), (Role.REFERENCE, trail.reference, reference)):
        values = np.array(numbers, np.float64)
        if np.isfinite(values).any():
            yield Line(role, at, values, trail.holds, name)


def _mark(trail: Trail, sign: Sign) -> Mark:
    """The newest number, with how it reads."""
    at, value = trail.at[-1], trail.value[-1]
    when = date(at) if trail.bar.width >= DAY else moment(at)
    label = written(value, trail.unit) if math.isfinite(value) else ""
    return Mark(at, value, sign, f"{when}: {label}" if label else when, label)
