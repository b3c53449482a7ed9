"""What a person sees of the demo: an opening, the notifications under a heading a day, what to do next."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TextIO

from monitor.demo.facts import CITATIONS
from monitor.demo.story import LEDGER, Told
from monitor.model.notification import Notification
from monitor.notifiers.console import block

_WIDTH = 100
_INFO = "info"
_OPENING = """\
Model Market Monitor: a demo with recorded facts and a fast clock.

A server on this machine answers like OpenRouter's API: weekly tokens of the nine largest models from
5 January to 29 March 2026, and the prices around DeepSeek V4-Pro's cut of 26 April 2026. The real daemon
polls it by its real schedule and judges the rules that ship. Below stands what Slack would have got on
each day, "info" cut down to one line. The first poll of a source fills history and tells nobody.
The server knows those nine models and no others: "all that is listed" is the nine of that week.

"""
_NEXT = """\
To run it for real (where there is no `monitor`, take .venv/bin/monitor):

  1. Make an OpenRouter API key (openrouter.ai, Settings, API Keys); without one only prices are watched.
     Make a Slack bot with the scope chat:write; without one notifications go to the console.
     Write both into ./monitor.toml, or into the environment (MONITOR_SLACK__TOKEN and so on):
       [sources.openrouter_rankings]
       key = "sk-or-..."
       [slack]
       token = "xoxb-..."         # instead of both: webhook = "https://hooks.slack.com/services/..."
       channel = "#model-market"
  2. monitor run                polls, judges and tells until it is stopped
  3. monitor backtest           what the rules would have told over the history in your ledger
  4. Edit the rules in {rules}, or name a folder of your own at the top of monitor.toml: rules = ["my-rules"]
     monitor check              tells every mistake in them
"""


class Screen:
    """Writes to a stream: colours only on a terminal, and not where NO_COLOR is set. Raises OSError."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._colours = stream.isatty() and not os.environ.get("NO_COLOR")
        self._day: date | None = None

    def opening(self) -> None:
        """Say what is shown."""
        self._write(_OPENING)

    def show(self, told: Told) -> None:
        """One notification, under the heading of its day."""
        if told.at.date() != self._day:
            self._day = told.at.date()
            self._write(f"{f'── {told.at:%Y-%m-%d, %A} '.ljust(_WIDTH, '─')}\n")
        notification = told.notification
        shown = _in_one_line(notification) if notification.severity == _INFO else notification
        self._write(block(shown, colours=self._colours).rstrip("\n") + "\n")

    def closing(self, rules: Path, kept: Path | None) -> None:
        """Say what to do next, and whose figures these were."""
        self._write(f"{'─' * _WIDTH}\n\n{_NEXT.format(rules=_from_here(rules))}\n")
        if kept is not None:
            self._write(f"The ledger of this demo is kept: monitor --ledger {kept / LEDGER} status\n\n")
        self._write("".join(f"{citation}\n" for citation in CITATIONS))

    def _write(self, text: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()


def _in_one_line(notification: Notification) -> Notification:
    """Without the bar it is about and the citation (one stands at the end); of several instances no heading."""
    several = len(notification.transitions) > 1
    title = "; ".join(notification.lines[:-1]) if several else notification.title
    return replace(notification, title=title, lines=(), citations=())


def _from_here(folder: Path) -> str:
    """As short as it can be said from here."""
    here = os.path.relpath(folder)
    return f"{folder if here.startswith(os.pardir) else here}{os.sep}"
