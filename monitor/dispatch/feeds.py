"""What the monitor says of feeds: one message when something is wrong with one, one when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.dispatch.identity import identity
from monitor.dispatch.routes import Routes
from monitor.dispatch.wording import LINE
from monitor.model.notification import Notification, Reason
from monitor.model.quantity import ago, duration, moment
from monitor.model.text import one_line
from monitor.model.trouble import Trouble, TroubleKind


@dataclass(frozen=True, slots=True)
class _Words:
    """How a kind of trouble is told: what is wrong, what becomes of it, and that it is over; `{}`: the poll."""

    title: str
    fate: str
    over: str


_WORDS: Mapping[TroubleKind, _Words] = {
    TroubleKind.QUARANTINED: _Words(
        "Quarantined: a snapshot of {} is not believed",
        "It is kept for people to look at and is not judged; alerts over this source wait for the next good snapshot.",
        "Believed again: {}",
    ),
    TroubleKind.CONTRACT: _Words(
        "Contract broken: {} does not answer as it was agreed",
        "Nothing of it is learnt until the source is as before, or this program or its settings follow.",
        "Contract kept again: {}",
    ),
    TroubleKind.FROZEN: _Words(
        "Frozen: {} answers and brings nothing new",
        "It may have moved elsewhere: see where the source publishes now.",
        "Moving again: {} brought something new",
    ),
}


def trouble_notice(routes: Routes, trouble: Trouble, *, last_good: int | None, at: int) -> tuple[Notification, ...]:
    """Something is wrong with a feed: told once, however long it lasts.

    `last_good`: epoch seconds of the figures that stay in use, None = there are none; `at`: epoch seconds of now.
    """
    words = _WORDS[trouble.kind]
    since = f"since {moment(trouble.since)}" if trouble.looks > 1 else f"first seen {moment(trouble.since)}"
    lines = (one_line(trouble.why, LINE), since, in_use(last_good, at), words.fate)
    return _each(routes, trouble, words.title, "warning", lines)


def over_notice(routes: Routes, trouble: Trouble, *, now_shown: str, at: int) -> tuple[Notification, ...]:
    """A trouble that was told is over. `now_shown`: what the good answer says of itself."""
    lasted = f"since {moment(trouble.since)} it was: {one_line(trouble.why, LINE)}"
    lines = (f"after {duration(at - trouble.since)}; {now_shown}", one_line(lasted, LINE))
    return _each(routes, trouble, _WORDS[trouble.kind].over, "info", lines)


def in_use(last_good: int | None, at: int) -> str:
    """Which figures stay in use, and how old they are."""
    if last_good is None:
        return "It never brought anything that could be used."
    when = f"{moment(last_good)} ({ago(last_good, at)})"
    return f"What it showed last, {when}, stays in use until it is too old (stale_after)."


def _each(
    routes: Routes, trouble: Trouble, title: str, severity: str, lines: tuple[str, ...]
) -> tuple[Notification, ...]:
    told = one_line(title.format(one_line(trouble.poll, 100)), LINE)
    return tuple(
        Notification(
            id=identity(receiver, Reason.FEED, trouble.poll, trouble.kind, trouble.since, severity),
            receiver=receiver,
            reason=Reason.FEED,
            severity=severity,
            thread=identity(Reason.FEED, trouble.poll, trouble.kind, trouble.since),
            title=told,
            lines=lines,
        )
        for receiver in routes.hearing(Reason.FEED, severity, source=trouble.poll)
    )
