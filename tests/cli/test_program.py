"""The program as a whole: help at once, exit codes, and errors as messages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.cli import COMMANDS, cli
from tests.cli.conftest import Program

HEAVY = ("pydantic", "numpy", "httpx", "yaml", "asyncio", "sqlite3", "rich", "apscheduler")


def started(*words: str, surroundings: dict[str, str], **redirect: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "monitor", *words]
    environ = surroundings | {"PYTHONPATH": str(Path(__file__).parents[2])}
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | redirect
    return subprocess.run(command, check=False, text=True, env=environ, timeout=60, **options)  # type: ignore[call-overload,no-any-return]


def test_help_imports_nothing_heavy(surroundings: dict[str, str]) -> None:
    """Law: help is there at once, because no command is imported to show it."""
    program = (
        "import sys\nsys.argv = ['monitor', '--help']\nfrom monitor.__main__ import main\ncode = main()\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\nsys.exit(code)"
    )
    environ = surroundings | {"PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, env=environ, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (0, "[]\n")
    assert all(f"  {name} " in ended.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_help_names_is_there(monitor: Program, name: str) -> None:
    """Law: the table of commands and the commands agree."""
    ended = monitor(name, "--help")
    assert ended.code == 0
    assert ended.out.startswith(f"Usage: monitor {name} ")
    assert name in cli.list_commands(cli.make_context("monitor", [], resilient_parsing=True))


def test_an_unknown_command_is_wrong_input(monitor: Program) -> None:
    """Case: exit code 2 and the way to help."""
    ended = monitor("chek")
    assert ended.code == 2
    assert "No such command 'chek'" in ended.err
    assert "monitor --help" in ended.err


def test_wrong_settings_are_wrong_input(monitor: Program) -> None:
    """Case: exit code 2, every problem verbatim, nothing of a traceback."""
    path = monitor.write("monitor.toml", "[log]\nlevle = 'info'\n")
    ended = monitor("status")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"{path}: log.levle: unknown setting\n    did you mean 'level'?\n"


def test_a_failure_is_told_with_what_to_do(monitor: Program) -> None:
    """Case: exit code 1, the message and its hint on a line of its own."""
    ended = monitor("status")
    assert (ended.code, ended.out) == (1, "")
    assert (
        ended.err == f"{monitor.ledger}: there is no ledger here yet\n    `monitor run` or `monitor import` makes one\n"
    )


def test_options_before_the_command_win(monitor: Program) -> None:
    """Case: --ledger over the environment and the file."""
    monitor.patch.setenv("MONITOR_LEDGER__PATH", "/environment")
    assert monitor("--ledger", monitor.folder / "flag", "status").err.startswith(f"{monitor.folder}/flag: there is no")
    path = monitor.write("other.toml", "contakt = 'x'")
    assert monitor("--config", path, "status").err.startswith(f"{path}: contakt: unknown setting")


def test_nobody_reading_is_no_drama(surroundings: dict[str, str]) -> None:
    """Case: `monitor check | head -0`: no traceback and no complaint of the interpreter."""
    reading, writing = os.pipe()
    os.close(reading)
    ended = started("check", surroundings=surroundings, stdout=writing)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, "")


def test_interrupting_is_130(monitor: Program) -> None:
    """Case: Ctrl-C in a command that has no handler of its own."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monitor.patch.setattr("monitor.cli.check.rule_texts", interrupted)
    ended = monitor("check")
    assert (ended.code, ended.out) == (130, "")
