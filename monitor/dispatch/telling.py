"""One evaluation of one alert as a notification, and many that were missed as a single one; no receiver yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from monitor.dispatch.details import laid_open
from monitor.dispatch.identity import identity
from monitor.dispatch.wording import behind, citations_of, evidence, headline, judged, remarks
from monitor.model.alert import SEVERITIES, Alert, Citations
from monitor.model.detail import Detail
from monitor.model.fact import NO_TEXTS, Texts
from monitor.model.labels import Labels
from monitor.model.notification import Notification, Reason
from monitor.model.quantity import UNKNOWN, date
from monitor.model.text import one_line
from monitor.model.transition import Change, EpisodeKey, Transition, episode_of

Evaluation = tuple[Alert, tuple[Transition, ...]]
"""What changed of one alert in one bar."""

MOST_LINES = 20
"""Instances that are listed one by one; the rest is counted."""
MOST_DETAILS = 100
"""Instances of which more than a number is kept, for receivers that can show more than the lines."""
SPARKS = 16
"""Numbers of the trail of one of many."""
_TITLE = 300
_CAUSES = ("vendor", "family", "name", "model")  # of labels that make a common cause, the narrowest last
_RESTATED = (Change.WITHDRAWN, Change.CORRECTED)


@dataclass(frozen=True, slots=True)
class Timeliness:
    """`late_after`: later than that after its bar, a notice says so. `late_notice`: what is later is told in one."""

    late_after: timedelta
    late_notice: timedelta


@dataclass(frozen=True, slots=True)
class Telling:
    """All that a text depends on beside what changed.

    `alerts`: by name; a transition of an alert that is no longer there is told plainly. `citations`: see `Citations`.
    `origins`: where figures were restated, the start of the episode that a story was first told under.
    `texts`: what numbers in `Unit.TEXT` stand for.
    """

    alerts: Mapping[str, Alert]
    citations: Citations
    timeliness: Timeliness
    origins: Mapping[EpisodeKey, int] = field(default_factory=dict)
    texts: Texts = field(default_factory=lambda: NO_TEXTS)

    def missed(self, evaluation: Evaluation) -> bool:
        """Whether it is too old to be news; what corrects earlier words is told in its own right."""
        alert, changed = evaluation
        old = behind(changed[0], alert.bar) > self.timeliness.late_notice.total_seconds()
        return old and not any(each.kind in _RESTATED or each.moved_from for each in changed)

    def notification(self, alert: Alert, changed: tuple[Transition, ...]) -> Notification:
        """An evaluation, without a receiver."""
        title, lines = self._told(alert, changed)
        cited = (citation for each in changed for citation in citations_of(each, alert, self.citations))
        first = changed[0]
        key = identity(alert.name, sorted(_key(transition) for transition in changed))
        return Notification(
            id=key,
            receiver="",
            reason=Reason.TRANSITION,
            severity=_worst(alert, changed),
            thread=self._story(first) if len(changed) == 1 else key,
            title=one_line(title, _TITLE),
            lines=(*lines, judged(first, alert.bar, self.timeliness.late_after)),
            citations=tuple(dict.fromkeys(cited)),
            transitions=changed,
            labels=Labels.of(alert.labels),
            details=tuple(self._details(alert, changed)),
        )

    def _story(self, transition: Transition) -> str:
        """The thread of an episode; what is said of several at once belongs to none of theirs."""
        origin = self.origins.get(episode_of(transition), transition.episode)
        return identity(transition.alert, transition.labels.pairs, origin)

    def _details(self, alert: Alert, changed: tuple[Transition, ...]) -> Iterator[Detail]:
        """Of one all there is; of many a short trail for those that are listed, the words alone of others."""
        if len(changed) == 1:
            yield self._detail(changed[0], alert, headline(changed[0], alert, self.citations, self.texts))
            return
        for each in changed[:MOST_LINES]:
            full = self._detail(each, alert, self._line(each, alert))
            yield replace(full, trail=full.trail.last(SPARKS)) if full.trail else full
        yield from (Detail(self._line(each, alert)) for each in changed[MOST_LINES:MOST_DETAILS])

    def _detail(self, transition: Transition, alert: Alert, said: str) -> Detail:
        when = judged(transition, alert.bar, self.timeliness.late_after)
        words = Detail(said, when=when, evidence=evidence(transition))
        return laid_open(words, transition, alert, self.texts)

    def _line(self, transition: Transition, alert: Alert) -> str:
        """One of many."""
        return headline(transition, alert, self.citations, self.texts, named=False)

    def _told(self, alert: Alert, changed: tuple[Transition, ...]) -> tuple[str, tuple[str, ...]]:
        if len(changed) == 1:
            said = headline(changed[0], alert, self.citations, self.texts)
            # A title that had to be cut is said in full below it.
            whole = (said,) if len(said) > _TITLE else ()
            return said, (*whole, *remarks(changed[0], alert, self.citations, self.texts))
        cause = _shared(changed)
        return f"{alert.name}: {f'{cause}: ' if cause else ''}{_counts(changed)}", self._listed(alert, changed)

    def _listed(self, alert: Alert, changed: tuple[Transition, ...]) -> tuple[str, ...]:
        """A line each; remarks that all of them share stand once below, others with their own line."""
        shown = changed[:MOST_LINES]
        own = [remarks(transition, alert, self.citations, self.texts) for transition in shown]
        shared = own[0] if len(set(own)) == 1 else ()
        lines = [
            " — ".join((self._line(transition, alert), *(() if shared else remark)))
            for transition, remark in zip(shown, own, strict=True)
        ]
        more = (f"and {len(changed) - MOST_LINES} more",) if len(changed) > MOST_LINES else ()
        return (*lines, *more, *shared)


def catch_up(missed: Sequence[Evaluation], telling: Telling) -> Notification:
    """Everything that happened while nobody looked, in one notification: a line each, oldest first."""
    days = sorted(each.valid_at for _, changed in missed for each in changed)
    title = f"Catch-up: {len(days)} changes of bars from {date(days[0])} to {date(days[-1])}, told late"
    return gathered(missed, telling, title, "catch-up")


def group(evaluations: Sequence[Evaluation], telling: Telling) -> Notification:
    """What changed of several alerts in one bar and is told together, under what all of it has in common."""
    changed = [each for _, every in evaluations for each in every]
    shared = _shared(changed)
    names = ", ".join(sorted({alert.name for alert, _ in evaluations}))
    title = f"{f'{shared}: ' if shared else ''}{_counts(changed)} of {names}"
    alert = evaluations[0][0]
    when = judged(changed[0], alert.bar, telling.timeliness.late_after)
    return gathered(evaluations, telling, one_line(title, _TITLE), "group", last=(when,), dated=False)


def gathered(  # noqa: PLR0913 - what is said beside the list
    evaluations: Sequence[Evaluation],
    telling: Telling,
    title: str,
    *story: object,
    first: tuple[str, ...] = (),
    last: tuple[str, ...] = (),
    dated: bool = True,
) -> Notification:
    """Changes of several alerts in one notification, a line each, in their order; a story of its own.

    `story`: what makes it another one than the same changes told elsewhere. `first`, `last`: lines around the list.
    `dated`: whether each line begins with its day.
    """
    every = [(alert, each) for alert, changed in evaluations for each in changed]
    said = [headline(each, alert, telling.citations, telling.texts) for alert, each in every]
    lines = [f"{date(each.valid_at)}: {line}" if dated else line for (_, each), line in zip(every, said, strict=True)]
    more = (f"and {len(lines) - MOST_LINES} more",) if len(lines) > MOST_LINES else ()
    cited = (citation for alert, each in every for citation in citations_of(each, alert, telling.citations))
    key = identity(*story, sorted((each.alert, *_key(each)) for _, each in every))
    return Notification(
        id=key,
        receiver="",
        reason=Reason.TRANSITION,
        severity=max((_worst(alert, changed) for alert, changed in evaluations), key=SEVERITIES.index),
        thread=key,
        title=title,
        lines=(*first, *lines[:MOST_LINES], *more, *last),
        citations=tuple(dict.fromkeys(cited)),
        transitions=tuple(each for _, each in every),
        details=tuple(Detail(line) for line in lines[:MOST_DETAILS]),
    )


def severity_of(alert: Alert, level: str) -> str:
    """The level, where it is a severity, or else what the rule's labels say."""
    written = level if level in SEVERITIES else alert.labels.get("severity", "")
    return written if written in SEVERITIES else SEVERITIES[0]


def _worst(alert: Alert, changed: Sequence[Transition]) -> str:
    levels = [each.level for each in changed if each.level in SEVERITIES]
    return severity_of(alert, max(levels, key=SEVERITIES.index, default=""))


def alert_of(name: str, alerts: Mapping[str, Alert]) -> Alert:
    """An alert by its name; a plain one where it is no longer there."""
    return alerts.get(name) or Alert(name, {})


def _shared(changed: Sequence[Transition]) -> str:
    """Who is behind all of them, where that is one: a vendor, or what they have of the same labels."""
    labels = [each.joined.merged(each.labels) for each in changed]
    values = (labels[0].get(name) for name in _CAUSES if len({each.get(name) for each in labels}) == 1)
    alike = [value for value in values if value not in ("", UNKNOWN)]
    return one_line(alike[-1], _TITLE // 3) if alike else ""


def _key(transition: Transition) -> tuple[object, int, str, int, int]:
    return (
        transition.labels.pairs,
        transition.episode,
        transition.kind.value,
        transition.valid_at,
        transition.judged_at if transition.kind in _RESTATED or transition.moved_from else 0,
    )


def _counts(changed: Sequence[Transition]) -> str:
    kinds = [transition.kind for transition in changed]
    return ", ".join(f"{kinds.count(kind)} {kind.value}" for kind in Change if kind in kinds)
