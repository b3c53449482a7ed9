"""Taking the service away; what the monitor learnt stays unless it is to go."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from monitor.errors import ServiceError
from monitor.service.places import BACKUPS, CREDENTIALS, DROP_INS, LEDGER, NAME, STATE, UNIT
from monitor.service.systemctl import require_systemd, systemctl


def uninstall(*, purge: bool) -> Iterator[str]:
    """Stop and disable the service and remove its unit; yields what was done and what stays. Raises ServiceError.

    `purge`: the ledger goes too.
    """
    require_systemd()
    if not UNIT.exists() and not (purge and STATE.exists()):
        raise ServiceError(f"{UNIT}: there is no such unit, expected an installed service")
    if UNIT.exists():
        systemctl("--quiet", "disable", "--now", NAME)
        UNIT.unlink()
        systemctl("daemon-reload")
        yield f"stopped and removed: {UNIT}"
    if purge and STATE.exists():
        yield _purged()
    elif LEDGER.exists():
        yield f"the ledger stays: {LEDGER}; `monitor uninstall-service --purge` removes it"
    for place in (DROP_INS, CREDENTIALS, BACKUPS):
        if place.exists():
            yield f"stays: {place}"


def _purged() -> str:
    """Removes the state folder: with DynamicUser a link to a folder that only root enters."""
    real = STATE.resolve()
    shutil.rmtree(real)
    STATE.unlink(missing_ok=True)
    return f"removed: {real}"
