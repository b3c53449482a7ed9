"""A ledger of the first version is brought up to date with all that it holds."""

from __future__ import annotations

import sqlite3
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from monitor.ledger import Ledger
from monitor.ledger.encoding import notification_text
from monitor.ledger.schema import MIGRATIONS, VERSION
from monitor.model.bar import instant
from monitor.model.judgement import Judgement, Past
from monitor.model.labels import Labels
from monitor.model.transition import Change, EpisodeKey, Phase, State
from tests.ledger.values import notification, transition

A = Labels.of(model="a", source="openrouter")
TOLD = '{"model":"a","source":"openrouter"}'


def first_version(path: Path) -> None:
    """A file as the first program left it: a rule judged, one instance firing, one episode silent and one told."""
    with sqlite3.connect(path) as file:
        for statement in MIGRATIONS[0]:
            file.execute(statement)
        file.execute("PRAGMA user_version = 1")
        file.execute("INSERT INTO judged VALUES ('Busy', 'openrouter', 300)")
        file.execute("INSERT INTO states VALUES ('Busy', 'openrouter', ?, 'firing', 200, 0, '[1.0,null]')", (TOLD,))
        rows = [("firing", 100, 1), ("resolved", 100, 1), ("firing", 200, 0)]
        file.executemany(
            "INSERT INTO transitions (alert, partition, labels, kind, episode, valid_at, judged_at, value, reference,"
            " silent, recorded_at) VALUES ('Busy', 'openrouter', ?, ?, ?, ?, 300, 7.5, NULL, ?, 300)",
            [(TOLD, kind, episode, episode, silent) for kind, episode, silent in rows],
        )
    file.close()


def test_nothing_is_lost_on_the_way(tmp_path: Path) -> None:
    """States, the record and who heard of what; what was judged before is not told of again when it is restated."""
    first_version(tmp_path / "ledger.sqlite")
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        assert [(each.kind, each.episode) for each in ledger.recorded("Busy", "openrouter", 0)] == [
            (Change.FIRING, 100),
            (Change.RESOLVED, 100),
            (Change.FIRING, 200),
        ]
        (state,) = ledger.states("Busy", "openrouter").values()
        assert (state.phase, state.since, state.level, state.memory[0]) == (Phase.FIRING, 200, "", 1.0)
        assert [ledger.heard(EpisodeKey("Busy", A, start)) for start in (100, 200)] == [False, True]
        assert ledger.armed() == {("Busy", "openrouter"): 300}
        assert ledger.rewound("Busy", "openrouter", 100).through is None  # how it was then was not kept
    with sqlite3.connect(tmp_path / "ledger.sqlite") as file:
        assert file.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    file.close()


def test_answers_that_were_not_believed_are_kept_on(tmp_path: Path) -> None:
    """Their bodies lay beside their record, packed otherwise."""
    first_version(tmp_path / "ledger.sqlite")
    with sqlite3.connect(tmp_path / "ledger.sqlite") as file:
        row = ("openrouter_models", 300, "digest", 3, "quarantined", "3 entries", zlib.compress(b'{"data": []}'))
        columns = "poll, fetched_at, digest, entries, status, reason, body"
        file.execute(f"INSERT INTO snapshots ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608 - a constant
    file.close()
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        assert ledger.body("openrouter_models", instant(300)) == b'{"data": []}'
        assert ledger.snapshots("openrouter_models")[0].reason == "3 entries"


def test_states_can_be_gone_back_to(tmp_path: Path) -> None:
    """Each evaluation of what can be restated keeps how the states were before it, for a hundred and twenty days."""
    at, past = datetime(2026, 1, 1, tzinfo=UTC), Past()
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        for through in (100, 200, 300):
            states = {A: State(Phase.PENDING, since=through)}
            ledger.record([Judgement("Busy", "s", through, states, (), past, restatable=True)], (), at=at)
            past = ledger.past("Busy", "s")
        for bar, expected in [(299, 200), (200, 200), (150, 100)]:
            found = ledger.rewound("Busy", "s", bar)
            assert found.through == expected
            assert [state.since for state in found.states.values()] == [expected]
        assert ledger.rewound("Busy", "s", 99) == Past()


def test_stories_that_have_begun_go_on(tmp_path: Path) -> None:
    """Of an episode in its thread; a notice of several instances, which had the thread of one of them, by itself."""
    single = notification("single", "slack", transition())
    several = replace(notification("several", "console", transition(), transition(model="b")), thread=single.thread)
    path = tmp_path / "ledger.sqlite"
    first_version(path)
    with sqlite3.connect(path) as file:
        for each in (single, several):
            row = (each.id, each.receiver, notification_text(each), 300, 300, 2, "delivered", "C1:1.2")
            columns = "id, receiver, payload, created_at, not_before, attempts, state, receipt"
            file.execute(f"INSERT INTO outbox ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608
    file.close()
    with Ledger.open(path) as ledger:
        for receiver in ("slack", "console"):
            ledger.outbox.add(replace(single, id=f"next for {receiver}", receiver=receiver), instant(300))
        slack, console = ledger.outbox.due(instant(300))
        assert slack.follows is not None
        assert (slack.follows.notification.id, slack.follows.reference) == ("single", "C1:1.2")
        assert console.follows is None
