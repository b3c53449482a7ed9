"""How commands act: through the monitor that runs, or on the ledger itself where none does."""

from __future__ import annotations

import getpass
import os

from monitor.adapters import adapters
from monitor.cli.options import Options
from monitor.compose import desk_over
from monitor.desk.control import act, asked
from monitor.ledger import Ledger


def done(options: Options, verb: str, **given: str) -> str:
    """What came of it, as text; raises ActionError, LedgerError, SettingsError."""
    settings = options.settings()
    given["actor"] = user()
    said = asked(settings.ledger.path, verb, given)
    if said is not None:
        return said
    found = adapters(settings)
    with Ledger.open(settings.ledger.path) as ledger:
        return act(desk_over(settings, ledger, found), verb, given)


def user() -> str:
    """Who runs this, as people know them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return f"user {os.getuid()}"
