"""One test as written → a case; problems are noted with their place, and the case is then left out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from monitor.catalog import Join
from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.metric import METRICS, REST, Kind, Unit
from monitor.model.quantity import span
from monitor.model.sample import Series
from monitor.model.tree import Place
from monitor.rules.rule import Rule
from monitor.rules.words import nearest
from monitor.ruletest.case import SOURCE, Case, Expectation, Restated
from monitor.ruletest.document import CaseDocument, ExpectationDocument
from monitor.ruletest.expect import ExpectationBuilder, Tried
from monitor.ruletest.notation import GONE, NotationError, name, texts, values
from monitor.ruletest.noted import Noted

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class CaseBuilder:
    """Builds the test at `place`; `rules` and `join` are None where they have problems of their own.

    `expected`: what it expects, with its place, as far as it has the form of an expectation.
    """

    noted: Noted
    place: Place
    document: CaseDocument
    expected: Sequence[tuple[Place, ExpectationDocument]]
    rules: tuple[Rule, ...] | None
    join: Join | None

    def case(self) -> Case | None:
        """The test, or None if anything is wrong with it."""
        before = len(self.noted.problems)
        attempt = self.noted.attempt
        bar = attempt(self._every)
        start = attempt(lambda: self._start(bar or Bar.HOUR))
        stale_after = attempt(self._stale_after)
        series = dict(self._series(bar or Bar.HOUR))
        restated = tuple(self._restated(bar or Bar.HOUR, series))
        sound = len(series) == len(self.document.series)
        alerts = frozenset(self._alerts())
        expect = self._expect(
            Tried(self.rules, alerts, bar, frozenset(each.metric for each in series) if sound else None)
        )
        if bar is None or start is None or self.join is None or len(self.noted.problems) > before:
            return None
        count = max(map(len, series.values()))
        return Case(
            name=self.document.name,
            path=self.noted.tree.path,
            line=self.noted.tree.keys[*self.place, "name"][0],
            every=bar,
            start=start,
            series={each: (*cells, *[math.nan] * (count - len(cells))) for each, cells in series.items()},
            stale_after=stale_after,
            rules=self.rules or (),
            alerts=alerts,
            join=self.join,
            expect=expect,
            texts=dict(self._texts()),
            restated=restated,
        )

    def _expect(self, tried: Tried) -> tuple[Expectation, ...]:
        built = [ExpectationBuilder(self.noted, place, each, tried).expectation() for place, each in self.expected]
        return tuple(each for each in built if each is not None)

    def _every(self) -> Bar:
        bar = next((bar for bar in Bar if bar == self.document.every), None)
        if bar is None:
            got = f"got '{self.document.every[:_SHOWN]}', expected {' | '.join(Bar)}"
            raise self.noted.fail((*self.place, "every"), got)
        return bar

    def _start(self, bar: Bar) -> int:
        return self.noted.instant((*self.place, "from"), self.document.first, bar)

    def _series(self, bar: Bar) -> Iterator[tuple[Series, tuple[float, ...]]]:
        seen: dict[Series, str] = {}
        for written, text in self.document.series.items():
            place = (*self.place, "series", written)
            series = self.noted.attempt(partial(self._named, place, written, bar))
            if series is None:
                continue
            if series in seen:
                self.noted.fail(place, f"the same series as '{seen[series]}'", at_key=True)
            seen[series] = written
            cells = self.noted.attempt(partial(self._cells, place, series, text))
            if cells is not None:
                yield series, cells

    def _restated(self, bar: Bar, known: Mapping[Series, object]) -> Iterator[Restated]:
        for number, each in enumerate(self.document.restated):
            place = (*self.place, "restated", number)
            at = self.noted.attempt(partial(self.noted.instant, (*place, "at"), each.at, Bar.HOUR))
            found: dict[Series, tuple[float, ...]] = {}
            for written, text in each.series.items():
                cells = self.noted.attempt(partial(self._restated_cells, (*place, "series", written), text, bar, known))
                found |= {} if cells is None else dict([cells])
            if at is not None:
                yield Restated(at, found)

    def _restated_cells(
        self, place: Place, text: str, bar: Bar, known: Mapping[Series, object]
    ) -> tuple[Series, tuple[float, ...]]:
        series = self._named(place, str(place[-1]), bar)
        if series not in known:
            raise self.noted.fail(place, "not among the series of this test", "restate one of them", at_key=True)
        if METRICS[series.metric].kind is not Kind.FLOW:
            raise self.noted.fail(place, "levels are observed, never restated", "restate a flow: tokens", at_key=True)
        cells = self._cells(place, series, text)
        if GONE in cells:
            raise self.noted.fail(place, "got 'stale', expected values", "what was not restated is `_`")
        return series, cells

    def _texts(self) -> Iterator[tuple[float, str]]:
        """What the codes stand for in series of texts; all of them are sound."""
        for written, text in self.document.series.items():
            if METRICS[name(written).metric].unit is Unit.TEXT:
                yield from texts(text).items()

    def _named(self, place: Place, written: str, bar: Bar) -> Series:
        try:
            found = name(written)
        except NotationError as error:
            raise self.noted.fail(place, error.message, error.hint, at_key=True) from None
        labels = {"source": SOURCE, **dict(found.labels)}
        if labels.get("model") in REST:
            labels["model"] = REST[0]
        return Series(found.metric, Labels.of(labels), bar)

    def _cells(self, place: Place, series: Series, text: str) -> tuple[float, ...]:
        try:
            return values(text, METRICS[series.metric].unit)
        except NotationError as error:
            raise self.noted.fail(place, error.message, error.hint, offset=error.offset) from None

    def _stale_after(self) -> int | None:
        if self.document.stale_after is None:
            return None
        try:
            return span(self.document.stale_after)
        except ValueError as error:
            raise self.noted.fail((*self.place, "stale_after"), str(error)) from None

    def _alerts(self) -> Iterator[str]:
        """The alerts that count; where the rules have problems of their own, nothing is said of their names."""
        known = [rule.name for rule in self.rules or ()]
        if self.document.alerts is None:
            yield from known
            return
        for number, alert in enumerate(self.document.alerts):
            if alert not in known and self.rules is not None:
                message = f"no alert '{alert[:_SHOWN]}' in the rules of this file"
                self.noted.fail((*self.place, "alerts", number), message, nearest(alert, known))
            yield alert
