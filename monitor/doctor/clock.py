"""This machine's clock beside that of a source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from monitor.adapters import Adapters
from monitor.model.finding import Finding, failed, ok, warning

_SKEW = 30.0  # seconds
_PATIENCE = 10.0  # seconds


def clock(found: Adapters, now: Callable[[], datetime]) -> Iterator[Finding]:
    """This machine's clock beside that of the first source: bars are closed by it."""
    urls = [str(getattr(each.config, "url", "")) for each in found.sources.values()]
    address = next((url for url in urls if url.startswith("http")), "")
    if not address:
        return
    try:
        answer = httpx.head(address, timeout=_PATIENCE, follow_redirects=False)
        theirs = parsedate_to_datetime(answer.headers.get("Date", "")).replace(tzinfo=UTC)  # HTTP dates are GMT
    except (httpx.HTTPError, ValueError, TypeError):
        yield warning("clock", "no source tells the time", "see below whether sources can be reached")
        return
    skew = (now() - theirs).total_seconds()
    said = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} {httpx.URL(address).host}"
    if abs(skew) > _SKEW:
        yield failed("clock", said, "switch on time synchronisation (timedatectl set-ntp true)")
    else:
        yield ok("clock", said)
