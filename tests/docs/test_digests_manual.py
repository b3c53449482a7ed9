"""docs/digests.md: its commands print what stands below them, over all that was recorded."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from monitor.files import rule_texts
from monitor.ledger import Ledger
from monitor.model.quantity import day as begin
from tests.cli.conftest import Program, monitor, surroundings
from tests.noise.told import tell
from tests.shared import SHARED

__all__ = ["monitor", "surroundings"]

PAGE = (Path(__file__).parents[2] / "docs" / "digests.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```console\n\$ monitor (.*?)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(RULE,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FILES = ("usage/usage.csv.gz", "usage/totals.csv.gz", "prices/prices.csv.gz")


@pytest.mark.parametrize(("command", "printed"), EXAMPLES, ids=lambda text: text.split("\n")[0][:60])
def test_examples_print_what_the_page_says(monitor: Program, command: str, printed: str) -> None:
    """Law: a person who copies a command sees what the page shows."""
    assert monitor("import", *(SHARED / "data" / name for name in FILES)).code == 0
    if command.startswith("noise"):
        monitor.patch.setattr("monitor.cli.noise.SECONDS", 300.0)  # however busy this machine is
        shipped = rule_texts([Path(__file__).parents[2] / "rules"]).files
        with Ledger.open(monitor.ledger) as ledger:
            tell(ledger, [*shipped, ("own.yaml", RULE)], begin("2026-06-22"), begin("2026-07-20"), ("slack",))
    ended = monitor(*shlex.split(command))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == printed


def test_there_is_an_example() -> None:
    """Case: of both."""
    assert [command.split()[0] for command, _ in EXAMPLES] == ["digest", "noise"]
