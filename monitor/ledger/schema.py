"""The tables, and how older files come to them: by a new migration. Instants are epoch seconds, UTC."""

from __future__ import annotations

from monitor.errors import LedgerError, LedgerVersionError
from monitor.ledger.connection import Connection

_FIRST = (
    # `source` repeats a label. `first_at`: the earliest valid_at of its samples, NULL while it has none.
    """CREATE TABLE series (
        id INTEGER PRIMARY KEY, metric TEXT NOT NULL, source TEXT NOT NULL, bar TEXT NOT NULL, labels TEXT NOT NULL,
        first_at INTEGER, UNIQUE (metric, source, bar, labels)
    ) STRICT""",
    # `seq` is the order of learning. `level` repeats the kind of the metric, so that only levels pay for an index by
    # series. No foreign key: series are never deleted, and the check costs a tenth of an import.
    """CREATE TABLE samples (
        valid_at INTEGER NOT NULL, series_id INTEGER NOT NULL, known_at INTEGER NOT NULL,
        value REAL, seq INTEGER NOT NULL, level INTEGER NOT NULL,
        PRIMARY KEY (valid_at, series_id, known_at)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX samples_by_seq ON samples (seq)",
    "CREATE INDEX levels_by_series ON samples (series_id, valid_at) WHERE level = 1",
    """CREATE TABLE seals (
        source TEXT NOT NULL, metric TEXT NOT NULL, bar TEXT NOT NULL,
        through INTEGER NOT NULL, known_at INTEGER NOT NULL, holds_until INTEGER,
        PRIMARY KEY (source, metric, bar, through)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE snapshots (
        id INTEGER PRIMARY KEY, poll TEXT NOT NULL, fetched_at INTEGER NOT NULL, digest TEXT NOT NULL,
        entries INTEGER NOT NULL, status TEXT NOT NULL CHECK (status IN ('accepted', 'quarantined', 'unchanged')),
        reason TEXT NOT NULL, body BLOB,
        UNIQUE (poll, fetched_at, status)
    ) STRICT""",
    """CREATE TABLE citations (
        source TEXT NOT NULL, metric TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (source, metric)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE aliases (
        alias TEXT PRIMARY KEY, name TEXT NOT NULL, first_seen_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE http_state (
        key TEXT PRIMARY KEY, etag TEXT NOT NULL, last_modified TEXT NOT NULL, not_before REAL NOT NULL,
        failures INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE TABLE requests (budget TEXT NOT NULL, at REAL NOT NULL) STRICT",
    "CREATE INDEX requests_by_budget ON requests (budget, at)",
    """CREATE TABLE judged (
        alert TEXT NOT NULL, partition TEXT NOT NULL, through INTEGER NOT NULL, PRIMARY KEY (alert, partition)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE states (
        alert TEXT NOT NULL, partition TEXT NOT NULL, labels TEXT NOT NULL, phase TEXT NOT NULL,
        since INTEGER NOT NULL, cleared_at INTEGER NOT NULL, memory TEXT NOT NULL,
        PRIMARY KEY (alert, partition, labels)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE transitions (
        id INTEGER PRIMARY KEY, alert TEXT NOT NULL, partition TEXT NOT NULL, labels TEXT NOT NULL, kind TEXT NOT NULL,
        episode INTEGER NOT NULL, valid_at INTEGER NOT NULL, judged_at INTEGER NOT NULL, value REAL, reference REAL,
        silent INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
        UNIQUE (alert, labels, episode, kind)
    ) STRICT""",
    "CREATE INDEX transitions_by_bar ON transitions (valid_at)",
    # `unsure`: some attempt may have arrived although nobody heard so.
    """CREATE TABLE outbox (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, receiver TEXT NOT NULL, payload TEXT NOT NULL,
        created_at INTEGER NOT NULL, not_before INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'delivered', 'dead')),
        unsure INTEGER NOT NULL DEFAULT 0, begun_at INTEGER, ended_at INTEGER, receipt TEXT, last_error TEXT
    ) STRICT""",
    "CREATE INDEX outbox_owed ON outbox (receiver, seq) WHERE state IN ('pending', 'sending')",
    "CREATE TABLE cursors (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID",
)

_CORRECTIONS = (
    # `armed`: the end of the newest bar of the first evaluation, of which nobody was told.
    "ALTER TABLE judged ADD COLUMN armed INTEGER NOT NULL DEFAULT 0",
    "UPDATE judged SET armed = through",
    "ALTER TABLE states ADD COLUMN level TEXT NOT NULL DEFAULT ''",
    # `through`: how far was judged before one evaluation. `states`: those it changed, as they were (JSON).
    """CREATE TABLE rewinds (
        alert TEXT NOT NULL, partition TEXT NOT NULL, through INTEGER NOT NULL, states TEXT NOT NULL,
        PRIMARY KEY (alert, partition, through)
    ) STRICT, WITHOUT ROWID""",
    # Bars of which a figure was learnt after they had been sealed, until rules have judged them anew.
    """CREATE TABLE restated (
        metric TEXT NOT NULL, source TEXT NOT NULL, since INTEGER NOT NULL, learnt_at INTEGER NOT NULL,
        PRIMARY KEY (metric, source)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE told (
        id INTEGER PRIMARY KEY, alert TEXT NOT NULL, partition TEXT NOT NULL, labels TEXT NOT NULL, kind TEXT NOT NULL,
        episode INTEGER NOT NULL, valid_at INTEGER NOT NULL, judged_at INTEGER NOT NULL, value REAL, reference REAL,
        level TEXT NOT NULL, gap_from INTEGER NOT NULL, moved_from INTEGER NOT NULL,
        silent INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
        UNIQUE (alert, labels, episode, kind, valid_at, judged_at)
    ) STRICT""",
    """INSERT INTO told SELECT id, alert, partition, labels, kind, episode, valid_at, judged_at, value, reference,
        '', 0, 0, silent, recorded_at FROM transitions""",
    "DROP TABLE transitions",
    "ALTER TABLE told RENAME TO transitions",
    "CREATE INDEX transitions_by_bar ON transitions (valid_at)",
    # An episode fires once, whatever is restated later.
    "CREATE UNIQUE INDEX firings ON transitions (alert, labels, episode) WHERE kind = 'firing'",
    "CREATE INDEX transitions_by_partition ON transitions (alert, partition, valid_at)",
)

_RULEBOOK = (
    # Only rules that are in force. `text`: a rule file with this rule alone. `kept_at`: since when it stays in place of
    # what its file says, NULL where the file says it.
    """CREATE TABLE rules (
        alert TEXT PRIMARY KEY, path TEXT NOT NULL, text TEXT NOT NULL, taken_at INTEGER NOT NULL, kept_at INTEGER
    ) STRICT, WITHOUT ROWID""",
)

# Runs of equal instants are written once: `bars` with how many rows each has, `delays` from there to known_at likewise.
_BLOCKS = (
    """CREATE TABLE blocks (
        metric TEXT NOT NULL, first_at INTEGER NOT NULL, bars BLOB NOT NULL, bar_rows BLOB NOT NULL,
        delays BLOB NOT NULL, delay_rows BLOB NOT NULL, series BLOB NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY (metric, first_at)
    ) STRICT""",
)

_TEXTS = (
    # What samples of facts stand for that are texts. `code`: see monitor/model/fact.py.
    "CREATE TABLE texts (code INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT",
)

_NOTES = (
    # Evidence in words.
    "ALTER TABLE transitions ADD COLUMN note TEXT NOT NULL DEFAULT ''",
)

_HEALTH = (
    # Once for all snapshots that brought it; `last_at`: when it was brought last. `body`: bz2, older ones zlib.
    """CREATE TABLE bodies (
        poll TEXT NOT NULL, digest TEXT NOT NULL, body BLOB NOT NULL, last_at INTEGER NOT NULL,
        PRIMARY KEY (poll, digest)
    ) STRICT""",
    """INSERT INTO bodies SELECT poll, digest, body, max(fetched_at) FROM snapshots WHERE body IS NOT NULL
        GROUP BY poll, digest""",
    "ALTER TABLE snapshots DROP COLUMN body",
    # How many samples were learnt of it, NULL = nobody counted. `doubt`: the kind of reason not to believe it.
    "ALTER TABLE snapshots ADD COLUMN news INTEGER",
    "ALTER TABLE snapshots ADD COLUMN doubt TEXT NOT NULL DEFAULT ''",
    # What is wrong with a poll, as long as it lasts. `looks`: how many in a row; `told_at`: NULL = not yet.
    """CREATE TABLE troubles (
        poll TEXT NOT NULL, kind TEXT NOT NULL, why TEXT NOT NULL, since INTEGER NOT NULL, looks INTEGER NOT NULL,
        told_at INTEGER, PRIMARY KEY (poll, kind)
    ) STRICT, WITHOUT ROWID""",
)

_COPYING = (
    # The last answer of each sink; `since`: of the first in a row of its `standing`.
    """CREATE TABLE answers (
        cursor TEXT PRIMARY KEY, standing TEXT NOT NULL, said TEXT NOT NULL, at INTEGER NOT NULL,
        since INTEGER NOT NULL, not_before INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # Lines that a sink will never take, with its words. `seq`: of the sample that the line was made of.
    """CREATE TABLE rejected (
        cursor TEXT NOT NULL, seq INTEGER NOT NULL, line TEXT NOT NULL, said TEXT NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (cursor, seq, line)
    ) STRICT, WITHOUT ROWID""",
)

_REMARKS = (
    # `seq`: the order in which remarks were said or changed last, one for all four tables.
    "ALTER TABLE seals ADD COLUMN seq INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE citations ADD COLUMN seq INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE aliases ADD COLUMN seq INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE texts ADD COLUMN seq INTEGER NOT NULL DEFAULT 0",
    """UPDATE seals SET seq = numbered.seq FROM (
        SELECT source AS s, metric AS m, bar AS b, through AS t,
            row_number() OVER (ORDER BY known_at, source, metric, bar, through) AS seq FROM seals
    ) AS numbered WHERE source = s AND metric = m AND bar = b AND through = t""",
    """UPDATE citations SET seq = numbered.seq FROM (
        SELECT source AS s, metric AS m, (SELECT count(*) FROM seals)
            + row_number() OVER (ORDER BY source, metric) AS seq FROM citations
    ) AS numbered WHERE source = s AND metric = m""",
    """UPDATE aliases SET seq = numbered.seq FROM (
        SELECT alias AS a, (SELECT count(*) FROM seals) + (SELECT count(*) FROM citations)
            + row_number() OVER (ORDER BY first_seen_at, alias) AS seq FROM aliases
    ) AS numbered WHERE alias = a""",
    """UPDATE texts SET seq = numbered.seq FROM (
        SELECT code AS c, (SELECT count(*) FROM seals) + (SELECT count(*) FROM citations)
            + (SELECT count(*) FROM aliases) + row_number() OVER (ORDER BY code) AS seq FROM texts
    ) AS numbered WHERE code = c""",
    "CREATE INDEX seals_by_seq ON seals (seq)",
    "CREATE INDEX citations_by_seq ON citations (seq)",
    "CREATE INDEX aliases_by_seq ON aliases (seq)",
    "CREATE INDEX texts_by_seq ON texts (seq)",
)

_STORIES = (
    # `first_begun_at`: of the first attempt. `begins`: it was delivered, can be found again, and later ones of its
    # thread go on from it. A notice of several instances is a story of its own; older ones had that of one of them.
    "ALTER TABLE outbox ADD COLUMN first_begun_at INTEGER",
    "UPDATE outbox SET first_begun_at = created_at WHERE attempts > 0",
    "ALTER TABLE outbox ADD COLUMN thread TEXT NOT NULL DEFAULT ''",
    """UPDATE outbox SET thread =
        iif(json_array_length(payload, '$.transitions') > 1, id, json_extract(payload, '$.thread'))""",
    "ALTER TABLE outbox ADD COLUMN begins INTEGER NOT NULL DEFAULT 0",
    "UPDATE outbox SET begins = 1 WHERE state = 'delivered' AND receipt != ''",
    "CREATE INDEX outbox_stories ON outbox (receiver, thread) WHERE begins",
)

_PARTS = (
    # Of a notification that was delivered: what is still owed of it, in a queue for each such word.
    "ALTER TABLE outbox ADD COLUMN part TEXT NOT NULL DEFAULT ''",
    "DROP INDEX outbox_owed",
    "CREATE INDEX outbox_owed ON outbox (receiver, part, seq) WHERE state IN ('pending', 'sending')",
)

_HOLDING = (
    # `matchers`: JSON. `episode`: of an acknowledgement. `low`, `high`: of a band. `closed_at`: when it was seen to be
    # over and what still fires was told.
    """CREATE TABLE silences (
        id TEXT PRIMARY KEY, matchers TEXT NOT NULL, starts_at INTEGER NOT NULL, ends_at INTEGER, author TEXT NOT NULL,
        via TEXT NOT NULL, reason TEXT NOT NULL, recurrence TEXT NOT NULL, episode INTEGER, low REAL, high REAL,
        closed_at INTEGER
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX silences_open ON silences (id) WHERE closed_at IS NULL",
    # What a receiver was not told. `transition`: JSON. `dropped`: it never will be.
    """CREATE TABLE withheld (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, receiver TEXT NOT NULL, alert TEXT NOT NULL, labels TEXT NOT NULL,
        episode INTEGER NOT NULL, kind TEXT NOT NULL, transition TEXT NOT NULL, because TEXT NOT NULL,
        key TEXT NOT NULL, words TEXT NOT NULL, since INTEGER NOT NULL, dropped INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    "CREATE INDEX withheld_waiting ON withheld (seq) WHERE dropped = 0",
    "CREATE INDEX withheld_by_episode ON withheld (alert, labels, episode)",
    "CREATE INDEX outbox_by_age ON outbox (receiver, created_at)",
    # Who did what; only ever added to.
    """CREATE TABLE deeds (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL, via TEXT NOT NULL,
        deed TEXT NOT NULL, about TEXT NOT NULL, alert TEXT NOT NULL
    ) STRICT""",
    "CREATE TRIGGER deeds_stay BEFORE DELETE ON deeds BEGIN SELECT RAISE(ABORT, 'deeds are kept'); END",
    "CREATE TRIGGER deeds_are_so BEFORE UPDATE ON deeds BEGIN SELECT RAISE(ABORT, 'deeds are kept'); END",
)

_RESTORES = (
    # When a copy became the ledger. `newest`: when the last thing in it was written.
    "CREATE TABLE restores (at INTEGER PRIMARY KEY, newest INTEGER NOT NULL) STRICT",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    _FIRST,
    _CORRECTIONS,
    _RULEBOOK,
    _BLOCKS,
    _TEXTS,
    _NOTES,
    _HEALTH,
    _COPYING,
    _REMARKS,
    _STORIES,
    _PARTS,
    _HOLDING,
    _RESTORES,
)
"""Statements that lead from version i to i + 1; those that have shipped are never edited."""

VERSION = len(MIGRATIONS)


def migrate(connection: Connection) -> None:
    """Bring the file to this program's version, in one transaction; raises LedgerVersionError if it is newer."""
    if version(connection) == VERSION:
        return
    with connection.transaction():
        found = version(connection)
        if found == 0 and connection.row("SELECT 1 FROM sqlite_schema") is not None:
            raise LedgerError(f"{connection.path}: a SQLite file, but not a ledger", hint="set another ledger path")
        for statements in MIGRATIONS[found:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def require_current(connection: Connection) -> None:
    """For readers, who can not migrate: raises LedgerVersionError unless the file has exactly this version."""
    found = version(connection)
    if found < VERSION:
        raise LedgerVersionError(
            f"{connection.path}: has version {found}, this program reads version {VERSION}",
            hint="start `monitor run` once: it brings the file up to date",
        )


def version(connection: Connection) -> int:
    """The version of the file, 0 = it is no ledger yet; raises LedgerVersionError if it is newer than the program."""
    row = connection.row("PRAGMA user_version")
    found = int(row[0]) if row else 0
    if found > VERSION:
        raise LedgerVersionError(
            f"{connection.path}: was written by a newer program: it has version {found}, this one knows {VERSION}",
            hint="install the newer program again, or restore a backup from before the update",
        )
    return found
