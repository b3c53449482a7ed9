"""The ledger: one SQLite file with samples, states, transitions and the outbox. All SQL of the program is here."""

from monitor.ledger.copies import check_sound, copy_ledger
from monitor.ledger.derived_cursors import Learnt, Touched
from monitor.ledger.judging import Instance
from monitor.ledger.ledger import Ledger
from monitor.ledger.relearning import Revision
from monitor.ledger.replacing import replace_ledger
from monitor.ledger.restoring import Owed
from monitor.ledger.snapshots import LastSnapshot, Status

__all__ = [
    "Instance",
    "LastSnapshot",
    "Learnt",
    "Ledger",
    "Owed",
    "Revision",
    "Status",
    "Touched",
    "check_sound",
    "copy_ledger",
    "replace_ledger",
]
