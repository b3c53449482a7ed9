"""Space: what takes how much of the file."""

from __future__ import annotations

from monitor.errors import LedgerDamagedError, LedgerError
from monitor.ledger.connection import Store

_BY_TABLE = """
    SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_schema USING (name)
    WHERE aggregate = 1 GROUP BY tbl_name ORDER BY 2 DESC
"""


class Space(Store):
    """Reads sizes."""

    def space(self) -> dict[str, int]:
        """Bytes by table with its indexes, the largest first; nothing where SQLite was built without dbstat."""
        try:
            return dict(self._connection.rows(_BY_TABLE))
        except LedgerDamagedError:
            raise
        except LedgerError:
            return {}
