"""What a step is, by the evidence there is when it is seen: the first reader that recognises it decides.

Adding a kind is one reader and its place in `READERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from monitor.model.quantity import date
from monitor.truth.book import Book, Standing
from monitor.truth.event import Event, Kind, Reading
from monitor.truth.step import DAY, Announcement, Step, independent, same

_UNIT = 100.0  # a price that moves by that factor at once was never seen to be one; -98.2 % was
_RECENT = 30 * DAY
_YOUNG = 14 * DAY
_RESTLESS, _RESTLESS_WITHIN = 4, 14 * DAY
_UNIFORM = 0.01  # two prices of one model that move by factors this close move together
_CLOCK = 1_800  # seconds; two changes at the same time of two days
_OFTEN = 3 * 3_600  # seconds between looks
_AROUND = 3 * DAY  # a source follows its own announcement within days


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known when a step is read.

    `steps`: all of the look by model. `crowd`: models of the same maker or host that moved by the same factor in the
    look. `earlier`: events of the same price, oldest first. `routed`: whether the source shows what a router chose.
    `claimed`: when a price of the model was claimed last by this source, in an earlier look (0 = never).
    `announced`: for this price, by anybody.
    """

    book: Book
    steps: Mapping[str, Sequence[Step]]
    crowd: int
    earlier: Sequence[Event]
    routed: bool
    claimed: int = 0
    announced: Sequence[Announcement] = ()

    def others(self, step: Step, price: float) -> list[Standing]:
        """Series of independent sources that show this price of the very same snapshot now."""
        sight = step.sight
        showing = self.book.showing(sight.key, step.at)
        return [
            each
            for each in showing
            if same(each.price, price)
            and independent(sight.source, each.sight.source)
            and each.sight.key.offer.snapshot == sight.key.offer.snapshot
        ]

    def moves(self, step: Step, within: int) -> int:
        """How often a price of the model that moves now moved within so many seconds before."""
        pasts = (self.book.of(each.sight).past[1:] for each in self.steps[step.sight.model])
        return max(sum(at > step.at - within for at, _ in past) for past in pasts)

    def uniform(self, step: Step) -> bool:
        """Whether at least two prices of the model moved, and all by one factor."""
        factors = [each.factor for each in self.steps[step.sight.model]]
        return len(factors) > 1 and all(abs(factor / step.factor - 1) < _UNIFORM for factor in factors)


Reader = Callable[[Step, Scene], Reading | None]


def read(step: Step, scene: Scene) -> Reading:
    """What a step is; raises nothing: what no reader recognises is a price that changed."""
    found = (reader(step, scene) for reader in READERS)
    return next((reading for reading in found if reading is not None), Reading(Kind.PRICE))


def _alias(step: Step, scene: Scene) -> Reading | None:  # noqa: ARG001
    return Reading(Kind.ALIAS, "the name points to another model now") if step.sight.key.offer.moving else None


def _zero(step: Step, scene: Scene) -> Reading | None:  # noqa: ARG001
    if step.new == 0:
        return Reading(Kind.ZERO, "zero is a placeholder until a second source shows it")
    return Reading(Kind.ZERO, "zero was shown before, which need not have been a price") if step.old == 0 else None


def _unit(step: Step, scene: Scene) -> Reading | None:  # noqa: ARG001
    if max(step.factor, 1 / step.factor) < _UNIT:
        return None
    return Reading(Kind.UNIT, f"{times(step.factor)} at once")


def _put_right(step: Step, scene: Scene) -> Reading | None:
    """The way back from a unit error, whatever the price is then."""
    wrong = next((each for each in reversed(scene.earlier) if _begun_at(each, step)), None)
    if wrong is None or wrong.reading.kind is not Kind.UNIT:
        return None
    return Reading(Kind.UNIT, f"puts right what it showed since {date(wrong.at)}")


def _together(step: Step, scene: Scene) -> Reading | None:
    least = 5 if max(step.factor, 1 / step.factor) >= 10 else 20  # noqa: PLR2004
    if scene.crowd < least:
        return None
    return Reading(Kind.TOGETHER, f"{scene.crowd} models of one provider moved by {times(step.factor)} at once")


def _back(step: Step, scene: Scene) -> Reading | None:
    at = scene.book.of(step.sight).held(step.new, step.at - _RECENT)
    if at is None:
        return None
    begun = next((each for each in reversed(scene.earlier) if _begun_at(each, step)), None)
    if begun is not None and begun.reading.kind is Kind.PROMOTION and same(begun.old, step.new):
        return Reading(Kind.PROMOTION_END, f"back at the price of before {date(begun.at)}")
    return Reading(Kind.BACK, f"it showed this price on {date(at)}")


def _begun_at(event: Event, step: Step) -> bool:
    """Whether the price that is left now was first seen at the same source."""
    return event.source == step.sight.source and same(event.new, step.old)


def _listed(step: Step, scene: Scene) -> Reading | None:
    """Others show the new price: a list catches up if that is not new there either, a router comes back."""
    others = scene.others(step, step.new)
    if not others:
        return None
    first = min(others, key=lambda each: each.since)
    evidence = f"{first.sight.source} shows it since {date(first.since)}"
    if not scene.routed:
        return Reading(Kind.LATE, evidence) if first.since < step.at - _RECENT else None
    return Reading(Kind.PROMOTION_END if scene.uniform(step) and step.new > step.old else Kind.ROUTED, evidence)


def _first(step: Step, scene: Scene) -> Reading | None:
    """A model is listed with a wrong price now and then, which is put right within days."""
    listed = scene.book.of(step.sight).listed
    if listed <= step.at - _YOUNG or scene.others(step, step.old):
        return None
    return Reading(Kind.FIRST, f"listed on {date(listed)} only, and nobody else showed the price before")


def _old_data(step: Step, scene: Scene) -> Reading | None:
    at = scene.book.of(step.sight).held(step.new, 0)
    if at is None or scene.routed:
        return None
    others = scene.others(step, step.old)
    if not others:
        return None
    return Reading(Kind.OLD_DATA, f"it showed this price on {date(at)}; {others[0].sight.source} shows the newer one")


def _schedule(step: Step, scene: Scene) -> Reading | None:
    """The same price at the same hour of several days; said only of a source that is looked at oftener than that."""
    if scene.book.gap(step.sight.source) > _OFTEN:
        return None
    past = scene.book.of(step.sight).past
    clock = [at for at, price in past if same(price, step.new) and _hours_apart(at, step.at) < _CLOCK]
    days = len({at // DAY for at in clock} - {step.at // DAY})
    return Reading(Kind.SCHEDULE, f"at this hour on {days} days before") if days > 1 else None


def _hours_apart(one: int, other: int) -> int:
    """Seconds between two times of day."""
    return abs((other - one + DAY // 2) % DAY - DAY // 2)


def _announced(step: Step, scene: Scene) -> Reading | None:
    for each in scene.announced:
        due = each.known_at < step.at and abs(each.begins - step.at) <= _AROUND
        if due and each.price is not None and same(each.price, step.new):
            return Reading(
                Kind.ANNOUNCED, f"{each.source} announced it for {date(each.begins)} on {date(each.known_at)}"
            )
    return None


def _promotion(step: Step, scene: Scene) -> Reading | None:
    """Others hold the old price: all prices down by one factor is a promotion.

    Each by a factor of its own is another host, if the model moved before, and lately. One price alone is neither.
    """
    others = scene.others(step, step.old) if scene.routed else []
    if not others or len(scene.steps[step.sight.model]) == 1:
        return None
    evidence = f"{others[0].sight.source} shows the old price still"
    if scene.uniform(step) and step.new < step.old:
        return Reading(Kind.PROMOTION, evidence)
    return Reading(Kind.ROUTED, evidence) if scene.moves(step, _RECENT) > 1 else None


def _restless(step: Step, scene: Scene) -> Reading | None:
    if not scene.routed:
        return None
    if scene.claimed > step.at - DAY:
        return Reading(Kind.ROUTED, "a price of this model moved within the last day")
    moves = scene.moves(step, _RESTLESS_WITHIN)
    if moves < _RESTLESS:
        return None
    return Reading(Kind.ROUTED, f"it moved {moves} times in {_RESTLESS_WITHIN // DAY} days")


def _relisted(step: Step, scene: Scene) -> Reading | None:  # noqa: ARG001
    return Reading(Kind.RELISTED, "it was not listed in between") if step.relisted else None


READERS: tuple[Reader, ...] = (
    _alias,
    _zero,
    _unit,
    _put_right,
    _together,
    _announced,
    _schedule,
    _back,
    _first,
    _listed,
    _old_data,
    _restless,
    _promotion,
    _relisted,
)


def times(factor: float) -> str:
    """A factor as a person reads it: x 0.2, x 1,000."""
    return f"x {factor:,.4g}"
