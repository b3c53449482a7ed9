"""What is said where an alert was told, once somebody acknowledged or silenced it. Pure."""

from __future__ import annotations

from dataclasses import replace

from monitor.dispatch.identity import identity
from monitor.model.notification import Mood, Notification, Reason
from monitor.model.silence import Silence
from monitor.model.text import one_line

_TITLE, _LINE = 300, 400


def deed_notice(told: Notification, silence: Silence) -> Notification:
    """Who did what about it, in its story; `told`: what its receiver was told of it last."""
    known = silence.episode is not None
    done = "Acknowledged" if known else "Silenced"
    reason = (f"reason: {one_line(silence.reason, _LINE)}",) if silence.reason else ()
    return replace(
        told,
        id=identity(told.receiver, "deed", silence.id, told.thread),
        reason=Reason.ACTION,
        mood=Mood.ACKNOWLEDGED if known else Mood.SILENCED,
        title=one_line(f"{done} by {silence.author}: {told.title}", _TITLE),
        lines=(*reason, f"nothing more of it is sent {silence.until}"),
        details=(),
        quiet=False,
    )
