"""What the monitor says of itself: rules not read, episodes that an edit ended, receivers not reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from monitor.dispatch.identity import identity
from monitor.dispatch.routes import Routes
from monitor.dispatch.wording import LINE
from monitor.errors import Problem
from monitor.model.alert import Alert
from monitor.model.notification import Notification, Reason
from monitor.model.quantity import date, moment
from monitor.model.text import one_line
from monitor.model.transition import EpisodeKey

_MOST_PROBLEMS = 20
_MOST_ENDED = 20


def rules_notice(  # noqa: PLR0913 - what is said of rule files
    routes: Routes,
    problems: Sequence[Problem],
    *,
    kept: Mapping[str, int],
    refused: Sequence[str] = (),
    at: int,
    attempt: int | None = None,
) -> tuple[Notification, ...]:
    """Rule files could not be taken over as a whole; `at`: epoch seconds when they were read.

    `kept`: by alert, since when (epoch seconds) its version is in force that stays. `refused`: alerts that have none.
    `attempt`: the same problems are told once for each (default: `at`).
    """
    told = [one_line(str(problem), LINE) for problem in problems]
    story = (Reason.RULES, at if attempt is None else attempt, told)
    more = (f"and {len(told) - _MOST_PROBLEMS} more",) if len(told) > _MOST_PROBLEMS else ()
    fate = "the last good version stays" if kept or not refused else "what has them is not in force"
    return tuple(
        Notification(
            id=identity(receiver, *story),
            receiver=receiver,
            reason=Reason.RULES,
            severity="warning",
            thread=identity(*story),
            title=f"Rules: {len(told)} {'problem' if len(told) == 1 else 'problems'}; {fate}",
            lines=(*told[:_MOST_PROBLEMS], *more, *_stays(kept, refused), f"read {moment(at)}"),
        )
        for receiver in routes.hearing(Reason.RULES, "warning")
    )


def _stays(kept: Mapping[str, int], refused: Sequence[str]) -> Iterator[str]:
    """Which alerts go on as of when, and which are not in force."""
    for since in sorted(set(kept.values())):
        alerts = sorted(name for name, of in kept.items() if of == since)
        yield one_line(f"as of {moment(since)} stays: {', '.join(alerts)}", LINE)
    if refused:
        yield one_line(f"not in force, as it never was sound: {', '.join(sorted(refused))}", LINE)


def ended_notice(  # noqa: PLR0913 - what is said of an end
    routes: Routes, alert: Alert, episodes: Sequence[EpisodeKey], why: str, *, origin: int, at: int
) -> tuple[Notification, ...]:
    """Open episodes, one at least, end because of an edit rather than of what is watched; `at`: epoch seconds of it.

    One notice for each receiver, of a single one in its thread. `origin`: the start under which that was told.
    """
    names = [one_line(", ".join(value for _, value in each.labels.without(("source",))), LINE) for each in episodes]
    ended = f"{len(episodes)} episodes" if len(episodes) > 1 else names[0]
    title = one_line(": ".join(filter(None, (alert.name, ended))), LINE)
    listed = tuple(f"{name}, since {date(each.start)}" for name, each in zip(names, episodes, strict=True) if name)
    more = (f"and {len(listed) - _MOST_ENDED} more",) if len(listed) > _MOST_ENDED else ()
    story = (episodes[0].labels.pairs, origin) if len(episodes) == 1 else (why, at)
    return tuple(
        Notification(
            id=identity(receiver, Reason.RULES, alert.name, why, at),
            receiver=receiver,
            reason=Reason.RULES,
            severity="info",
            thread=identity(alert.name, *story),
            title=f"Ended: {title}",
            lines=(why, *listed[:_MOST_ENDED], *more, f"taken over {moment(at)}"),
        )
        for receiver in routes.hearing(Reason.RULES, "info", **{**alert.labels, "alertname": alert.name})
    )


def ending_notice(routes: Routes, *, alert: str, until: int, where: str) -> tuple[Notification, ...]:
    """A rule ends soon. `until`: epoch seconds, the end of its last day; told once. `where`: its file and line."""
    return tuple(
        Notification(
            id=identity(receiver, Reason.RULES, alert, until),
            receiver=receiver,
            reason=Reason.RULES,
            severity="info",
            thread=identity(Reason.RULES, alert, until),
            title=f"{one_line(alert, 100)} ends: {date(until - 1)} is the last day it is judged",
            lines=(f"Change `until` in {one_line(where, LINE)} to keep it.",),
        )
        for receiver in routes.hearing(Reason.RULES, "info", alertname=alert)
    )


def delivery_notice(
    routes: Routes, failed: Notification, error: str, *, kept: bool, at: int
) -> tuple[Notification, ...]:
    """A receiver refuses what it is sent, told to others, once a day for each error.

    `kept`: whether it will be tried again. Nothing is said of a notice that failed itself.
    """
    if failed.reason is Reason.DELIVERY:
        return ()
    told = one_line(error, LINE)
    fate = "It is kept and tried again." if kept else "It is not tried again."
    return tuple(
        Notification(
            id=identity(receiver, Reason.DELIVERY, failed.receiver, told, date(at)),
            receiver=receiver,
            reason=Reason.DELIVERY,
            severity="critical",
            thread=identity(Reason.DELIVERY, failed.receiver, told, date(at)),
            title=f"Delivery: {one_line(failed.receiver, 100)} does not take what it is sent",
            lines=(told, f"first: {one_line(failed.title, LINE)}", f"{fate} The same error is told once a day."),
            citations=failed.citations,
        )
        for receiver in _others(routes, failed.receiver)
    )


def trial_notice(receivers: Sequence[str], *, at: int) -> tuple[Notification, ...]:
    """A test for each of these receivers, whatever the routes; `at`: epoch seconds."""
    return tuple(
        Notification(
            id=identity(receiver, Reason.TEST, at),
            receiver=receiver,
            reason=Reason.TEST,
            severity="info",
            thread=identity(Reason.TEST, at),
            title=f"Test: this is the receiver {receiver}",
            lines=(f"sent {moment(at)} by `monitor notify test`; there is nothing to do",),
        )
        for receiver in receivers
    )


def _others(routes: Routes, failed: str) -> list[str]:
    """Who hears of a refusing receiver: all others, where routes lead to itself alone."""
    wanted = routes.hearing(Reason.DELIVERY, "critical", receiver=failed)
    return [name for name in wanted if name != failed] or [name for name in routes.receivers if name != failed]
