"""Where the user's own file or address is, and what stands in a file."""

from __future__ import annotations

import asyncio
import hashlib
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from monitor.errors import SourceError
from monitor.sources.fetch import Body, Limits

_ADDRESS = re.compile(r"https?://[^\s@]+")
_FILE = "file://"
_EXPECTED = "an address with https:// or http://, a file with file:///, or an absolute path"


def located(url: str) -> str:
    """The same, if it can be asked for or read; raises ValueError."""
    if not (is_address(url) or _path(url).is_absolute()):
        raise ValueError(f"expected {_EXPECTED}")
    return url


def is_address(url: str) -> bool:
    """Whether it is asked for over HTTP."""
    return _ADDRESS.fullmatch(url) is not None


async def file_content(name: str, url: str, now: datetime) -> Body:
    """What stands in a file now; raises SourceError. `name`: of the source, for messages."""
    body = await asyncio.to_thread(_read, name, _path(url))
    return Body(body, hashlib.sha256(body).hexdigest(), not_modified=False, fetched_at=now)


def _read(name: str, path: Path) -> bytes:
    most = Limits().size
    try:
        with path.open("rb") as file:
            body = file.read(most + 1)
    except OSError as error:
        raise SourceError(
            f"{name}: {path}: can not be read: {error.strerror}", hint="check `url` in this source's settings"
        ) from None
    if len(body) > most:
        raise SourceError(f"{name}: {path}: got more than {most:,} bytes, expected at most that")
    return body


def _path(url: str) -> Path:
    return Path(unquote(url.removeprefix(_FILE))) if url.startswith(_FILE) else Path(url).expanduser()
