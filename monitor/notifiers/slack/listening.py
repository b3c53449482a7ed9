"""Waits at Slack for people to act: a socket that Slack opens (Socket Mode), opened anew whenever it ends.

Every envelope is acknowledged before anything is done for it: Slack wants that within three seconds.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Sequence

from monitor.errors import ActionError, MonitorError
from monitor.notifiers.slack.answers import HOLD, Answer, Cause
from monitor.notifiers.slack.buttons import Act
from monitor.notifiers.slack.interactions import USAGE, Asked, Payload, Refused, Room, answer, is_command, read
from monitor.notifiers.slack.socket import Socket, reply
from monitor.ports import Desk
from monitor.workers import pause

_log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0
"""Seconds before the second try to connect, doubled for each further one."""
_STABLE = 30.0  # seconds after which a connection was a good one
_LOOK = 0.2  # seconds between two looks whether it still stands
_REMEMBERED = 1_000  # envelopes
_FAULT = "This failed by a fault of the monitor; its log has more."
_NOT_NOW = "This can not be done now; nothing was changed. The monitor's log says why."


class Listening:
    """Listens for the rooms of one Slack app: it hands what is asked in any of them to whichever socket it likes."""

    def __init__(self, token: str, base_url: str, rooms: Sequence[Room], desk: Desk) -> None:
        self._socket = Socket(token, base_url, self.heard)
        self._rooms = rooms
        self._desk = desk
        self._name = ", ".join(room.receiver for room in rooms)
        self._seen: deque[str] = deque(maxlen=_REMEMBERED)
        self._mutex = threading.Lock()
        self._failures = 0
        self._said = ""  # what went wrong, as it was logged

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; then what is under way is finished and every thread ended."""
        loop = asyncio.get_running_loop()
        try:
            while not stop.is_set():
                opened, since = await asyncio.to_thread(self._socket.open), loop.time()
                if opened.cause is Cause.NONE:
                    self._say("")
                    await self._stands(stop)
                good = opened.cause is Cause.NONE and loop.time() - since >= _STABLE
                self._failures = 0 if good else self._failures + 1
                await pause(stop, self._wait(opened))
        finally:
            await asyncio.to_thread(self._socket.close)

    def heard(self, envelope_id: str, kind: str, payload: Payload) -> None:
        """Do what is asked, once; called from a thread of the socket, which has acknowledged it."""
        if not self._is_new(envelope_id):
            return
        found = read(kind, payload, self._rooms)
        if isinstance(found, Refused):
            _log.warning("receiver %s: refused %s", self._name, found.why)
            self._answer(found.answer, found.reply_to)
        else:
            self._answer(self._done(found), found.reply_to)

    def _is_new(self, envelope_id: str) -> bool:
        with self._mutex:
            new = envelope_id not in self._seen
            self._seen.append(envelope_id)
        return new

    async def _stands(self, stop: asyncio.Event) -> None:
        while self._socket.is_open and not stop.is_set():
            await pause(stop, _LOOK)

    def _done(self, asked: Asked) -> str:
        """What is told to who asked."""
        try:
            return self._asked(asked)
        except ActionError as refused:
            return str(refused)
        except MonitorError as error:
            _log.error("receiver %s: %s by %s: %s", asked.actor.via, asked.act.value, asked.actor.name, error)
            return _NOT_NOW
        except Exception:  # noqa: BLE001 - the end of a thread: nobody else would ever hear of it
            _log.exception("receiver %s: %s by %s", asked.actor.via, asked.act.value, asked.actor.name)
            return _FAULT

    def _asked(self, asked: Asked) -> str:
        match asked.act:
            case Act.ACKNOWLEDGE:
                return self._desk.acknowledge(asked.about, asked.actor)
            case Act.WHY:
                return self._desk.why(asked.about)
            case Act.HISTORY:
                return self._desk.history(asked.about)
            case Act.SILENCE if asked.quiet is not None:
                return self._desk.silence(asked.about, asked.actor, asked.quiet)
            case _:
                return self._desk.command(asked.about, asked.actor) if is_command(asked.about) else USAGE

    def _answer(self, text: str, reply_to: str) -> None:
        answered = reply(reply_to, answer(text))
        if answered.cause is not Cause.NONE:
            told = answered.fault or answered.code or f"HTTP {answered.status}"
            _log.warning("receiver %s: an answer to a person did not arrive (%s)", self._name, told)

    def _wait(self, opened: Answer) -> float:
        """Seconds until the next try, which is logged where it is news."""
        if opened.cause is Cause.NONE:
            return 0.0 if self._failures == 0 else self._backoff()
        held = opened.cause in (Cause.TOKEN, Cause.CHANNEL)
        told = opened.fault or opened.code or f"HTTP {opened.status}"
        hint = "\n    give the app a valid app_token (xapp-…) with the scope connections:write" if held else ""
        self._say(f"nobody can act from Slack: no connection ({told}); messages go out all the same{hint}")
        return HOLD if held else max(self._backoff(), opened.retry_after or 0.0)

    def _backoff(self) -> float:
        return float(min(FIRST_WAIT * 2.0 ** min(self._failures - 1, 30), LONGEST_WAIT))

    def _say(self, told: str) -> None:
        """Once for each trouble, and once that it is over."""
        if told and told != self._said:
            _log.warning("receiver %s: %s", self._name, told)
        elif self._said and not told:
            _log.info("receiver %s: people can act from Slack again", self._name)
        self._said = told
