"""The ledger as a whole: every subject over one connection, so that all of them can be part of one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from monitor.errors import LedgerDamagedError
from monitor.ledger.blocks import follow
from monitor.ledger.bodies import Bodies
from monitor.ledger.connection import Connection
from monitor.ledger.cursors import Cursors
from monitor.ledger.deeds import Deeds
from monitor.ledger.derived_cursors import Derive, DerivedCursors
from monitor.ledger.history import Reading
from monitor.ledger.judging import Judging
from monitor.ledger.outbox import Outbox
from monitor.ledger.relearning import Relearning
from monitor.ledger.remarks import RemarkCursors
from monitor.ledger.reports import Reports
from monitor.ledger.requests import Requests
from monitor.ledger.restoring import Restoring
from monitor.ledger.rulebook import Rulebook
from monitor.ledger.schema import migrate, require_current
from monitor.ledger.silences import Silences
from monitor.ledger.snapshots import Snapshots
from monitor.ledger.space import Space
from monitor.ledger.tallies import Tallies
from monitor.ledger.transition_cursors import TransitionCursors
from monitor.ledger.troubles import Troubles
from monitor.ledger.withholding import Withholding

_Item = TypeVar("_Item")


class Ledger(Relearning, Restoring, Space, Tallies, Snapshots, Bodies, Troubles, Reading, Judging, Requests):
    """One open ledger file. Any thread may call any method; each call is whole or not at all.

    All methods raise LedgerError; LedgerFullError and LedgerReadOnlyError mean that nothing of the call was kept.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.outbox = Outbox(connection)
        self.cursors = Cursors(connection)
        self.transition_cursors = TransitionCursors(connection)
        self.remark_cursors = RemarkCursors(connection)
        self.rulebook = Rulebook(connection)
        self.silences = Silences(connection)
        self.deeds = Deeds(connection)
        self.withholding = Withholding(connection)
        self.reports = Reports(connection)

    @classmethod
    def open(cls, path: Path, *, owner: bool = True) -> Self:
        """Open a ledger: as its one owner, who may write and creates what is missing, or to read beside the owner.

        Raises LedgerLockedError (another owner lives), LedgerVersionError, LedgerReadOnlyError, LedgerFullError.
        """
        absolute = path.expanduser().resolve()
        connection = Connection.own(absolute) if owner else Connection.read(absolute)
        try:
            ledger = cls(connection)
            if owner:
                migrate(connection)
                with connection.transaction():
                    follow(connection)
                ledger.outbox.reclaim()
            else:
                require_current(connection)
        except BaseException:
            connection.close()
            raise
        return ledger

    @property
    def path(self) -> Path:
        """The file."""
        return self._connection.path

    def examined(self) -> str:
        """What SQLite finds wrong with the file, in a line; empty = it is whole. Reads all of it."""
        row = self._connection.row("PRAGMA quick_check(1)")
        return "" if row is None or row[0] == "ok" else " ".join(str(row[0]).split())

    @property
    def damage(self) -> LedgerDamagedError | None:
        """The first damage of the file that any call has met with."""
        return self._connection.damage

    def derived(self, metrics: Sequence[str], derive: Derive[_Item]) -> DerivedCursors[_Item]:
        """Cursors over what is derived of the samples of these metrics."""
        return DerivedCursors(self._connection, metrics, derive)

    def transaction(self) -> AbstractContextManager[None]:
        """Join several calls: all of them are kept or none."""
        return self._connection.transaction()

    def close(self) -> None:
        """Close the file and let the next owner in; closing again does nothing."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
