"""`monitor doctor` against a world that is well, and with one thing wrong at a time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from monitor.adapters import adapters
from monitor.doctor.clock import clock
from monitor.ledger import Ledger
from monitor.model.finding import Verdict
from monitor.settings import load
from monitor.testing import FakeSlack
from tests.cli.conftest import Program
from tests.ledger.values import START, prices
from tests.servers import InfluxDB
from tests.shared import payload

MODELS, SOURCE = "/api/v1/models", "source openrouter_models"


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """With an app that people can act in."""
    with FakeSlack() as made:
        yield made


@pytest.fixture
def well(monitor: Program, slack: FakeSlack, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Prices, Slack, a ledger that knows something; the source tells the time of this machine."""
    body = payload("openrouter-models/models-2026-08-22T12.json")
    httpserver.expect_request(MODELS).respond_with_data(body, content_type="application/json")
    settings = {
        "SOURCES__OPENROUTER_MODELS__URL": httpserver.url_for(MODELS),
        "SLACK__TOKEN": slack.token,
        "SLACK__APP_TOKEN": slack.app_token,
        "SLACK__CHANNEL": "C00000001",
        "SLACK__BASE_URL": slack.api,
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"MONITOR_{name}", value)
    with Ledger.open(monitor.ledger) as ledger:
        ledger.learn(prices(START, {"a": 1.0}))
    return monitor


def verdicts(program: Program) -> Mapping[str, list[tuple[str, str]]]:
    """By what it is about: each verdict with what is said."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in program("doctor", "--json").out.splitlines():
        fields = json.loads(line)
        found.setdefault(fields["about"], []).append((fields["verdict"], fields["said"]))
    return found


def test_where_all_is_well_nothing_is_to_do(well: Program, slack: FakeSlack) -> None:
    """Exit code 0, each thing with its line; nothing was posted, and nothing learnt."""
    ended = well("doctor")
    assert ended.code == 0, ended.out
    assert all(line.startswith("ok ") for line in ended.out.splitlines()), ended.out
    told = verdicts(well)
    assert {"settings", "rules", "catalogue", "ledger", "disk", "clock"} <= told.keys()
    assert told["receiver slack"] == [
        ("ok", "the token is good"),
        ("ok", "the channel C00000001 can be read"),
        ("ok", "people can act from messages"),
    ]
    assert slack.posted == ()
    with Ledger.open(well.ledger, owner=False) as ledger:
        assert ledger.cursors.newest() == 1


def test_settings_are_listed_without_secrets(well: Program, slack: FakeSlack) -> None:
    """With who set each."""
    listed = well("doctor", "--settings").out
    assert slack.token not in listed
    assert [line.split() for line in listed.splitlines() if line.startswith("slack.token")] == [
        ["slack.token", "•••", "MONITOR_SLACK__TOKEN"]
    ]


def _damage(path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.learn(prices(START + timedelta(hours=1), {f"model-{number}": 1.0 for number in range(3_000)}))
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as raw:
        raw.seek(size // 8192 * 4096)
        raw.write(b"\xa5" * 4096)


def _set(name: str, value: str) -> Callable[[Program, FakeSlack], object]:
    return lambda program, _: program.patch.setenv(f"MONITOR_{name}", value)


def _revoke(_: Program, slack: FakeSlack) -> None:
    slack.revoke()


def _take_scopes(_: Program, slack: FakeSlack) -> None:
    slack.workspace.scopes = frozenset({"chat:write"})


def _tear(program: Program, _: FakeSlack) -> None:
    _damage(program.ledger)


def _open_wide(program: Program, _: FakeSlack) -> None:
    program.ledger.chmod(0o644)


def _write_nonsense(program: Program, _: FakeSlack) -> None:
    program.patch.setenv("MONITOR_RULES", str(program.write("r.yaml", "groups: 3")))


@pytest.mark.parametrize(
    ("break_it", "finding"),
    [
        (_revoke, ("receiver slack", "failed", "token_revoked")),
        (_take_scopes, ("receiver slack", "warning", "without the scope files:write pictures are left out")),
        (_set("SLACK__CHANNEL", "#market"), ("receiver slack", "warning", "nobody can look into #market")),
        (_set("SLACK__APP_TOKEN", "xapp-other"), ("receiver slack", "failed", "the app token is refused")),
        (_tear, ("ledger", "failed", "damaged: ")),
        (_open_wide, ("ledger", "warning", "others may read it")),
        (_set("SOURCES__OPENROUTER_MODELS__URL", "http://127.0.0.1:9/"), (SOURCE, "failed", "no connection")),
        (_write_nonsense, ("rules", "failed", "r.yaml:1:9")),
    ],
)
def test_one_thing_wrong_is_found_and_said(
    well: Program,
    slack: FakeSlack,
    break_it: Callable[[Program, FakeSlack], object],
    finding: tuple[str, str, str],
) -> None:
    """With what to do; the exit code is 1 where it does not work at all."""
    about, verdict, said = finding
    break_it(well, slack)
    told = verdicts(well)[about]
    assert any(each == verdict and said in words for each, words in told), told
    assert well("doctor").code == (1 if verdict == "failed" else 0)


def test_a_source_that_answers_otherwise_is_named(well: Program, httpserver: HTTPServer) -> None:
    """A contract is not met by an answer alone."""
    httpserver.clear()
    httpserver.expect_request(MODELS).respond_with_json({"models": []})
    (told,) = verdicts(well)[SOURCE]
    assert told[0] == "failed"
    assert told[1].startswith("does not answer as it was agreed: ")


def test_a_clock_that_is_wrong_is_found(well: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bars are closed by it: two minutes are too many."""
    slow = datetime.now(UTC) - timedelta(minutes=2)
    monkeypatch.chdir(well.folder)
    (finding,) = clock(adapters(load()), lambda: slow)
    assert (finding.verdict, finding.said.split()[2]) == (Verdict.FAILED, "behind")


def test_a_monitor_that_runs_is_seen_and_not_disturbed(well: Program) -> None:
    """The ledger is looked at beside its owner."""
    with Ledger.open(well.ledger):
        ended = well("doctor")
    assert ended.code == 0
    assert "runs over it" in ended.out


def _configure(program: Program, server: InfluxDB, token: str) -> None:
    settings = {"URL": server.url, "BUCKET": server.bucket, "ORG": server.org or "x", "TOKEN": token}
    for name, value in settings.items():
        program.patch.setenv(f"MONITOR_INFLUXDB__{name}", value)


def test_what_influxdb_lets_a_token_do_is_shown(well: Program, influxdb: InfluxDB) -> None:
    """A body without a line is enough; nothing is written."""
    _configure(well, influxdb, influxdb.token)
    assert [verdict for verdict, _ in verdicts(well)["sink influxdb"]] == ["ok", "ok"]
    assert influxdb.series("SHOW MEASUREMENTS") == []


def test_a_token_that_influxdb_refuses_is_told(well: Program, influxdb_2: InfluxDB) -> None:
    """It may not write, and not read either."""
    _configure(well, influxdb_2, "wrong")
    assert [verdict for verdict, _ in verdicts(well)["sink influxdb"]] == ["failed", "warning"]
