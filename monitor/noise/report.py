"""The noise report as one notification: who spoke most, and what would calm it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.dispatch.identity import identity
from monitor.dispatch.wording import LINE
from monitor.model.bar import DAY
from monitor.model.labels import Labels
from monitor.model.notification import Notification, Reason
from monitor.model.quantity import date, duration, percent
from monitor.model.text import counted, one_line
from monitor.noise.savings import LASTING, Saving
from monitor.noise.spoken import LONG, RECENT, Spoken

NAME = "noise"
"""The label `report` of its notifications."""
_RULES, _FLAPPING = 8, 3  # that are named
_RECENT, _LONG, _LASTING = duration(RECENT), duration(LONG), duration(LASTING)


@dataclass(frozen=True, slots=True)
class Noise:
    """All that is reported at `at`, epoch seconds. `spoken`: who spoke most first.

    `savings`: by alert that was tried, the best change, None = none saves anything. `eventful`: those that no change
    applies to. `untried`: those that there was no time for.
    """

    at: int
    spoken: Sequence[Spoken]
    savings: Mapping[str, Saving | None] = field(default_factory=dict)
    eventful: Sequence[str] = ()
    untried: Sequence[str] = ()

    @property
    def messages(self) -> int:
        """Of all rules."""
        return sum(each.messages for each in self.spoken)


def worded(noise: Noise) -> Notification:
    """What is said of it, without a receiver; the same all day long."""
    story = identity(Reason.REPORT, NAME, noise.at // DAY)
    return Notification(
        id=story,
        receiver="",
        reason=Reason.REPORT,
        severity="info",
        thread=story,
        title=_title(noise),
        lines=tuple(one_line(line, LINE) for line in _lines(noise)),
        labels=Labels.of(report=NAME),
    )


def _title(noise: Noise) -> str:
    told = f"Noise, {_LONG} to {date(noise.at)}: {counted(noise.messages, 'message')}"
    if not noise.messages:
        return told
    most = noise.spoken[0]
    return one_line(f"{told}, {percent(most.messages / noise.messages)} of them from {most.alert}", LINE)


def _lines(noise: Noise) -> Iterator[str]:
    if not noise.spoken:
        yield "No rule spoke."
    for each in noise.spoken[:_RULES]:
        yield _counts(each)
        if each.flapping:
            named = [f"{_named(labels)} changed {count:,} times" for labels, count in each.flapping.items()]
            more = f" and {len(named) - _FLAPPING:,} more" if len(named) > _FLAPPING else ""
            yield f"↕ flaps: {', '.join(named[:_FLAPPING])}{more}"
        yield from _advice(each.alert, noise)
    if len(noise.spoken) > _RULES:
        rest = noise.spoken[_RULES:]
        yield f"and {counted(len(rest), 'rule')} with {counted(sum(each.messages for each in rest), 'message')}"


def _counts(each: Spoken) -> str:
    said = f"{each.alert}: {counted(each.recent_messages, 'message')} in {_RECENT}, {each.messages:,} in {_LONG}"
    changes = f"{counted(each.changes, 'change')} of {counted(each.episodes, 'new episode')}"
    most = "" if each.dominant is None else f", {percent(each.dominant[1])} of them {_named(each.dominant[0])}"
    deeds = [f"{count:,} {word}" for word, count in _deeds(each) if count]
    return "; ".join((f"{said} ({changes}{most})", *deeds))


def _deeds(each: Spoken) -> Iterator[tuple[str, int]]:
    yield "acknowledged", each.acknowledged
    yield "silenced", each.silenced


def _advice(alert: str, noise: Noise) -> Iterator[str]:
    if alert in noise.untried:
        yield "→ no change was tried, for lack of time"
    elif alert in noise.eventful:
        yield "→ each change is news of its own, which no for: or clear: applies to; watch fewer, or route it elsewhere"
    elif alert in noise.savings:
        yield f"→ {_saved(noise.savings[alert])}"


def _saved(saving: Saving | None) -> str:
    if saving is None:
        return f"no standard change would have told less without losing what lasted over {_LASTING}"
    lost = (
        f"lost none of {saving.lasting:,} that lasted over {_LASTING}"
        if saving.lasting
        else f"nothing lasted over {_LASTING}"
    )
    return f"`{saving.change}` would have told {saving.instead:,} instead of {saving.told:,} in {_LONG}, and {lost}"


def _named(labels: Labels) -> str:
    return one_line(" ".join(f"{name}={value}" for name, value in labels), 120) or "its one instance"
