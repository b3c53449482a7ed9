"""What people who ask are shown, in lines of plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.desk.alerts import OpenAlert
from monitor.dispatch.holding import Instance
from monitor.dispatch.telling import alert_of
from monitor.dispatch.wording import bar_in_words, headline
from monitor.dispatching import Round
from monitor.errors import ActionError
from monitor.explain.answer import explain, matching
from monitor.explain.text import lines
from monitor.model.history import Remembered
from monitor.model.labels import Labels
from monitor.model.quantity import duration
from monitor.rules.words import nearest

USAGE = """status — sources, outbox, how much fires
alerts — what fires, and what holds it back
silence vendor="openai" 7d planned change — tell nothing of what matches
why ALERT label=value — how the newest bar was judged"""
"""What the command understands."""

_MOST_ALERTS, _MOST_CHANGES = 30, 20
_EVER = -(2**62)


def alert_lines(alerts: Sequence[OpenAlert], now: Round) -> Iterator[str]:
    """A line each, the newest first."""
    if not alerts:
        yield "nothing fires"
    citations, texts = now.ledger.citations(), now.ledger.texts()
    for each in alerts[:_MOST_ALERTS]:
        alert = alert_of(each.episode.alert, now.alerts)
        plain = f"{each.episode.alert} {each.episode.labels}"
        said = plain if each.told is None else headline(each.told, alert, citations, texts)
        held = "; ".join(each.held)
        age = duration(max(now.at - each.episode.start, 0))
        yield f"{each.seen.get('severity')}: {said}, for {age}{f' ({held})' if held else ''}"
    if len(alerts) > _MOST_ALERTS:
        yield f"and {len(alerts) - _MOST_ALERTS:,} more"


def explained(now: Round, alert: str, labels: Labels, at: int | None = None) -> Iterator[str]:
    """How a bar was judged, the newest without `at`; raises ActionError."""
    names = {rule.name for rule in now.rules}
    if alert not in names:
        raise ActionError(f"no alert {alert[:60]!r} is in force", hint=nearest(alert, names))
    answers = explain(now.rules, alert, Remembered(now.ledger), now.join, at)
    chosen = [(answer, found) for answer in answers if (found := matching(answer.instances, labels))]
    if not chosen:
        raise ActionError(f"{alert} has no bar with an instance {labels}")
    for answer, instances in chosen:
        yield from lines(answer, instances)


def history_lines(now: Round, instances: Sequence[Instance]) -> Iterator[str]:
    """What changed of these instances, newest first."""
    citations, texts = now.ledger.citations(), now.ledger.texts()
    for name, labels in instances:
        alert = alert_of(name, now.alerts)
        every = [each for each in now.ledger.recorded(name, None, _EVER) if each.labels == labels]
        for each in sorted(every, key=lambda each: -each.valid_at)[:_MOST_CHANGES]:
            yield f"{bar_in_words(alert.bar, each.valid_at)}: {headline(each, alert, citations, texts)}"
        if len(every) > _MOST_CHANGES:
            yield f"and {len(every) - _MOST_CHANGES:,} before"
