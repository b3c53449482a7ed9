"""The text of the unit: what systemd thinks of it, and what an installation makes of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.errors import LedgerError, ServiceError
from monitor.ledger import Ledger, copy_ledger
from monitor.service import unit_here
from monitor.service.reach import require_reach
from monitor.service.unit import unit
from monitor.shipped import shipped
from tests.acceptance.test_run import remember_a_price

UNIT = shipped("deploy/monitor.service")
ALLOW_LIST = UNIT.with_name("monitor.service.d") / "allow-list.conf"
PROGRAM = Path("/opt/monitor/bin/monitor")
analysed = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and not os.environ.get("CI"), reason="needs systemd-analyze"
)


def analyse(*words: object) -> str:
    ended = subprocess.run(
        ["/usr/bin/env", "systemd-analyze", *map(str, words)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout + ended.stderr


def exposure(path: Path) -> float:
    found = re.search(
        r"Overall exposure level for monitor.service: ([\d.]+)", analyse("security", "--offline=true", path)
    )
    assert found
    return float(found[1])


@analysed
def test_it_is_exposed_little(tmp_path: Path) -> None:
    """By systemd's own scale from 0 to 10: 1.1 at most, with the allow list 0.9."""
    path = tmp_path / UNIT.name
    path.write_text(UNIT.read_text())
    assert exposure(path) <= 1.1
    drop_in = tmp_path / ALLOW_LIST.parent.name / ALLOW_LIST.name
    drop_in.parent.mkdir()
    drop_in.write_text(ALLOW_LIST.read_text())
    assert exposure(path) <= 0.9


@analysed
def test_systemd_has_no_complaint(tmp_path: Path) -> None:
    """Of the unit with credentials and a settings file, and its drop-in."""
    program = Path("/bin/true")  # it has to be there
    secrets = [Path("/etc/monitor/credentials/slack__token")]
    path = tmp_path / UNIT.name
    path.write_text(unit(UNIT.read_text(), program, Path("/etc/monitor/other.toml"), secrets))
    shutil.copytree(ALLOW_LIST.parent, tmp_path / ALLOW_LIST.parent.name)
    assert analyse("verify", "--man=no", path) == ""


def test_what_differs_from_machine_to_machine() -> None:
    """The program, a settings file that was asked for, a line for each credential; all else is the text that ships."""
    template = UNIT.read_text()
    secrets = [Path("/etc/monitor/credentials") / name for name in ("influxdb__token", "slack__token")]
    text = unit(template, Path("/srv/m/bin/monitor"), Path("/etc/other.toml"), secrets)
    assert "\nExecStart=/srv/m/bin/monitor --config /etc/other.toml run\n" in text
    assert re.findall("^LoadCredential=(.*)$", text, re.MULTILINE) == [f"{path.name}:{path}" for path in secrets]
    left = [line for line in text.splitlines() if not line.startswith(("ExecStart=", "LoadCredential="))]
    assert left == [line for line in template.splitlines() if not re.match("ExecStart=|#LoadCredential=", line)]


def test_a_path_that_a_unit_would_read_as_something_else_is_refused() -> None:
    """Case: blanks, percent signs."""
    for path in ("/opt/my monitor/bin/monitor", "/opt/100%/bin/monitor"):
        with pytest.raises(ServiceError, match="has a character that means something in a unit"):
            unit(UNIT.read_text(), Path(path), None, ())


def test_credentials_are_files_that_are_called_after_a_setting(tmp_path: Path) -> None:
    """Others are not handed over."""
    for name in ("slack__token", "slack__token~", ".slack__token", "openrouter.key", "README"):
        (tmp_path / name).touch()
    loaded = re.findall("^LoadCredential=(.*)$", unit_here(None, tmp_path), re.MULTILINE)
    assert loaded == [f"slack__token:{tmp_path}/slack__token"]
    assert "LoadCredential=s" not in unit_here(None, tmp_path / "nothing")


def test_what_everybody_may_read_is_within_reach() -> None:
    """Case: the system's own; a file below a home is not, whatever its mode."""
    require_reach(Path("/bin/sh"), runs=True, hint="")
    with pytest.raises(ServiceError, match="lies below /root"):
        require_reach(Path("/root/monitor.toml"), hint="")


def test_a_ledger_is_copied_while_it_is_in_use(tmp_path: Path) -> None:
    """The copy is a ledger, of one's own; one that is there is not written over, and nothing is left beside it."""
    remember_a_price(tmp_path / "ledger.sqlite")
    into = tmp_path / "copies" / "copy.sqlite"
    into.parent.mkdir()
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        copy_ledger(ledger.path, into)
        samples = ledger.cursors.newest()
    assert into.stat().st_mode & 0o777 == 0o600
    before = into.read_bytes()
    with pytest.raises(LedgerError, match="is there already, and is left alone"):
        copy_ledger(tmp_path / "ledger.sqlite", into)
    assert (into.read_bytes(), list(into.parent.iterdir())) == (before, [into])
    with Ledger.open(into) as copied:
        assert copied.cursors.newest() == samples


def test_a_damaged_ledger_is_not_called_copied(tmp_path: Path) -> None:
    """Case: pages that were overwritten; no copy is left."""
    path = tmp_path / "ledger.sqlite"
    remember_a_price(path)
    content = bytearray(path.read_bytes())
    content[8192:40960] = bytes(32768)
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"damaged|malformed"):
        copy_ledger(path, tmp_path / "copy.sqlite")
    assert not (tmp_path / "copy.sqlite").exists()
