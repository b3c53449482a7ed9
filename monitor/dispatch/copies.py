"""What the monitor says of sinks: one message when one takes nothing, one when it is over, one for refused lines."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.dispatch.identity import identity
from monitor.dispatch.routes import Routes
from monitor.dispatch.wording import LINE
from monitor.model.copying import Answer, Rejected, Standing
from monitor.model.notification import Notification, Reason
from monitor.model.quantity import date, duration, moment
from monitor.model.text import counted, one_line

_CAUSES = (
    "If the bucket has a field as another type: drop it there, or use another bucket. If it keeps less history: let it "
    "keep more. Then stop the monitor and run `monitor influx rejected --resend`."
)
PATIENCE = 3600  # seconds that a passing trouble lasts before a person is told


def is_told(answer: Answer) -> bool:
    """Whether a person is told of it: what somebody must act on at once, what passes by itself after an hour."""
    lasted = answer.at - answer.since >= PATIENCE
    return answer.standing is Standing.HELD or (answer.standing is Standing.WAITS and lasted)


def refusing_notice(routes: Routes, sink: str, answer: Answer) -> tuple[Notification, ...]:
    """A sink takes nothing; told once, however long it lasts."""
    held = answer.standing is Standing.HELD
    fate = "It is tried again every five minutes." if held else "It is tried again at least every hour."
    lines = (*_told(answer), f"since {moment(answer.since)}", f"Everything waits in the ledger. {fate}")
    title = f"Copies: {sink} takes nothing{', a person must act' if held else f' for {_lasted(answer, answer.at)}'}"
    return _each(routes, sink, answer.since, title, "warning", lines)


def taking_notice(routes: Routes, sink: str, before: Answer, at: int) -> tuple[Notification, ...]:
    """A sink takes again what it is sent, after a person was told that it did not. `at`: epoch seconds."""
    lines = (f"after {_lasted(before, at)}; what waited is written now",)
    return _each(routes, sink, before.since, f"Copies: {sink} takes again what it is sent", "info", lines)


def rejected_notice(routes: Routes, sink: str, rejected: Sequence[Rejected], at: int) -> tuple[Notification, ...]:
    """Lines, one at least, that a sink will never take; told once a day. `at`: epoch seconds."""
    first = rejected[0]
    title = f"Copies: {sink} refuses {counted(len(rejected), 'line')}; the rest is written"
    lines = (
        one_line(first.said, LINE),
        one_line(f"the line: {first.line}", LINE),
        "Kept aside in the ledger. `monitor influx rejected` lists all; this is told once a day.",
        _CAUSES,
    )
    return _each(routes, sink, date(at), title, "warning", lines)


def _told(answer: Answer) -> tuple[str, ...]:
    """What went wrong, and what to do, each on its line."""
    return tuple(one_line(line, LINE) for line in answer.said.splitlines())


def _lasted(answer: Answer, at: int) -> str:
    return duration(max(at - answer.since, 0))


def _each(  # noqa: PLR0913, PLR0917 - what is said of a sink
    routes: Routes, sink: str, story: object, title: str, severity: str, lines: tuple[str, ...]
) -> tuple[Notification, ...]:
    return tuple(
        Notification(
            id=identity(receiver, Reason.SINK, sink, story, severity),
            receiver=receiver,
            reason=Reason.SINK,
            severity=severity,
            thread=identity(Reason.SINK, sink, story),
            title=title,
            lines=lines,
        )
        for receiver in routes.hearing(Reason.SINK, severity, sink=sink)
    )
