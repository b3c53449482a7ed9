"""How commands act: through the monitor that runs, or on the ledger itself where none does."""

from __future__ import annotations

import getpass

from monitor.adapters import adapters
from monitor.cli.options import Options
from monitor.compose import desk_over
from monitor.desk.control import act, asked
from monitor.ledger import Ledger


def done(options: Options, verb: str, **given: str) -> str:
    """What came of it, as text; raises ActionError, LedgerError, SettingsError."""
    settings = options.settings()
    given["actor"] = getpass.getuser()
    said = asked(settings.ledger.path, verb, given)
    if said is not None:
        return said
    found = adapters(settings)
    with Ledger.open(settings.ledger.path) as ledger:
        return act(desk_over(settings, ledger, found), verb, given)
