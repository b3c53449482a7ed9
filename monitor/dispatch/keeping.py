"""What the monitor says of backups: that none can be made, that it works again, that one took the ledger's place."""

from __future__ import annotations

from monitor.dispatch.identity import identity
from monitor.dispatch.routes import Routes
from monitor.dispatch.wording import LINE
from monitor.model.notification import Notification, Reason
from monitor.model.quantity import moment
from monitor.model.text import one_line


def backup_notice(routes: Routes, why: str, *, since: int, newest: int | None) -> tuple[Notification, ...]:
    """No backup could be made since `since`; without `why` it works again. `newest`: of when the newest one is."""
    severity = "warning" if why else "info"
    of_when = "There is no backup." if newest is None else f"The newest backup is of {moment(newest)}."
    told = tuple(one_line(line, LINE) for line in why.splitlines())
    return tuple(
        Notification(
            id=identity(receiver, Reason.BACKUP, since, severity),
            receiver=receiver,
            reason=Reason.BACKUP,
            severity=severity,
            thread=identity(Reason.BACKUP, since),
            title="Backup: the ledger can not be copied" if why else "Backup: the ledger is copied again",
            lines=(*told, f"since {moment(since)}", of_when, *(("It is tried again every hour.",) if why else ())),
        )
        for receiver in routes.hearing(Reason.BACKUP, severity)
    )


def damage_notice(routes: Routes, why: str, *, of: int | None, kept: str, at: int) -> tuple[Notification, ...]:
    """A damaged ledger, now called `kept`, was replaced by a backup that has all up to `of`, epoch seconds."""
    known = "what the backup has" if of is None else f"all up to {moment(of)}"
    lines = (
        one_line(why, LINE),
        f"The monitor goes on with {known}; what came later is learnt again as far as sources still show it.",
        one_line(f"The damaged file is kept: {kept}", LINE),
        "Look at the disk and the memory of this machine.",
    )
    return tuple(
        Notification(
            id=identity(receiver, Reason.BACKUP, "damage", at),
            receiver=receiver,
            reason=Reason.BACKUP,
            severity="critical",
            thread=identity(Reason.BACKUP, "damage", at),
            title="Ledger: it was damaged; a backup took its place",
            lines=lines,
        )
        for receiver in routes.hearing(Reason.BACKUP, "critical")
    )
