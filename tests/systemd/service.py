"""The program installed on a machine of its own, and its service there between OpenRouter and Slack."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from monitor.ledger import Ledger
from tests.acceptance.market import MODELS, SLACK, TOKEN, Market, serving
from tests.acceptance.process import ROOT, until
from tests.acceptance.test_run import RULES, remember_a_price
from tests.systemd.machine import Machine

PROGRAM = "/opt/monitor/bin/monitor"
LEDGER = "/var/lib/private/monitor/ledger.sqlite"
DROP_IN = "/etc/systemd/system/monitor.service.d/test.conf"
SETTINGS = """\
rules = ["/etc/monitor/rules.yaml"]
watch_rules = false
drain = "{drain}"

[sources.openrouter_models]
url = "{models}"
schedule = "{minute} * * * *"

[slack]
channel = "#market"
base_url = "{slack}"
"""


def put_program(machine: Machine, folder: Path) -> None:
    """Install the wheel that a user would, under /opt/monitor."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    wheel = next(folder.glob("*.whl"))
    machine.path(f"/opt/{wheel.name}").write_bytes(wheel.read_bytes())
    machine.run("/opt/python/bin/python3", "-m", "venv", "--without-pip", "/opt/monitor")
    pip = ("/opt/python/bin/python3", "-m", "pip", "--python", "/opt/monitor/bin/python")
    installing = ("install", "--quiet", "--no-deps", "--no-index", "--ignore-installed", f"/opt/{wheel.name}")
    machine.run(*pip, *installing, PYTHONPATH="/opt/packages", PIP_DISABLE_PIP_VERSION_CHECK="1")
    site = next(machine.path("/opt/monitor/lib").glob("python3*/site-packages"))
    (site / "packages.pth").write_text("/opt/packages\n")


@dataclass(frozen=True, slots=True)
class Service:
    """The service of a machine, with all that it talks to. A price fell since its ledger was written: Slack hears."""

    machine: Machine
    market: Market
    url: str
    since: float = field(default_factory=time.time)

    def monitor(self, *words: str, code: int = 0) -> str:
        """A command of the program, as root; what it says."""
        return self.machine.run(PROGRAM, *words, code=code)

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """A file of the machine, with the folders it is in."""
        place = self.machine.path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)

    def configure(self, *, drain: str = "20s") -> None:
        """The settings; prices were due five minutes ago."""
        minute = (datetime.now(UTC).minute - 5) % 60
        places = {"models": self.url + MODELS, "slack": self.url + SLACK}
        self.write("/etc/monitor/monitor.toml", SETTINGS.format(drain=drain, minute=minute, **places))

    @contextmanager
    def ledger(self, folder: Path, path: str = LEDGER) -> Iterator[Ledger]:
        """A ledger of the machine that nobody has open, copied into a folder here and opened."""
        copied = folder / "copied.sqlite"
        copied.write_bytes(self.machine.path(path).read_bytes())  # SQLite would not find the way through /proc
        with Ledger.open(copied) as ledger:
            yield ledger

    def drop_in(self, text: str) -> None:
        """What its user wants to differ."""
        self.write(DROP_IN, f"[Service]\n{text}")

    def shows(self, name: str) -> str:
        """A property of the unit."""
        return self.machine.run("systemctl", "show", "--value", "--property", name, "monitor").strip()

    def log(self) -> str:
        """What the service said, and what systemd said of it, in this test."""
        self.machine.run("journalctl", "--sync")
        since = f"--since=@{self.since:.6f}"
        return self.machine.run("journalctl", "--unit", "monitor", "--output", "cat", "--no-pager", since)

    def waits_to_say(self, words: str, times: int = 1) -> None:
        """Return when it has said that."""
        until(lambda: self.log().count(words) >= times, lambda: f"{words!r} in:\n{self.log()}")

    def waits_to_post(self, start: str) -> None:
        """Return when Slack has got a message that begins so."""
        until(lambda: start in self.posted(), lambda: f"{start!r} in {self.posted()} or:\n{self.log()}")

    def posted(self) -> list[str]:
        """What Slack was told, each up to its first colon."""
        return [post.text.partition(":")[0] for post in self.market.posts]


@contextmanager
def prepared(machine: Machine, folder: Path) -> Iterator[Service]:
    """Settings, secret, rules and an older ledger are there, the service is not; afterwards nothing of it is."""
    market = Market(at=datetime(2026, 7, 30, tzinfo=UTC))
    ledger = folder / "ledger.sqlite"
    remember_a_price(ledger)
    server = serving(market)
    machine.in_network(lambda: (server.url, market.slack.api))
    with server, market.slack:
        service = Service(machine, market, server.url)
        service.configure()
        service.write("/etc/monitor/rules.yaml", RULES)
        service.write("/etc/monitor/credentials/slack__token", TOKEN, 0o600)
        place = machine.path(LEDGER)
        place.parent.mkdir(parents=True, mode=0o700)
        place.write_bytes(ledger.read_bytes())
        machine.path("/var/lib/monitor").symlink_to("private/monitor")
        try:
            yield service
        finally:
            market.let_go.set()
            machine.run("sh", "-c", f"{PROGRAM} uninstall-service --purge; rm -rf {Path(DROP_IN).parent} {_LEFT}")


_LEFT = "/etc/monitor /var/backups/monitor"
