"""`monitor notify preview` over a small ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.catalog import shipped
from monitor.dispatch import Routes, Timeliness
from monitor.files import load_rules
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.model.bar import DAY, instant
from tests.cli.conftest import Program
from tests.cli.test_history import RULES, USAGE

LEDGER = "ledger.sqlite"
JUDGED = instant(1770000000)


@pytest.fixture
def judged(monitor: Program, tmp_path: Path) -> Program:
    """Three weeks of two vendors, in the second of which one overtakes the other, judged silently."""
    monitor.write("rules.yaml", RULES)
    monitor.write(
        "monitor.toml",
        f'rules = ["rules.yaml"]\npage_url = "https://m.example/"\n[ledger]\npath = "{LEDGER}"\n',
    )
    monitor.write("usage.csv", USAGE)
    assert monitor("import", "usage.csv").code == 0
    with Ledger.open(tmp_path / LEDGER) as ledger:
        lateness = Timeliness(instant(DAY) - instant(0), instant(DAY) - instant(0))
        Judging(ledger, shipped(), Routes(()), lateness).judge(load_rules([tmp_path / "rules.yaml"]).rules, JUDGED)
    return monitor


def test_the_newest_firing_is_printed(judged: Program, tmp_path: Path) -> None:
    """As the console would; nothing is written, nothing is owed."""
    ended = judged("notify", "preview", "Overtake")
    assert (ended.code, ended.err) == (0, "")
    title, when, citation, link = ended.out.strip().splitlines()
    assert title == "[info] overtook"
    assert when.strip() == "week of 2026-01-12 to 2026-01-18 (UTC), judged 2026-01-19 01:00 UTC"
    assert citation.strip().startswith("Source: OpenRouter")
    assert link.strip() == "https://m.example/"
    with Ledger.open(tmp_path / LEDGER) as ledger:
        assert set(ledger.outbox.counts().values()) == {0}


def test_the_message_is_written_as_blocks_and_as_a_picture(judged: Program, tmp_path: Path) -> None:
    """In a folder that is made; the numbers of all three weeks are told up to the one it is about."""
    ended = judged("notify", "preview", "Overtake", "--at", "2026-01-14", "--out", "seen/here")
    assert ended.code == 0, ended.err
    assert ended.out.splitlines()[-2:] == ["written: seen/here/Overtake.json", "written: seen/here/Overtake.png"]
    said = json.loads((tmp_path / "seen/here/Overtake.json").read_text(encoding="utf-8"))
    fields = [field["text"] for field in said["blocks"][1]["fields"]]
    assert fields == [
        "*Tokens a week*\n4.119T",
        "*Against*\n2.933T",
        "*Difference*\n+40.4%",
        "*Share of all counted*\n58.4%, was 25%",
    ]
    assert said["text"].startswith("overtook\n")
    assert (tmp_path / "seen/here/Overtake.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("Overtak",), 2, "did you mean 'Overtake'?"),
        (("Never",), 1, "Never has never fired\n    `monitor backtest` says when it would have"),
        (("Overtake", "--at", "2026-01-20"), 2, "did not fire in week of 2026-01-19"),
        (("Overtake", "--at", "2026-01-20"), 2, "last: week of 2026-01-12 to 2026-01-18 (UTC)"),
    ],
)
def test_what_there_is_not(judged: Program, arguments: tuple[str, ...], code: int, said: str) -> None:
    """With what there is instead."""
    ended = judged("notify", "preview", *arguments)
    assert ended.code == code
    assert said in ended.err
