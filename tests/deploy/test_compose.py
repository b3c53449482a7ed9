"""What compose starts: pinned, healthy, on loopback only, and with no secret in it. No container is run here."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.adapters import adapters
from monitor.layers import CONFIG
from monitor.settings import load
from tests.deploy.grafana import DEPLOY

TEXT = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LASTING = {name: service for name, service in SERVICES.items() if service["restart"] != "no"}
VARIABLE = re.compile(r"\$\{(\w+)([^}]*)\}")
SECRET = re.compile(r"PASSWORD|TOKEN|KEY", re.IGNORECASE)


def test_there_are_the_three_and_what_sets_up() -> None:
    """Only `setup` ends."""
    assert (set(LASTING), set(SERVICES) - set(LASTING)) == ({"influxdb", "monitor", "grafana"}, {"setup"})
    assert {service["restart"] for service in LASTING.values()} == {"unless-stopped"}


def test_every_image_is_pinned() -> None:
    """By a whole version, that of what the Dockerfile begins with too."""
    first = re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    images = [service["image"] for service in SERVICES.values()] + first
    assert [image for image in images if not re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+[\w.-]*", image)] == []


@pytest.mark.parametrize("name", LASTING)
def test_every_service_says_whether_it_is_healthy(name: str) -> None:
    """And is waited for by whatever needs it."""
    assert LASTING[name]["healthcheck"]["test"][0] == "CMD"
    conditions = {
        service["depends_on"][name]["condition"]
        for service in SERVICES.values()
        if name in service.get("depends_on", {})
    }
    assert conditions <= {"service_healthy"}
    assert conditions or name in {"monitor", "grafana"}


def test_ports_are_on_loopback_only() -> None:
    """What is published names its address."""
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_no_secret_is_written_down() -> None:
    """Every variable is required, every secret comes from one, and settings that are secret are paths of files."""
    required = {name for name, demand in VARIABLE.findall(TEXT) if demand.startswith(":?")}
    assert required == {name for name, _ in VARIABLE.findall(TEXT)}
    assert {tuple(secret) for secret in COMPOSE["secrets"].values()} == {("environment",)}
    assert {secret["environment"] for secret in COMPOSE["secrets"].values()} == required
    for service in SERVICES.values():
        written = {name: value for name, value in service["environment"].items() if SECRET.search(name)}
        assert all(value.startswith("/run/secrets/") for value in written.values()), written
        assert not VARIABLE.search(str(service))  # neither an argument nor a variable of a container


def test_volumes_are_named() -> None:
    """Nothing that lasts is in a container, and every folder that is mounted is there."""
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service["volumes"]]
    assert {mount for mount in mounts if not mount.startswith(".")} == set(COMPOSE["volumes"])
    assert all((DEPLOY / mount).exists() for mount in mounts if mount.startswith("."))


def test_the_monitor_takes_its_settings(tmp_path: Path) -> None:
    """The program reads what compose gives it: places from the environment, secrets from files."""
    monitor = SERVICES["monitor"]
    for name in monitor["secrets"]:
        (tmp_path / name).write_text("secret\n", encoding="utf-8")
    given = monitor["environment"] | {CONFIG: str(DEPLOY / "monitor.toml"), "CREDENTIALS_DIRECTORY": str(tmp_path)}
    found = adapters(load(environ={**given, "STATE_DIRECTORY": str(tmp_path)}, folder=tmp_path))
    assert set(found.sinks) == {"influxdb"}
    assert "openrouter_rankings" in found.sources
    assert found.secrets - {""} == {"secret"}


def test_the_image_is_installed_as_the_manual_says() -> None:
    """The same commands, without the venv, and a user of its own."""
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    manual = (DEPLOY.parent / "docs/operating.md").read_text(encoding="utf-8")
    for command in (
        r"sed '/^# Development only/,$d' constraints.txt",
        "--require-hashes -r",
        "--no-deps --no-build-isolation .",
    ):
        assert command in dockerfile
        assert command in manual
    assert re.findall(r"^USER (\w+)", dockerfile, re.MULTILINE) == ["monitor"]


def test_secrets_are_made_once(tmp_path: Path) -> None:
    """Random, for the owner only, for every variable; a second run touches nothing."""
    script = tmp_path / "secrets.sh"
    script.write_bytes((DEPLOY / "secrets.sh").read_bytes())
    made = [subprocess.run(["sh", str(script)], capture_output=True, text=True, check=False) for _ in range(2)]  # noqa: S607
    assert [run.returncode for run in made] == [0, 1]
    assert "is there already" in made[1].stderr
    path = tmp_path / ".env"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines = [line.partition("=") for line in path.read_text(encoding="utf-8").splitlines() if "#" not in line]
    values = {name: value for name, _, value in lines}
    assert set(values) == {name for name, _ in VARIABLE.findall(TEXT)}
    assert values.pop("OPENROUTER_KEY") == ""
    assert all(re.fullmatch(r"[A-Za-z0-9]{40}", value) for value in values.values())
    assert len(set(values.values())) == 3
    assert not any(value in run.stdout + run.stderr for value in values.values() for run in made)
