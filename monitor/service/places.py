"""Where a service has its things on a machine with systemd; the unit says the same of its state."""

from __future__ import annotations

from pathlib import Path

NAME = "monitor.service"
UNIT = Path("/etc/systemd/system") / NAME
DROP_INS = UNIT.with_name(f"{NAME}.d")
SETTINGS = Path("/etc/monitor/monitor.toml")
CREDENTIALS = Path("/etc/monitor/credentials")
STATE = Path("/var/lib/monitor")
LEDGER = STATE / "ledger.sqlite"
BACKUPS = Path("/var/backups/monitor")
