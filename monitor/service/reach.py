"""Whether the service's user, who is nobody in particular, reaches a file behind what the unit hides from it."""

from __future__ import annotations

import stat
from pathlib import Path

from monitor.errors import ServiceError

_HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - ProtectHome and PrivateTmp of the unit


def require_reach(path: Path, *, runs: bool = False, hint: str) -> None:
    """Raise ServiceError unless everybody may read the file (`runs`: and run it), on its way and where it leads."""
    for place in (path, path.resolve()):
        why = _hidden(place) or _closed(place, runs=runs)
        if why:
            raise ServiceError(f"{place}: {why}", hint=hint)


def _hidden(path: Path) -> str:
    below = next((folder for folder in _HIDDEN if path.is_relative_to(folder)), None)
    return f"lies below {below}, which the service does not see, expected a place such as /opt" if below else ""


def _closed(path: Path, *, runs: bool) -> str:
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return f"the service's user can not enter {folder}, expected that everybody may"
    wanted = stat.S_IROTH | (stat.S_IXOTH if runs else 0)
    lacks = path.stat().st_mode & wanted != wanted
    return f"the service's user can not {'run' if runs else 'read'} it, expected that everybody may" if lacks else ""
