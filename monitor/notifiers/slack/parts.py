"""What a message leaves over, as notifications of their own: they are owed once it stands. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from monitor.chart.message import file_name, picture
from monitor.chart.png import drawable
from monitor.model.notification import Notification
from monitor.notifiers.slack.blocks import Message, message

OVERFLOW, PICTURE = "overflow", "picture"


def rest(notification: Notification) -> tuple[Notification, ...]:
    """For its thread: what did not fit, then its picture."""
    if notification.part:
        return ()
    return tuple(
        replace(
            notification, id=f"{notification.id}-{part}", part=part, possible_repeat=False, tried_at=0, follows=None
        )
        for part in _parts(notification)
    )


def said(notification: Notification, *, threads: bool, acts: bool = False) -> Message:
    """What is posted of it: the whole as far as it fits, or what did not; raises ValueError where all of it did."""
    whole = message(notification, threads=threads or notification.part == OVERFLOW, acts=acts)
    if notification.part != OVERFLOW:
        return whole
    if whole.overflow is None:
        raise ValueError("nothing is left over")
    return whole.overflow


def shared_name(notification: Notification) -> str:
    """What the file of a picture is called; by it, it is found again."""
    return f"{file_name(notification)}{_ending(notification)}"


def is_shared(name: object, notification: Notification) -> bool:
    """Whether a file with this name is the picture of that notification."""
    return str(name).endswith(_ending(notification))


def _parts(notification: Notification) -> Iterator[str]:
    if message(notification, threads=True).overflow is not None:
        yield OVERFLOW
    if drawable() and picture(notification) is not None:
        yield PICTURE


def _ending(notification: Notification) -> str:
    return f"-{notification.id}.png"
