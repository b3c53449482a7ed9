"""Every adapter with secrets of its own, through everything that goes wrong: they show nowhere."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from monitor import notifiers, sinks, sources
from monitor.adapters import Adapter, adapters
from monitor.registry import modules
from monitor.settings import load
from monitor.testing.loopback import Reply, Request, Server
from tests.acceptance.process import Program, Running, until
from tests.acceptance.test_run import RULES, remember_a_price
from tests.notifiers.mail import Postbox, served
from tests.secrecy import assert_hidden

SETTINGS = """
rules = "rules.yaml"
drain = "1s"
[log]
level = "debug"
format = "{format}"
[sources.openrouter_rankings]
key = "SECRET"
url = "{url}/openrouter_rankings"
[sources.openrouter_apps]
key = "SECRET"
url = "{url}/openrouter_apps"
[sources.openrouter_categories]
key = "SECRET"
url = "{url}/openrouter_categories"
[sources.openrouter_tasks]
key = "SECRET"
url = "{url}/openrouter_tasks"
[sources.artificial_analysis]
key = "SECRET"
url = "{url}/artificial_analysis"
[sources.huggingface]
token = "SECRET"
url = "{url}/huggingface"
[sources.our_file]
kind = "csv"
url = "{url}/our_file?key=SECRET"
headers = {{X-Key = "SECRET"}}
series = [{{metric = "figure", value = "a", unit = "number"}}]
[sources.our_list]
kind = "json"
url = "{url}/our_list"
headers = {{Authorization = "Bearer SECRET"}}
series = [{{metric = "figure", value = "a", unit = "number"}}]
[sources.our_database]
kind = "influxdb"
url = "{url}/our_database"
token = "SECRET"
query = "from(bucket: \\"b\\")"
series = [{{metric = "figure", value = "a", unit = "number"}}]
[receivers.bot]
kind = "slack"
token = "xoxb-SECRET"
app_token = "xapp-SECRET"
channel = "C00000001"
base_url = "{url}/bot/"
[receivers.hook]
kind = "slack"
webhook = "{url}/hook/services/T00000001/B00000001/SECRET"
[receivers.signed]
kind = "webhook"
url = "{url}/signed/SECRET"
secret = "SECRET"
token = "SECRET"
[receivers.mail]
kind = "email"
host = "127.0.0.1"
port = {port}
security = "none"
sender = "a@example.org"
to = "b@example.org"
user = "monitor"
password = "SECRET"
[receivers.any]
kind = "apprise"
url = "json://127.0.0.1:{http}/any/SECRET"
[receivers.console]
[influxdb]
url = "{url}/influxdb"
bucket = "market"
token = "user:SECRET"
read_token = "SECRET"
"""
COMMANDS = (
    *(("status",), ("status", "--json"), ("explain", "Cut"), ("route", "Cut"), ("check",), ("plan",)),
    *(("influx", "status"), ("influx", "verify"), ("influx", "rejected"), ("notify", "test"), ("poll",)),
    *(("alerts",), ("silence",), ("history", "--json"), ("doctor",), ("doctor", "--settings")),
)
SOURCES = frozenset(re.findall(r"\[sources\.(\w+)\]", SETTINGS))
ADDRESSED = SOURCES | {"bot", "hook", "signed", "any", "influxdb"}
BROKEN = RULES.replace("price_output", "prize_output")
TO_JOURNAL = ("sh", "-c", 'JOURNAL_STREAM=$(stat -Lc %d:%i /dev/stderr) exec "$@"', "sh")


@dataclass
class Hostile:
    """Answers everybody alike, and repeats in it all that it was told. `status`: 0 = hangs up, -1 = never answers."""

    status: int = 401
    asked: set[str] = field(default_factory=set)
    let_go: threading.Event = field(default_factory=threading.Event)
    server: Server = field(init=False)

    def __post_init__(self) -> None:
        self.server = Server(self._answer)

    def _answer(self, request: Request) -> Reply | None:
        self.asked.add(request.target.split("/")[1].partition("?")[0])
        if self.status < 0:
            self.let_go.wait(60)
        if self.status <= 0:
            return None
        heard = f"{request.target} {dict(request.headers)} {request.body!r}"
        said = {"ok": False, "error": "invalid_auth", "code": "unauthorized", "message": heard}
        return Reply(self.status, json.dumps(said).encode(), {"Content-Type": "application/json"})


@dataclass
class Stand:
    """A monitor with all adapters before a hostile server; `secrets`: all that it was given."""

    program: Program
    hostile: Hostile
    port: int
    secrets: list[str] = field(default_factory=list)

    def configure(self, format_: str = "text", *, private: bool = False) -> None:
        """Write the settings; `private`: with https, which nobody there understands."""
        address = self.hostile.server.url
        url = address.replace("http://", "https://") if private else address
        text = SETTINGS.format(url=url, http=address.rpartition(":")[2], port=self.port, format=format_)
        self.secrets = [f"s3cr3t-{number:02}-of-{os.getpid()}" for number in range(text.count("SECRET"))]
        left = iter(self.secrets)
        written = re.sub("SECRET", lambda _: next(left), text)
        (self.program.folder / "monitor.toml").write_text(written)

    def sweep(self, *texts: str, process: int | None = None) -> None:
        """None of them shows."""
        assert_hidden(self.secrets, texts=texts, folder=self.program.folder, apart=["monitor.toml"], process=process)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    """One whose ledger has something to copy and to explain."""
    (tmp_path / "rules.yaml").write_text(RULES)
    program, hostile = Program(tmp_path), Hostile()
    remember_a_price(program.ledger)
    with hostile.server, served(Postbox(), at_once=True) as port:
        yield Stand(program, hostile, port)
        hostile.let_go.set()


def test_every_secret_that_can_be_set_is_set(stand: Stand) -> None:
    """Law: a new kind with a secret, or a new secret of a kind, has to be in the settings above."""
    stand.configure()
    folder = stand.program.folder
    settings = load(config=folder / "monitor.toml", environ={"HOME": str(folder)}, folder=folder)
    found = adapters(settings)
    every = (*found.sources.values(), *found.receivers.values(), *found.sinks.values())
    kinds = [module for package in (sources, notifiers, sinks) for module in modules(package).values()]
    wanted = {(module.__name__, name) for module in kinds for name in _secret_fields(module.Config)}
    assert {(each.module.__name__, name) for each in every for name in _set(each)} == wanted
    known = [secret for secret in stand.secrets if any(secret in each for each in found.secrets)]
    assert len(known) == len(stand.secrets) - 1  # all but a key in the query of an address, which is no setting
    assert_hidden(known, texts=[repr(settings), str(settings), repr(settings.model_dump()), *map(repr, every)])


@pytest.mark.parametrize("status", [401, 404, 500, 0, -1])
def test_no_failure_shows_a_secret(stand: Stand, status: int) -> None:
    """Refused, gone, broken, cut off and never answered; running, killed in the middle of it, and started again."""
    stand.hostile.status = status
    stand.configure("json" if status == 404 else "text")
    with stand.program.running("run") as running:
        _tells(stand, running)
        asking = ADDRESSED if status in {401, 404} else ADDRESSED - SOURCES  # who is asked again holds up its host
        until(lambda: stand.hostile.asked >= asking, lambda: f"{stand.hostile.asked} of {asking}")
        running.waits_to_say("receiver mail")
        stand.sweep(process=running.process.pid)
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
    stand.sweep()
    with stand.program.running("run") as running:
        running.waits_to_say("ready")
        assert running.stop(signal.SIGTERM) == 0
    stand.sweep()


def test_no_command_shows_a_secret(stand: Stand) -> None:
    """What they say when everything they ask refuses them."""
    stand.configure()
    said = [stand.program.run(*command) for command in COMMANDS]
    assert "not delivered" in "".join(each.stdout for each in said)
    assert not any("Traceback" in each.stderr for each in said)
    stand.sweep(*(each.stdout + each.stderr for each in said))


def test_no_failure_of_tls_shows_a_secret_in_the_journal(stand: Stand) -> None:
    """A server that does not speak it, in the journal's form."""
    stand.configure("auto", private=True)
    journal = replace(stand.program, before=TO_JOURNAL)
    with journal.running("run") as running:
        _tells(stand, running)
        running.waits_to_say("monitor.delivery: receiver bot")
        running.waits_to_say(": failed: ")
        assert running.says("<4>monitor.daemon: poll ")
        stand.sweep(process=running.process.pid)


def test_no_traceback_of_a_crash_shows_a_secret(stand: Stand) -> None:
    """A row of the outbox that can not be read brings the daemon down."""
    stand.configure()
    with stand.program.running("run") as running:
        _tells(stand, running)
        running.waits_to_say("monitor.delivery: receiver bot")
    with closing(sqlite3.connect(stand.program.ledger)) as raw:
        raw.execute("UPDATE outbox SET payload = '{', not_before = 0")
        raw.commit()
    with stand.program.running("run") as running:
        assert running.process.wait(30) != 0
        assert running.says("Traceback")
    stand.sweep()


def _tells(stand: Stand, running: Running) -> None:
    """Once it is ready, everybody is told of a rule file that is wrong."""
    running.waits_to_say("ready")
    (stand.program.folder / "rules.yaml").write_text(BROKEN)
    running.process.send_signal(signal.SIGHUP)


def _secret_fields(config: type[BaseModel]) -> Iterator[str]:
    return (name for name, each in config.model_fields.items() if SecretStr.__name__ in str(each.annotation))


def _set(adapter: Adapter) -> Iterator[str]:
    return (name for name in _secret_fields(type(adapter.config)) if getattr(adapter.config, name))
