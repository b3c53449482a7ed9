"""Making the monitor a service, or the service one of this installation; a ledger that is there is copied first."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import monitor
from monitor.backups import make
from monitor.errors import ServiceError
from monitor.service.places import BACKUPS, CREDENTIALS, DROP_INS, LEDGER, NAME, SETTINGS, UNIT
from monitor.service.reach import require_reach
from monitor.service.systemctl import require_systemd, start, systemctl
from monitor.service.unit import unit
from monitor.shipped import shipped

_SETTING = re.compile(r"[a-z0-9_]+__[a-z0-9_]+")  # how a credential is called after its setting
_MEGA = 1_000_000


def unit_here(config: Path | None, credentials: Path = CREDENTIALS) -> str:
    """The unit that fits this installation. `config`: the settings file, None = the usual one. Raises ServiceError."""
    template = shipped("deploy/monitor.service").read_text(encoding="utf-8")
    return unit(template, _program(), config and config.absolute(), _credentials(credentials)[0])


def install(config: Path | None) -> Iterator[str]:
    """Write the unit, enable and start it; yields what was done. Raises ServiceError and LedgerError.

    What is refused is refused before anything is changed.
    """
    require_systemd()
    _require_reach(config)
    text = unit_here(config)
    if UNIT.exists():
        systemctl("stop", NAME)
    if LEDGER.exists():
        yield _backup(datetime.now(UTC))
    UNIT.write_text(text, encoding="utf-8")
    yield f"unit: {UNIT}, starts {_program()}"
    yield from _beside(config)
    systemctl("daemon-reload")
    systemctl("--quiet", "enable", NAME)
    start(NAME)
    yield f"started and ready; also at boot. `systemctl status {NAME}` shows it, `journalctl -u {NAME}` what it says"


def _program() -> Path:
    return Path(sys.executable).with_name("monitor")


def _credentials(folder: Path) -> tuple[Sequence[Path], Sequence[Path]]:
    """The files that are called after a setting, and those that are not."""
    try:
        files = sorted(folder.iterdir()) if folder.exists() else []
    except PermissionError:
        raise ServiceError(f"{folder}: can not be read by this user, expected root", hint="use sudo") from None
    named = [path for path in files if _SETTING.fullmatch(path.name)]
    return named, [path for path in files if path not in named]


def _require_reach(config: Path | None) -> None:
    program = "install it where everybody may read: /usr/bin/python3 -m venv /opt/monitor"
    require_reach(Path(sys.executable), runs=True, hint=program)
    if not _program().exists():
        raise ServiceError(f"{_program()}: there is no such program, expected it beside Python", hint=program)
    require_reach(_program(), runs=True, hint=program)
    require_reach(Path(monitor.__file__), hint=program)
    settings = SETTINGS if config is None else config.absolute()
    if config is not None or settings.exists():
        require_reach(settings, hint=f"chmod 644 {settings}, and keep secrets in {CREDENTIALS}")


def _backup(at: datetime) -> str:
    BACKUPS.mkdir(mode=0o700, parents=True, exist_ok=True)
    made, _ = make(LEDGER, BACKUPS / f"ledger-{at:%Y-%m-%dT%H%M%SZ}.sqlite", at)
    return f"the ledger that was there is copied, and sound: {made.path}, {made.size / _MEGA:,.1f} MB"


def _beside(config: Path | None) -> Iterator[str]:
    """What goes with the unit, and what was found and not used."""
    if config is not None or SETTINGS.exists():
        yield f"settings: {config or SETTINGS}"
    else:
        yield f"settings: the defaults; {SETTINGS} is read when it is there"
    named, others = _credentials(CREDENTIALS)
    yield f"credentials: {', '.join(path.name for path in named) or f'none in {CREDENTIALS}'}"
    for path in others:
        yield f"left out: {path} is not called after a setting, such as slack__token"
    for path in sorted(DROP_INS.glob("*.conf")):
        yield f"stays: {path}"
