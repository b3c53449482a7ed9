"""A ledger copied into another file, also while it is in use."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from monitor.errors import LedgerError
from monitor.ledger.connection import Connection


def copy_file(ledger: Path, into: Path) -> None:
    """Copy a ledger as it stands at one moment; the copy is checked whole, and readable by its owner only.

    Raises LedgerError; nothing is left behind then, nor is a file that is there written over.
    """
    partial = into.with_name(f"{into.name}.partial")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL, 0o600))
        with closing(Connection.read(ledger)) as source:
            source.copy(partial)
        os.link(partial, into)
    except OSError as fault:
        raise LedgerError(f"{into}: {ledger} can not be copied there: {fault.strerror}") from fault
    finally:
        partial.unlink(missing_ok=True)
