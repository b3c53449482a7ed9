"""The demo tells the story that happened, leaves nothing behind and reaches nobody."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters import adapters
from monitor.demo import play
from monitor.demo.facts import CITATIONS, facts
from monitor.demo.screen import Screen
from monitor.demo.story import ACTS, LEDGER, Told, story
from monitor.errors import SettingsError
from monitor.ledger import Ledger
from monitor.model.notification import Reason
from monitor.settings import Settings, shipped_rules

OVERTAKE = "ChineseModelsOvertakeUSTopNine"
PREMISE = "Chinese models overtook US models among the nine largest"
LONGEST = 160  # lines: two or three screens
HEADING = "── "


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def told(folder: Path) -> Sequence[Told]:
    async def whole() -> list[Told]:
        async with aclosing(story(facts(), folder)) as found:
            return [each async for each in found]

    return asyncio.run(whole())


@pytest.fixture(scope="module")
def shown(told: Sequence[Told]) -> Sequence[str]:
    stream = io.StringIO()
    screen = Screen(stream)
    screen.opening()
    for each in told:
        screen.show(each)
    screen.closing(shipped_rules(), None)
    return stream.getvalue().splitlines()


def test_the_story_in_its_order(told: Sequence[Told]) -> None:
    """What happened, on the day after the week or hour it happened in."""
    expected = [
        ("2026-02-02", "warning", "Anthropic overtook Google: 1.152T against 1.095T a week"),
        ("2026-02-09", "warning", "moonshotai/kimi-k2.5 is the new number one with 1.159T a week"),
        ("2026-02-16", "critical", f"{PREMISE}: 4.119T against 2.933T a week"),
        ("2026-02-16", "warning", "minimax/minimax-m2.5 is the new number one with 1.438T a week"),
        ("2026-03-02", "critical", f"Resolved: {PREMISE}: 3.117T against 3.958T a week"),
        ("2026-03-09", "critical", f"{PREMISE}: 4.19T against 3.638T a week"),
        ("2026-03-23", "warning", "xiaomi/mimo-v2-pro is the new number one with 1.493T a week"),
        ("2026-03-30", "info", "A record week: 12.86T tokens, 9.977T before"),
        ("2026-04-25", "info", "New on openrouter: openai/gpt-5.5 at $30 per million output tokens"),
        ("2026-04-26", "info", "GPT-5.5 output costs 34.48 times as much as DeepSeek V4-Pro's"),
        ("2026-04-26", "info", "Claimed: deepseek/deepseek-v4-pro output $3.48 → $0.87 per million tokens (-75%)"),
    ]
    wanted = {title for _, _, title in expected}
    found = [(str(each.at.date()), each.notification.severity, each.notification.title) for each in told]
    assert [line for line in found if line[2] in wanted] == expected


def test_the_lead_changes_three_times_and_no_more(told: Sequence[Told]) -> None:
    """The exact tokens of each side; the weeks between say nothing."""
    transitions = [change for each in told for change in each.notification.transitions if change.alert == OVERTAKE]
    assert [(change.kind.value, change.value, change.reference) for change in transitions] == [
        ("firing", 4_119_001_452_000, 2_933_113_149_000),
        ("resolved", 3_117_190_274_000, 3_957_700_824_000),
        ("firing", 4_189_615_615_000, 3_637_571_606_000),
    ]


def test_what_was_there_before_the_first_poll_is_told_to_nobody(told: Sequence[Told]) -> None:
    """History is judged silently: neither the first week nor the models already listed are news."""
    assert {act.first.date() for act in ACTS}.isdisjoint(each.at.date() for each in told)


def test_every_snapshot_was_believed(told: Sequence[Told]) -> None:
    """A market that grew by two thirds over its seven weeks before (the week of 23 March) is no fault of a source."""
    assert {each.notification.reason for each in told} == {Reason.TRANSITION}


def test_every_notification_cites_its_source(told: Sequence[Told]) -> None:
    """Usage under the licence of OpenRouter's data, as of the time of the poll; prices by their page."""
    before_prices = date(2026, 4, 1)
    for each in told:
        (citation,) = each.notification.citations
        if each.at.date() < before_prices:
            assert f"as of {each.at:%Y-%m-%dT%H:%M:%S}.000Z. Licensed under CC BY 4.0." in citation
        else:
            assert citation == "Prices: OpenRouter (openrouter.ai/models)"


def test_a_day_has_one_heading_and_the_days_are_in_order(told: Sequence[Told], shown: Sequence[str]) -> None:
    """Headings are ISO dates with their weekday."""
    days = list(dict.fromkeys(f"{each.at:%Y-%m-%d, %A}" for each in told))
    assert [line.strip("─ ") for line in shown if line.startswith(HEADING)] == days


def test_notifications_are_printed_as_the_console_would_and_information_in_one_line(shown: Sequence[str]) -> None:
    """Title, bar and citation of what matters; of the rest the title, or its instances."""
    critical = shown.index(f"[critical] {PREMISE}: 4.119T against 2.933T a week")
    assert shown[critical + 1 : critical + 3] == [
        "  week of 2026-02-09 to 2026-02-15 (UTC), judged 2026-02-16 00:20 UTC",
        "  Source: OpenRouter (openrouter.ai/rankings), as of 2026-02-16T00:20:22.000Z. Licensed under CC BY 4.0.",
    ]
    info = shown.index(
        "[info] minimax/minimax-m2.5 entered the top five with 1.438T a week;"
        " z-ai/glm-5 entered the top five with 628.4B a week"
    )
    assert shown[info + 1].startswith("[")


def test_it_can_be_read_in_a_few_screens(shown: Sequence[str]) -> None:
    """Says first what is shown, last whose figures they are; without colours where it is no terminal."""
    assert len(shown) <= LONGEST
    assert "recorded facts" in shown[0]
    assert "fast clock" in shown[0]
    assert tuple(shown[-len(CITATIONS) :]) == CITATIONS
    assert not any("\x1b" in line for line in shown)


def test_colours_are_for_terminals(told: Sequence[Told], monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark of the severity has one."""
    monkeypatch.delenv("NO_COLOR", raising=False)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    Screen(stream).show(told[0])
    assert "\x1b[1;36m[info]\x1b[0m google/gemini-2.5-pro" in stream.getvalue()


def test_a_poor_terminal_gets_question_marks(told: Sequence[Told]) -> None:
    """An encoding without arrows is no reason to stop."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Screen(stream).show(told[-1])
    assert b"$3.48 ? $0.87" in raw.getvalue()


def test_the_settings_it_recommends_are_understood(shown: Sequence[str]) -> None:
    """The lines of monitor.toml in the closing words switch on what they say."""
    start = shown.index("       [sources.openrouter_rankings]")
    written = tomllib.loads("\n".join(shown[start : start + 5]))
    found = adapters(Settings.model_validate({**written, "ledger": {"path": "unused"}}))
    assert set(found.sources) == {"openrouter_models", "openrouter_rankings"}
    assert set(found.receivers) == {"slack"}


def test_a_kept_ledger_can_be_read_and_is_not_played_over(folder: Path, told: Sequence[Told]) -> None:
    """What was told is in it; a second demo into the same folder would tell nothing, so it is refused."""
    with Ledger.open(folder / LEDGER, owner=False) as ledger:
        recorded = {change.episode for change in ledger.transitions(limit=1000)}
    assert {change.episode for each in told for change in each.notification.transitions} <= recorded
    with pytest.raises(SettingsError, match="holds a ledger already"):
        play(io.StringIO(), keep=folder)


def test_a_reader_who_leaves_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault reaches the caller, the folder is gone, the environment is as it was."""
    monkeypatch.setattr("monitor.demo._IN_MEMORY", tmp_path)
    monkeypatch.setenv("no_proxy", "example.org")

    class Pipe(io.StringIO):
        def write(self, text: str) -> int:
            if text.startswith(HEADING):
                raise BrokenPipeError
            return super().write(text)

    with pytest.raises(BrokenPipeError):
        play(Pipe())
    assert list(tmp_path.iterdir()) == []
    assert os.environ["no_proxy"] == "example.org"


WATCHED = """
import json, sys
seen = {"reached": [], "folders": []}
def watch(event, arguments):
    if event in {"socket.connect", "socket.sendto"}:
        seen["reached"].append(arguments[1][0])
    elif event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
        seen["reached"].append(arguments[0])
    elif event == "tempfile.mkdtemp":
        seen["folders"].append(arguments[0])
sys.addaudithook(watch)
from monitor.__main__ import main
sys.argv = ["monitor", "demo", "--json"]
code = main()
print(json.dumps(seen), file=sys.stderr)
sys.exit(code)
"""


def _run(command: Sequence[str], home: Path | str, here: Path, **surroundings: str) -> subprocess.CompletedProcess[str]:
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "TMPDIR": str(here), **surroundings}
    return subprocess.run(
        [sys.executable, *command], cwd=here, env=environ, capture_output=True, text=True, timeout=120, check=False
    )


def _lines(text: str) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_nothing_leaves_this_machine_and_nothing_stays(tmp_path: Path, told: Sequence[Told]) -> None:
    """Only loopback is asked, whatever proxy is set; the folder is gone; and the same is told as in any other run."""
    proxy = "http://192.0.2.1:9"  # documentation addresses: nobody is there
    done = _run(["-c", WATCHED], "", tmp_path, HTTP_PROXY=proxy, ALL_PROXY="socks5://192.0.2.1:9")
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stderr)
    assert set(seen["reached"]) == {"127.0.0.1"}
    assert len(seen["folders"]) == 1
    assert not Path(seen["folders"][0]).exists()
    assert [line["id"] for line in _lines(done.stdout)] == [each.notification.id for each in told]


def test_a_fresh_machine_needs_nothing(tmp_path: Path, shown: Sequence[str]) -> None:
    """An empty home, no settings, a bare environment: the same words, exit code 0, and no file made anywhere."""
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    done = _run(["-m", "monitor", "demo"], home, here, PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    notifications = [line for line in shown if line.startswith(("[", "  week", HEADING))]
    assert [line for line in done.stdout.splitlines() if line.startswith(("[", "  week", HEADING))] == notifications
    assert [*home.iterdir(), *here.iterdir()] == []
