"""What is on this machine: settings, rule files, the ledger, the disk."""

from __future__ import annotations

import os
import shutil
import stat
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from monitor.adapters import Adapters
from monitor.catalog import Catalog
from monitor.errors import CatalogError, LedgerError
from monitor.files import load_catalog, load_rules
from monitor.ledger import Ledger
from monitor.ledger.lock import OwnerLock
from monitor.model.bar import seconds
from monitor.model.finding import Finding, failed, of_error, ok, warning
from monitor.model.quantity import ago
from monitor.model.text import counted
from monitor.settings import Settings
from monitor.shown import shown

_SCARCE, _GONE = 2e9, 2e8  # bytes


def settings_given(settings: Settings, found: Adapters) -> Iterator[Finding]:
    """Where settings come from; that they are sound is known by then."""
    given = [each for each in shown(settings, found) if each.origin]
    places = Counter(_layer(each.origin) for each in given)
    listed = ", ".join(f"{place} {count}" for place, count in places.items())
    said = f"{counted(len(given), 'value')} given{f': {listed}' if listed else ''}"
    yield ok("settings", f"{said}; all else by default (`monitor doctor --settings` lists all)")
    off = ", ".join(f"{name} ({why})" for name, why in found.off.items())
    if off:
        yield ok("sources that are off", off)


def _layer(origin: str) -> str:
    """The file, or the kind of place, of how a layer spells a setting."""
    head = origin.partition(": ")[0]
    if head.startswith("MONITOR_"):
        return "environment"
    return "flags" if head.startswith("--") else head.partition(" ")[0] if head.startswith("credential ") else head


def rules(settings: Settings) -> Iterator[Finding]:
    """Every problem of every file, and the catalogue."""
    try:
        catalog: Catalog = load_catalog(settings.catalog)
    except CatalogError as error:
        yield of_error("catalogue", error)
    else:
        yield ok("catalogue", counted(len(catalog.vendors), "vendor"))
    loaded = load_rules(settings.rules)
    for problem in loaded.problems:
        yield of_error("rules", problem)
    if not loaded.problems:
        files = {rule.path for rule in loaded.rules}
        yield ok("rules", f"{counted(len(loaded.rules), 'rule')} in {counted(len(files), 'file')}")


def ledger(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether it is whole, private, and of this program's version; who owns it."""
    path = settings.ledger.path
    if not path.exists():
        yield ok("ledger", f"{path}: not there yet; `monitor run` makes it")
        return
    try:
        with Ledger.open(path, owner=False) as opened:
            wrong = opened.examined()
            newest = opened.newest_snapshot_at()
    except LedgerError as error:
        yield of_error("ledger", error)
        return
    if wrong:
        yield failed("ledger", f"{path}: damaged: {wrong}", "restore a backup; keep the file for whoever may save more")
    else:
        yield ok("ledger", f"{path}: {path.stat().st_size / 1e6:,.1f} MB, whole; {_owner(path)}")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield warning("ledger", f"{path}: others may read it", f"chmod 600 {path}")
    if newest is not None:
        said = f"the newest answer of a source is of {ago(newest, seconds(now))}"
        ahead = newest > seconds(now)
        yield failed("ledger", "it knows of a future", "set the clock right") if ahead else ok("ledger", said)


def _owner(path: Path) -> str:
    holder = OwnerLock.holder(path)
    return "no monitor runs over it" if holder is None else f"the monitor with process id {holder} runs over it"


def disk(settings: Settings) -> Iterator[Finding]:
    """Room where the ledger is."""
    folder = next(each for each in (settings.ledger.path, *settings.ledger.path.parents) if each.exists())
    free = shutil.disk_usage(folder).free
    said = f"{free / 1e9:,.1f} GB free at {folder}"
    if not os.access(folder, os.W_OK):
        yield warning("disk", f"{folder}: this user may not write there", "run this as the user of the service")
    if free < _GONE:
        yield failed("disk", said, "make room: nothing more can be learnt soon")
    elif free < _SCARCE:
        yield warning("disk", said, "make room before it is full")
    else:
        yield ok("disk", said)
