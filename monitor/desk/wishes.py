"""What somebody wants silenced, as it is written: matchers, for how long, why. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.errors import ActionError
from monitor.model.matcher import Matcher, matchers
from monitor.model.quantity import span
from monitor.model.recurrence import Recurrence, recurrence
from monitor.model.text import one_line

_REASON = 300
_WRITTEN = re.compile(r"(?P<match>.*[\"'\]])\s+(?P<span>[0-9]{1,9}\s*[mhdw])(?:\s+(?P<reason>.*))?", re.DOTALL)
_HINT = 'write: silence vendor="openai" 7d planned change'


@dataclass(frozen=True, slots=True)
class Wish:
    """A silence that nobody has made yet. `starts_at`: 0 = now; epoch seconds. `ends_at`: None = until it is ended."""

    matchers: tuple[Matcher, ...]
    starts_at: int = 0
    ends_at: int | None = None
    reason: str = ""
    recurrence: Recurrence | None = None

    @property
    def meant(self) -> str:
        """Its matchers, as they are written."""
        return ", ".join(map(str, self.matchers))


def wish(text: str, now: int) -> Wish:
    """`vendor="openai" 7d planned change`; `now`: epoch seconds. Raises ActionError."""
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        raise ActionError(f"got {text.strip()[:80]!r}, expected matchers and a span", hint=_HINT)
    return wished(written["match"], now, lasts=written["span"], reason=written["reason"] or "")


def wished(match: str, now: int, *, lasts: str = "", reason: str = "", times: str = "") -> Wish:
    """From its parts as texts; `lasts`: a span, `times`: a recurrence; one of both at least. Raises ActionError."""
    try:
        found = matchers(match)
        ends = now + span(lasts) if lasts else None
        when = recurrence(times) if times else None
    except ValueError as error:
        raise ActionError(str(error), hint=_HINT) from None
    if not found:
        raise ActionError("no matcher is given: that would silence everything", hint=_HINT)
    if ends is None and when is None:
        raise ActionError("nothing says how long", hint=_HINT)
    return Wish(found, 0, ends, one_line(reason, _REASON), when)
