"""Which alerts fired in a period, which of them ended in it, and which still fired when it was over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.digest.period import Period
from monitor.dispatch.telling import alert_of, severity_of
from monitor.model.alert import SEVERITIES, Alert
from monitor.model.bar import Bar
from monitor.model.transition import Change, EpisodeKey, Transition, episode_of


@dataclass(frozen=True, slots=True)
class Alerts:
    """What rules said in a period: changes, the most severe first. `open`: by alert, how many still fired at its end.

    What was withdrawn within the period is not among those that fired. Ends are of alerts that tell them.
    """

    fired: Sequence[Transition] = ()
    ended: Sequence[Transition] = ()
    withdrawn: Sequence[Transition] = ()
    open: Mapping[str, int] = field(default_factory=dict)


def alerts_of(
    transitions: Iterable[Transition], still: Iterable[EpisodeKey], alerts: Mapping[str, Alert], period: Period
) -> Alerts:
    """What changed in bars that ended in the period: that of a week ends with its Sunday.

    `transitions`: all of bars that ended then or later. `still`: the episodes that are open now. `alerts`: by name.
    """
    ends = [(_end(each, alerts), each) for each in sorted(transitions, key=lambda each: _place(each, alerts))]
    inside = [each for end, each in ends if period.start < end <= period.end]
    later = [each for end, each in ends if end > period.end]
    withdrawn = {episode_of(each) for each in inside if each.kind is Change.WITHDRAWN}
    over = {episode_of(each) for each in later if each.kind in (Change.RESOLVED, Change.WITHDRAWN)}
    begun = {episode_of(each) for each in later if each.kind is Change.FIRING}
    open_ = Counter(each.alert for each in {*still, *over} - begun if each.start < period.end)
    return Alerts(
        [each for each in inside if each.kind is Change.FIRING and episode_of(each) not in withdrawn],
        [each for each in inside if each.kind is Change.RESOLVED and _lasts(each.alert, alerts)],
        [each for each in inside if each.kind is Change.WITHDRAWN],
        {name: count for name, count in open_.most_common() if _lasts(name, alerts)},
    )


def _end(each: Transition, alerts: Mapping[str, Alert]) -> int:
    """The end of its bar; of an alert that is no longer there it is taken for an hour."""
    bar = alerts[each.alert].bar if each.alert in alerts else Bar.HOUR
    return bar.end_of(each.valid_at)


def _lasts(name: str, alerts: Mapping[str, Alert]) -> bool:
    """Whether the end of it is worth a word."""
    return name not in alerts or alerts[name].tells_end


def _place(each: Transition, alerts: Mapping[str, Alert]) -> tuple[object, ...]:
    severity = severity_of(alert_of(each.alert, alerts), each.level)
    return -SEVERITIES.index(severity), each.alert, each.valid_at, each.labels
