"""Looks written by hand: `day source: model=input/output …`, days from 2026-01-05; `-` is gone."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.truth.event import Event
from monitor.truth.step import DAY, Look, Offer, Shown
from monitor.truth.truth import Truth

FIRST = 1767571200
"""2026-01-05."""
_METRICS = ("price_input", "price_output")


def identify(source: str, model: str) -> Offer:  # noqa: ARG001
    """`host@model` names a host; what ends with -latest moves."""
    host, _, name = model.rpartition("@")
    return Offer(name.replace(".", "-"), host, moving=name.endswith("-latest"))


def told(story: str) -> tuple[Truth, list[Event]]:
    """What becomes of the looks of a story; sources that begin with "router" route."""
    truth = Truth(identify, lambda source: source.startswith("router"))
    for line in story.strip().splitlines():
        truth.look(look(line))
    return truth, sorted(truth.events(), key=lambda event: (event.at, event.key.metric))


def words(events: Iterable[Event]) -> list[str]:
    """`model input 10 → 2: claimed price, confirmed price`, an event each."""
    return [
        f"{each.key.offer.model} {each.key.metric.removeprefix('price_')} {each.old:g} → {each.new:g}: "
        + ", ".join(f"{word.status} {word.reading.kind}" for word in each.words)
        for each in events
    ]


def look(line: str) -> Look:
    """One line of a story."""
    when, _, models = line.strip().partition(":")
    day, source = when.split()
    return Look(source, FIRST + round(float(day) * DAY), [each for text in models.split() for each in _shown(text)])


def _shown(text: str) -> Iterable[Shown]:
    model, _, prices = text.partition("=")
    for metric, price in zip(_METRICS, prices.split("/"), strict=False):
        if price:
            yield Shown(model, metric, None if price == "-" else float(price))
