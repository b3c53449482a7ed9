"""Reads an instant as people and programs write it: a day, an instant with its offset, epoch seconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

from monitor.sources.answer import Place

_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d(?P<clock>[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d))?", re.ASCII)
_EPOCH = re.compile(r"\d{9,10}", re.ASCII)
_EXPECTED = "a day such as 2026-09-30, an instant such as 2026-09-30T12:00:00Z, or epoch seconds"


def moment(place: Place) -> int:
    """Epoch seconds of it, a day by its start in UTC; raises SourceError."""
    value = place.value
    text = str(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""
    if _EPOCH.fullmatch(text):
        return int(text)
    try:
        written = _WRITTEN.fullmatch(text)
        found = datetime.fromisoformat(text) if written else None
    except ValueError:
        found = None
    if found is None:
        raise place.fault(_EXPECTED)
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
