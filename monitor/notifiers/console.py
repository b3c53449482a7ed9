"""Prints notifications as readable blocks; the receiver that needs no configuration."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from pydantic import BaseModel, ConfigDict

from monitor.errors import DeliveryError
from monitor.model.notification import Notification, Receipt
from monitor.model.text import one_line
from monitor.ports import Notifier

KIND = "console"
GAP = 0.0
"""Seconds between two notifications at least."""

_COLOURS = {"critical": "\x1b[1;31m", "warning": "\x1b[1;33m", "info": "\x1b[1;36m"}
_RESET = "\x1b[0m"
_LONGEST = 4_000  # characters of a line: nothing that is planned is longer


class Config(BaseModel):
    """Nothing to set."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def build(config: Config) -> Notifier:  # noqa: ARG001 - every kind is built from its config
    """A console that writes to the standard output of the moment."""
    return Console()


class Console:
    """Writes one block for each notification; colours only on a terminal, and not where NO_COLOR is set."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def send(self, notification: Notification) -> Receipt:
        """Write and flush; raises DeliveryError where nobody reads any more."""
        stream = sys.stdout if self._stream is None else self._stream
        try:
            stream.write(_writable(block(notification, colours=_coloured(stream)), stream))
            stream.flush()
        except (OSError, ValueError) as error:  # a closed pipe; a closed file is a ValueError
            raise DeliveryError(f"console: the output can not be written: {error}", outcome_unknown=True) from error
        return Receipt()


def block(notification: Notification, *, colours: bool = False) -> str:
    """The notification as lines, the title first, an empty line last; free of foreign control characters."""
    mark = f"[{notification.severity}]"
    if colours:
        mark = f"{_COLOURS.get(notification.severity, '')}{mark}{_RESET}"
    title, *rest = (one_line(line, _LONGEST) for line in notification.text.splitlines())
    return "\n".join((f"{mark} {title}", *(f"  {line}" for line in rest), "", ""))


def _coloured(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR")


def _writable(text: str, stream: TextIO) -> str:
    """What the stream can not encode becomes "?", so that a model's name can not stop a notification."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
