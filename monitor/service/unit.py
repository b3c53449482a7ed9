"""The text of the unit: the one that ships, with what differs from machine to machine. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from monitor.errors import ServiceError

_PLAIN = re.compile(r"[\w./+@:=,-]+", re.ASCII)  # needs no quotes, and no systemd reads anything else into it
_EXEC = re.compile(r"^ExecStart=.*$", re.MULTILINE)
_EXAMPLE = re.compile(r"^#LoadCredential=.*\n", re.MULTILINE)


def unit(template: str, program: Path, config: Path | None, credentials: Iterable[Path]) -> str:
    """The unit that starts this program; each credential goes by the name of its file. Raises ServiceError."""
    options = "" if config is None else f"--config {_plain(config)} "
    loaded = "".join(f"LoadCredential={path.name}:{_plain(path)}\n" for path in credentials)
    started = _EXEC.sub(f"ExecStart={_plain(program)} {options}run", template)
    return _EXAMPLE.sub(loaded, started)


def _plain(path: Path) -> str:
    if not _PLAIN.fullmatch(str(path)):
        raise ServiceError(
            f"{path}: has a character that means something in a unit, expected letters, digits and . / + @ : = , - _",
            hint="move it to a place with a plain name",
        )
    return str(path)
