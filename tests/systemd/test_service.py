"""The service under a real systemd, from its installation to its end."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from tests.acceptance.market import TOKEN
from tests.acceptance.process import until
from tests.systemd.service import DROP_IN, PROGRAM, Service

UNIT = "/etc/systemd/system/monitor.service"
BACKUPS = "/var/backups/monitor"
SOON = "RestartSec=100ms\n"
CREDENTIAL = "/run/credentials/monitor.service/slack__token"
TRIES = """ExecStartPre=/bin/sh -c ' \
    for place in / /etc /usr /opt /opt/monitor/bin /var/lib /var/log /var/backups /home /root; do \
        touch $$place/tried 2>/dev/null && echo got into $$place; done; \
    cat /etc/shadow 2>/dev/null && echo got shadow; \
    touch $$STATE_DIRECTORY/tried && echo tried all'
"""


def test_one_command_installs_it_and_returns_when_it_is_ready(service: Service) -> None:
    """It says what it did; the service is active, starts at boot, shows its status, and Slack hears of it."""
    said = service.monitor("install-service")
    assert "ready: sources openrouter_models; receivers slack" in service.log()
    assert f"unit: {UNIT}, starts {PROGRAM}" in said
    assert "settings: /etc/monitor/monitor.toml\ncredentials: slack__token\n" in said
    assert (service.shows("ActiveState"), service.shows("UnitFileState")) == ("active", "enabled")
    service.waits_to_post("Cut")
    until(lambda: "polled;" in service.shows("StatusText"), service.log)
    assert re.search(r"Status: \"1 source polled; .*", service.machine.run("systemctl", "status", "monitor"))


def test_its_credentials_are_its_own(service: Service) -> None:
    """Readable by its user alone, who is nobody else; the token never stands in what systemd shows."""
    service.monitor("install-service")
    found = service.machine.path(CREDENTIAL)
    assert found.read_text() == TOKEN
    assert stat.S_IMODE(found.stat().st_mode) == 0o400
    owner = found.stat().st_uid
    assert 61184 <= owner <= 65519  # systemd's range of dynamic users
    assert owner == service.machine.path(f"/proc/{service.shows('MainPID')}").stat().st_uid
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    assert "Permission denied" in service.machine.run(*nobody, "cat", CREDENTIAL, code=1)
    assert "Permission denied" in service.machine.run(*nobody, "ls", "/var/lib/monitor/", code=2)
    assert TOKEN not in service.machine.run("systemctl", "show", "monitor") + service.log()


def test_it_writes_nowhere_but_to_its_state(service: Service) -> None:
    """What is tried in its place, with its user and its view of the machine, is refused."""
    service.drop_in(TRIES)
    service.monitor("install-service")
    assert "tried all" in service.log()
    assert "got" not in service.log()
    assert service.machine.path("/var/lib/private/monitor/tried").exists()


def test_a_broken_rule_does_not_end_it(service: Service) -> None:
    """A reload leaves it active with its last good rules and tells; the next one takes the corrected file."""
    service.monitor("install-service")
    service.waits_to_post("Cut")
    rules = service.machine.path("/etc/monitor/rules.yaml")
    sound = rules.read_text()
    rules.write_text(sound.replace("falls", "fals"))
    service.machine.run("systemctl", "reload", "monitor")
    service.waits_to_post("Rules")
    assert "the last good version stays" in service.market.posts[-1].text
    assert "on their last good version: Cut" in service.log()
    assert service.shows("ActiveState") == "active"
    rules.write_text(sound)
    service.machine.run("systemctl", "reload", "monitor")
    service.waits_to_say("rules: 1 taken over", times=2)
    assert (service.shows("ActiveState"), service.shows("NRestarts")) == ("active", "0")


def test_a_hang_is_noticed(service: Service) -> None:
    """Who stands still is ended by the watchdog, says where it stood, and is started again."""
    service.drop_in(f"WatchdogSec=2\n{SOON}")
    service.monitor("install-service")
    service.machine.run("systemctl", "kill", "--signal=STOP", "monitor")
    service.waits_to_say("ready:", times=2)
    assert (service.shows("ActiveState"), service.shows("NRestarts")) == ("active", "1")
    assert "Watchdog timeout" in service.log()
    assert "Fatal Python error: Aborted" in service.log()


def test_whoever_answers_is_left_alone(service: Service) -> None:
    """A source that does not answer is no hang: the watchdog is fed while a poll waits."""
    service.market.silent = True
    service.drop_in(f"WatchdogSec=1\n{SOON}")
    service.monitor("install-service")
    fed = service.shows("WatchdogTimestampMonotonic")
    until(lambda: int(service.shows("WatchdogTimestampMonotonic")) > int(fed) + 2_000_000, service.log)
    assert (service.shows("ActiveState"), service.shows("NRestarts")) == ("active", "0")


def test_a_kill_costs_nothing(service: Service, tmp_path: Path) -> None:
    """After kill -9 it is back by itself, with what it knew, and tells nothing twice."""
    service.drop_in(SOON)
    service.monitor("install-service")
    service.waits_to_post("Cut")
    service.waits_to_say("poll openrouter_models: learnt")
    service.machine.run("systemctl", "kill", "--signal=KILL", "monitor")
    service.waits_to_say("ready:", times=2)
    assert service.shows("NRestarts") == "1"
    service.machine.run("systemctl", "stop", "monitor")
    with service.ledger(tmp_path) as ledger:
        assert len(list(ledger.snapshots("openrouter_models", 9))) == 2
    assert service.posted() == ["Cut"]


def test_a_stop_waits_for_what_is_under_way(service: Service) -> None:
    """An answer that comes while it stops is learnt."""
    service.market.silent = True
    service.monitor("install-service")
    until(lambda: service.market.requests > 0, service.log)
    with service.machine.start("systemctl", "stop", "monitor") as stopping:
        service.waits_to_say("stopping: what is under way is finished first")
        assert service.shows("ActiveState") == "deactivating"
        service.market.let_go.set()
        assert stopping.wait(30) == 0
    assert "poll openrouter_models: learnt" in service.log()
    assert (service.shows("ActiveState"), service.shows("Result")) == ("inactive", "success")


def test_a_stop_does_not_wait_for_ever(service: Service) -> None:
    """An answer that never comes is cut off after `drain`, long before systemd would kill."""
    service.configure(drain="1s")
    service.market.silent = True
    service.monitor("install-service")
    until(lambda: service.market.requests > 0, service.log)
    service.machine.run("systemctl", "stop", "monitor")
    assert service.log().count("monitor: stopped\n") == 1
    assert (service.shows("ActiveState"), service.shows("Result")) == ("inactive", "success")


def test_an_upgrade_copies_the_ledger_and_keeps_the_rest(service: Service, tmp_path: Path) -> None:
    """Calling it again: a copy that opens, the same state, the user's drop-in, nothing told twice."""
    service.drop_in("Nice=5\n")
    service.monitor("install-service")
    service.waits_to_post("Cut")
    before = {path.name for path in service.machine.path(BACKUPS).iterdir()}
    service.write("/etc/monitor/credentials/notes.txt", "", 0o600)
    said = service.monitor("install-service")
    assert f"stays: {DROP_IN}" in said
    assert "left out: /etc/monitor/credentials/notes.txt" in said
    (kept,) = (path for path in service.machine.path(BACKUPS).iterdir() if path.name not in before)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with service.ledger(tmp_path, f"{BACKUPS}/{kept.name}") as ledger:
        assert ledger.outbox.counts()["delivered"] >= 1
    assert (service.shows("ActiveState"), service.shows("Nice")) == ("active", "5")
    assert service.posted() == ["Cut"]


def test_it_goes_and_leaves_the_ledger(service: Service, tmp_path: Path) -> None:
    """The ledger stays and it says where; with --purge, also later, that goes too."""
    service.monitor("install-service")
    said = service.monitor("uninstall-service")
    assert "the ledger stays: /var/lib/monitor/ledger.sqlite" in said
    assert (service.shows("LoadState"), service.machine.path(UNIT).exists()) == ("not-found", False)
    with service.ledger(tmp_path) as ledger:
        assert list(ledger.snapshots("openrouter_models", 9))
    assert "expected an installed service" in service.monitor("uninstall-service", code=1)
    assert "removed: /var/lib/private/monitor\n" in service.monitor("uninstall-service", "--purge")
    assert not service.machine.path("/var/lib/private/monitor").exists()


def test_what_keeps_it_from_starting_is_told(service: Service) -> None:
    """Its own words, masked as in its log, and exit code 1; systemd does not try for ever."""
    with service.machine.path("/etc/monitor/monitor.toml").open("a") as settings:
        settings.write("tokn = 1\n")
    said = service.monitor("install-service", code=1)
    assert "monitor.service did not start" in said
    assert "/etc/monitor/monitor.toml: slack.tokn: unknown setting" in said
    assert service.shows("ActiveState") == "failed"


@pytest.mark.parametrize(
    ("before", "program", "why"),
    [
        ("ln -sfn /opt/monitor /root/monitor", "/root/monitor/bin/python -m monitor", "lies below /root"),
        ("chmod 750 /opt/monitor/bin", PROGRAM, "can not enter /opt/monitor/bin"),
        ("chmod 744 /opt/monitor/bin/monitor", PROGRAM, "can not run it"),
        ("chmod 600 /etc/monitor/monitor.toml", PROGRAM, "keep secrets in /etc/monitor/credentials"),
        ("true", "setpriv --reuid=65534 --regid=65534 --clear-groups " + PROGRAM, "expected root"),
    ],
    ids=["home", "folder", "mode", "settings", "user"],
)
def test_what_could_not_work_is_refused(service: Service, before: str, program: str, why: str) -> None:
    """Before anything is changed, with what to do."""
    service.machine.run("sh", "-c", before)
    try:
        said = service.machine.run("sh", "-c", f"{program} install-service", code=1)
    finally:
        service.machine.run("sh", "-c", "chmod 755 /opt/monitor/bin /opt/monitor/bin/monitor")
    assert why in said
    assert "\n    " in said
    assert not service.machine.path(UNIT).exists()
