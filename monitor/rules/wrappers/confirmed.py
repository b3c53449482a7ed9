"""`confirm`: a change of a price is claimed when one source shows it, confirmed when an independent one does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from monitor.model.frame import FALSE, TRUE, UNKNOWN, Truth, Verdicts
from monitor.model.quantity import date, duration
from monitor.model.transition import CLAIMED, CONFIRMED
from monitor.rules.certainty import Sighted, first_to_know
from monitor.rules.conditions.condition import Bounds, View
from monitor.rules.conditions.moving import Move
from monitor.rules.severity import AS_BEFORE
from monitor.rules.wrappers.wrapper import Wrapper
from monitor.truth.event import Event, Kind, Status, Word

_LEVELS = {Status.CLAIMED: 1, Status.CONFIRMED: 2}


@dataclass(frozen=True, slots=True)
class Confirmed(Wrapper):
    """True while a change that the condition inside asks for is claimed, and at the bar at which it is confirmed.

    `metric`: the price. `move`: how far it must change from one look to the next, if that is enough. `within`: seconds
    after which a claim that nobody confirmed is withdrawn. `waits`: only true where it is confirmed. `by_source`: each
    source is asked for by itself; otherwise one change at many sources is told of the series that showed it first.
    Remembers the newest change that was large enough and of which there is more to say, by when it was seen.

    What is said of a change counts from the first bar that can know of it, as it does in a live run.
    """

    metric: str
    move: Move | None
    within: int
    waits: bool
    by_source: bool

    @property
    def confirms(self) -> str:
        """The price that is watched."""
        return self.metric

    @property
    def pulse(self) -> bool:
        """What is confirmed has no length; a claim lasts until it is confirmed or withdrawn."""
        return self.waits

    @property
    def lapses(self) -> int:
        """How long a claim waits, in seconds."""
        return self.within

    @property
    def level_names(self) -> tuple[str, ...]:
        """A claim is milder than what is confirmed."""
        return CLAIMED, CONFIRMED

    @property
    def remembers(self) -> tuple[str, ...]:
        """The inner one's, and the change that is told of."""
        return (*self.inner.remembers, "change seen at")

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        inner = self.inner.judge(view.part(0, self.inner.slots))
        certain = view.evaluation.certainties
        open_ = view.memory[-1].copy()
        page = _Page(view, inner)
        shown = [
            (column, sighted)
            for column, member in enumerate(view.watch.members)
            for sighted in (() if certain is None else certain.of(self.metric, member.labels))
            if sighted.leads(by_source=self.by_source) and (page.is_new(sighted.at) or sighted.at == open_[column])
        ]
        for (column, sighted), large in zip(shown, self._large([each for _, each in shown]), strict=True):
            is_new = page.is_new(sighted.at)
            if sighted.at == open_[column] or (is_new and (large or page.holds(column, sighted.at))):
                open_[column] = sighted.at if self._tell(page, column, sighted) else np.nan
        return replace(page.verdicts(), memory=np.vstack([inner.memory, open_]))

    def _large(self, shown: Sequence[Sighted]) -> list[bool]:
        """Of each change whether it is large enough by itself, whatever the rule compares with."""
        old, new = (
            Bounds.of(np.array([prices], np.float64), None)
            for prices in ([each.event.old for each in shown], [each.event.new for each in shown])
        )
        return [False] * len(shown) if self.move is None else self.move.verdict(new, old)[0][0].tolist()

    def _tell(self, page: _Page, column: int, sighted: Sighted) -> bool:
        """Writes down what is said of one change; whether there may be more to say of it later."""
        event, words = sighted.event, _since(sighted)
        lapse = sighted.at + self.within
        for word, following in zip(words, (*words[1:], None), strict=True):
            until = lapse if following is None else min(following.at, lapse)
            if word.status is Status.CONFIRMED:
                return not page.confirm(column, word, event)
            if word.status is Status.CLAIMED and not self.waits:
                page.claim(column, word, until, event)
                if until == lapse:
                    page.end(column, lapse, event, f"no second source showed it within {duration(self.within)}")
            elif word.status is Status.WITHDRAWN and page.row(word.at) < page.height:
                page.end(column, word.at, event, f"{event.source} went to another price on {date(word.at)}")
                return False
        return True


class _Page:
    """Verdicts as they are written; only rows from `start` on are, the one before is there where any was judged."""

    def __init__(self, view: View, inner: Verdicts) -> None:
        evaluation = view.evaluation
        self._ends, self._judged_at = evaluation.bar.end(evaluation.bars), evaluation.judged_at
        self._start, self._rows = view.start, dict[int, int]()
        self._known = ~np.isnan(view.watch.values)
        self.height = len(self._judged_at)
        self._inner = inner
        self._truth: Truth = np.full_like(inner.truth, FALSE)
        self._value, self._reference = inner.value.copy(), inner.reference.copy()
        self._levels = np.full(inner.truth.shape, AS_BEFORE, np.int8)
        self._notes: dict[tuple[int, int], str] = {}

    def row(self, at: int) -> int:
        """The first row that can know of an instant, see `first_to_know`."""
        if at not in self._rows:
            self._rows[at] = int(first_to_know(self._ends, self._judged_at, np.array([at], np.int64))[0])
        return self._rows[at]

    def is_new(self, at: int) -> bool:
        """Whether what was seen then belongs to the rows to be judged."""
        return self._start <= self.row(at) < self.height

    def holds(self, column: int, at: int) -> bool:
        """Whether the condition inside is true in the row of an instant."""
        return bool(self._inner.truth[self.row(at) - self._start, column] == TRUE)

    def claim(self, column: int, word: Word, until: int, event: Event) -> None:
        """True from the row of a word to before that of `until`."""
        self._write(column, word, self.row(word.at), self.row(until), event)

    def confirm(self, column: int, word: Word, event: Event) -> bool:
        """True from the row of a word to the first in which the price is known; whether there is one."""
        first = self.row(word.at)
        known = np.flatnonzero(self._known[first:, column])
        stop = first + int(known[0]) + 1 if len(known) else self.height
        self._write(column, word, first, stop, event)
        return bool(len(known))

    def end(self, column: int, at: int, event: Event, note: str) -> None:
        """What is said where it ends, with the prices that were claimed, if nothing else is true there."""
        row = self.row(at) - self._start
        if 0 <= row < self.height - self._start and self._truth[row, column] == FALSE:
            self._value[row, column], self._reference[row, column] = event.new, event.old
            self._notes[row, column] = note

    def verdicts(self) -> Verdicts:
        """All that was written; nothing where the price is not known."""
        return replace(
            self._inner,
            truth=np.where(self._known[self._start :], self._truth, UNKNOWN).astype(np.int8),
            value=self._value,
            reference=self._reference,
            levels=self._levels,
            notes=self._notes,
        )

    def _write(self, column: int, word: Word, first: int, stop: int, event: Event) -> None:
        rows = slice(max(first - self._start, 0), max(stop - self._start, 0))
        self._truth[rows, column] = TRUE
        self._levels[rows, column] = _LEVELS[word.status]
        self._value[rows, column], self._reference[rows, column] = event.new, event.old
        for row in range(rows.start, min(rows.stop, len(self._truth))):
            self._notes[row, column] = _note(word)


def _since(sighted: Sighted) -> Sequence[Word]:
    """What was said of a change from when a series showed it; first what was known then."""
    event = sighted.event
    known = event.word(sighted.at)
    later = [word for word in event.words if word.at > sighted.at]
    return later if known is None else [replace(known, at=sighted.at), *later]


def _note(word: Word) -> str:
    """For example: claimed, promotion: litellm shows the old price still."""
    kind = "" if word.reading.kind is Kind.PRICE else f", {word.reading.kind}"
    said = f"{word.status}{kind}"
    return f"{said}: {word.reading.evidence}" if word.reading.evidence else said
