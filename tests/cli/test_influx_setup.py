"""`monitor influx setup` with a real InfluxDB 1.8 and 2.7: the bucket, tokens that may do no more, what is by hand."""

from __future__ import annotations

import io
import json
import logging
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from monitor.adapters import adapters
from monitor.errors import SinkError
from monitor.model.copying import Stream
from monitor.settings import load
from monitor.sinks.connection import Access, Server
from monitor.sinks.influxdb import Config, build
from tests.cli.conftest import Ended, Program
from tests.servers import InfluxDB, InfluxDB1, InfluxDB2
from tests.sinks.fakes import learnt

FILES = ("influxdb__token", "influxdb__read_token")
Setup = Callable[..., Ended]


@pytest.fixture
def setup(monitor: Program, caplog: pytest.LogCaptureFixture) -> Setup:
    """Runs the command with these settings; nothing that it says or logs shows a secret, its own or a made one."""
    caplog.set_level(logging.DEBUG)

    def run(server: InfluxDB, bucket: str, *words: object, token: str | None = None, org: str | None = None) -> Ended:
        used = server.token if token is None else token
        settings = {"url": server.url, "bucket": bucket, "org": server.org if org is None else org, "token": used}
        written = "\n".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())
        monitor.write("monitor.toml", f"[influxdb]\n{written}\n")
        ended = monitor("influx", "setup", *words)
        made = [path.read_text().strip() for path in monitor.folder.rglob("influxdb__*")]
        for secret in filter(None, [used, server.token, *made]):
            hidden = {secret, secret.partition(":")[2]} - {""}
            assert not [one for one in hidden if one in ended.out + ended.err + caplog.text]
        return ended

    return run


@pytest.fixture
def bucket(request: pytest.FixtureRequest) -> str:
    """The name of a bucket, or of a database with its retention policy, that is not there."""
    name = f"market-{uuid4().hex[:8]}"
    return name if "influxdb_2" in request.fixturenames else f"{name}/autogen"


def may_write(server: InfluxDB, bucket: str, token: str) -> bool:
    sink = build(Config(url=server.url, bucket=bucket, org=server.org, token=SecretStr(token)), Stream.SAMPLES)
    try:
        return not sink.write(learnt(3))
    except SinkError:
        return False
    finally:
        sink.close()


def may_read(server: InfluxDB, bucket: str, token: str) -> bool:
    """Whether it finds what was written, as `verify` and `restore` ask: InfluxQL, the bucket as database."""
    database = bucket.partition("/")[0]
    client = Server(Access(server.url, bucket, server.org, SecretStr(token), 10.0))
    try:
        answer = json.loads(client.ask("GET", "/query", {"db": database, "q": "SHOW MEASUREMENTS"}).data)
    except SinkError:
        return False
    finally:
        client.close()
    return ["tokens"] in [row for series in answer["results"][0].get("series", ()) for row in series["values"]]


def kept(ended: Ended) -> str:
    """What it says of the bucket."""
    assert (ended.code, ended.err) == (0, "")
    return ended.out.splitlines()[1].partition(": ")[2]


@pytest.mark.parametrize("version", ["influxdb_1", "influxdb_2"])
def test_a_bucket(request: pytest.FixtureRequest, setup: Setup, version: str) -> None:
    """Law: made to keep everything, once; what is there is told and changed only when somebody asks."""
    server: InfluxDB = request.getfixturevalue(version)
    bucket = f"m{uuid4().hex[:8]}" + ("/forever" if version == "influxdb_1" else "")
    assert kept(setup(server, bucket)) == "made, keeps everything"
    assert kept(setup(server, bucket)) == "is there already, keeps everything"
    assert may_write(server, bucket, server.token)
    assert kept(setup(server, bucket, "--retention", "400d")) == (
        "is there already, keeps 400d from now on, everything before"
    )
    assert kept(setup(server, bucket, "--retention", "9600h")) == "is there already, keeps 400d"
    assert kept(setup(server, bucket)) == "is there already, keeps 400d; everything, with --retention inf"
    assert kept(setup(server, bucket, "--retention", "inf")).startswith(
        "is there already, keeps everything from now on"
    )
    assert kept(setup(server, bucket)) == "is there already, keeps everything"


def test_a_bucket_that_keeps_less(influxdb_2: InfluxDB2, bucket: str, setup: Setup) -> None:
    """Case: a retention for a new bucket; it is the server that then drops what is older."""
    assert kept(setup(influxdb_2, bucket, "--retention", "36h")) == "made, keeps 36h"
    (found,) = json.loads(influxdb_2.ask("/api/v2/buckets", None, name=bucket))["buckets"]
    assert found["retentionRules"][0]["everySeconds"] == 36 * 3600


def test_another_policy_of_a_database(influxdb_1: InfluxDB1, setup: Setup) -> None:
    """Case: the database is somebody's: its default policy stays the default."""
    assert kept(setup(influxdb_1, 'monitor/for "us"', "--retention", "30d")) == "made, keeps 30d"
    policies = influxdb_1.rows("SHOW RETENTION POLICIES ON monitor")
    assert [(row["name"], row["duration"], row["default"]) for row in policies] == [
        ("autogen", "0s", True),
        ('for "us"', "720h0m0s", False),
    ]


def test_what_the_server_refuses_is_told(influxdb_1: InfluxDB1, bucket: str, setup: Setup) -> None:
    """Case: in its own words, and the bucket stays as it is."""
    setup(influxdb_1, bucket)
    ended = setup(influxdb_1, bucket, "--retention", "1d")
    assert ended.code == 1
    assert ended.err.endswith(": retention policy duration must be greater than the shard duration\n")
    assert kept(setup(influxdb_1, bucket)) == "is there already, keeps everything"


@pytest.mark.parametrize("version", ["influxdb_1_auth", "influxdb_2"])
def test_tokens(request: pytest.FixtureRequest, setup: Setup, tmp_path: Path, version: str) -> None:
    """Law: one may write and not read, the other read and not write, neither anything elsewhere; only we see them."""
    server: InfluxDB = request.getfixturevalue(version)
    bucket = f"market{uuid4().hex[:8]}" + ("" if version == "influxdb_2" else "/autogen")
    ended = setup(server, bucket, "--tokens", tmp_path / "new/credentials")
    assert (ended.code, ended.err) == (0, "")
    folder = tmp_path / "new/credentials"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    write, read = ((folder / name).read_text().strip() for name in FILES)
    assert may_write(server, bucket, write)
    assert not may_read(server, bucket, write)
    assert may_read(server, bucket, read)
    assert not may_write(server, bucket, read)
    elsewhere = server.bucket
    assert may_write(server, elsewhere, server.token)
    assert not may_write(server, elsewhere, write)
    assert not may_read(server, elsewhere, read)


def test_the_tokens_are_credentials(
    influxdb_2: InfluxDB2, bucket: str, setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law: the files are settings under their names: what writes gets the one, what reads the other."""
    setup(influxdb_2, bucket, "--tokens", "credentials")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "credentials")
    config = adapters(load()).sinks["influxdb"].config
    assert isinstance(config, Config)
    assert may_write(influxdb_2, bucket, config.writing.token.get_secret_value())
    assert may_read(influxdb_2, bucket, config.reading.token.get_secret_value())


@pytest.mark.parametrize("name", FILES)
def test_no_file_is_written_over(influxdb_2: InfluxDB2, bucket: str, setup: Setup, tmp_path: Path, name: str) -> None:
    """Law: one that is there is refused before anything is made, and the other is not left behind."""
    (tmp_path / name).write_text("mine")
    ended = setup(influxdb_2, bucket, "--tokens", tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"{tmp_path / name}: File exists\n    --tokens makes new files")
    assert [path.name for path in tmp_path.glob("influxdb__*")] == [name]
    assert (tmp_path / name).read_text() == "mine"
    assert kept(setup(influxdb_2, bucket)) == "made, keeps everything"


def test_users_that_are_there(influxdb_1_auth: InfluxDB1, setup: Setup) -> None:
    """Law: the password of a user that is there is not changed: somebody may use it. Nothing is made, no file left."""
    influxdb_1_auth.rows("CREATE USER market_read WITH PASSWORD 'theirs'")
    ended = setup(influxdb_1_auth, "market/autogen", "--tokens", "credentials")
    assert ended.code == 1
    assert "the user 'market_read' is there already; nothing was made\n" in ended.err
    assert ended.err.endswith('DROP USER "market_read"\n')
    assert not list(Path("credentials").iterdir())
    assert ["market"] not in [[row["name"]] for row in influxdb_1_auth.rows("SHOW DATABASES")]


def test_a_server_that_lets_everyone_in(influxdb_1: InfluxDB1, bucket: str, setup: Setup) -> None:
    """Case: without authentication users would be pointless: said so, none are made."""
    ended = setup(influxdb_1, bucket, "--tokens", "credentials")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith("tokens would be of no use: none were made\n")
    assert not list(Path("credentials").iterdir())
    assert not [series for series in influxdb_1.series("SHOW USERS") if "values" in series]


def test_statements_by_hand(influxdb_1_auth: InfluxDB1, setup: Setup) -> None:
    """Law: what is printed for a token that may not do it is all that an administrator has to run."""
    influxdb_1_auth.rows("CREATE USER nobody WITH PASSWORD 'at-all'")
    ended = setup(influxdb_1_auth, "market/autogen", "--retention", "400d", token="nobody:at-all")
    assert ended.code == 1
    assert "answered 403: " in ended.err
    assert "\n    check url, org and bucket; give a token that may do that with --admin-token;" in ended.err
    for statement in ended.out.splitlines()[1:]:
        influxdb_1_auth.rows(statement)
    assert may_write(influxdb_1_auth, "market/autogen", "market_write:...")
    assert may_read(influxdb_1_auth, "market/autogen", "market_read:...")
    again = setup(influxdb_1_auth, "market/autogen", token="market_read:...")
    assert kept(again) == "is there already, keeps 400d; everything, with --retention inf"


def test_commands_by_hand(influxdb_2: InfluxDB2, bucket: str, setup: Setup) -> None:
    """Case: first all of it; where the token sees the bucket, only what is missing, with its id."""
    ended = setup(influxdb_2, bucket, "--retention", "400d", token="wrong-secret")
    at = f"--host {influxdb_2.url}"
    found = f'"$(influx bucket list {at} --org example --name {bucket} --hide-headers | cut -f 1)"'
    assert ended.code == 1
    assert "answered 401: unauthorized access\n" in ended.err
    assert ended.out.splitlines()[1:] == [
        f"influx bucket create {at} --org example --name {bucket} --retention 400d",
        f"influx auth create {at} --org example --description 'monitor, to write {bucket}' --write-bucket {found}",
        f"influx auth create {at} --org example --description 'monitor, to read {bucket}' --read-bucket {found}",
    ]
    setup(influxdb_2, bucket, "--tokens", "credentials")
    read = Path("credentials/influxdb__read_token").read_text().strip()
    lines = setup(influxdb_2, bucket, "--tokens", "more", token=read).out.splitlines()
    assert lines[1] == f"bucket '{bucket}': is there already, keeps everything"
    assert [re.sub(r"[0-9a-f]{16}$", "ID", line) for line in lines[2:]] == [
        f"influx auth create {at} --org example --description 'monitor, to write {bucket}' --write-bucket ID",
        f"influx auth create {at} --org example --description 'monitor, to read {bucket}' --read-bucket ID",
    ]
    assert not list(Path("more").iterdir())
    (update, *_) = setup(influxdb_2, bucket, "--retention", "1h", token=read).out.splitlines()[1:]
    assert re.fullmatch(f"influx bucket update {at} --id [0-9a-f]{{16}} --retention 1h", update)


@pytest.mark.parametrize("version", ["influxdb_1_auth", "influxdb_2"])
def test_the_token_of_an_administrator(
    request: pytest.FixtureRequest, setup: Setup, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """Case: from a file or standard input, while the settings have none."""
    server: InfluxDB = request.getfixturevalue(version)
    bucket = f"market{uuid4().hex[:8]}" + ("" if version == "influxdb_2" else "/autogen")
    assert setup(server, bucket, token="").code == 1
    Path("admin").write_text(f"{server.token}\n")
    assert kept(setup(server, bucket, "--admin-token", "admin", token="")) == "made, keeps everything"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(server.token.encode())))
    assert kept(setup(server, bucket, "--admin-token", "-", token="")).startswith("is there already")


def test_an_organization(influxdb_2: InfluxDB2, bucket: str, setup: Setup) -> None:
    """Case: by its id, as a write takes it as well; one that is not there; none."""
    (org,) = json.loads(influxdb_2.ask("/api/v2/orgs", None))["orgs"]
    assert kept(setup(influxdb_2, bucket, org=org["id"])) == "made, keeps everything"
    unknown = setup(influxdb_2, f"{bucket}-2", org="another")
    assert unknown.code == 1
    assert 'organization name "another" not found' in unknown.err
    ended = setup(influxdb_2, bucket, org="")
    assert (ended.code, ended.err) == (2, "influxdb.org is missing, InfluxDB 2 needs it\n    set its name or its id\n")


def test_a_bucket_without_a_policy(influxdb_1: InfluxDB1, setup: Setup) -> None:
    """Case: what 1.8 needs to be told."""
    ended = setup(influxdb_1, "market")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.endswith("expected database/retention-policy for InfluxDB 1.8\n    such as market/autogen\n")
