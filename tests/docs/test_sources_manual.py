"""The example of docs/sources.md, read, judged and told by the real daemon, from files and addresses to messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from monitor.adapters import adapters
from monitor.compose import daemon
from monitor.daemon import Daemon, Ended
from monitor.errors import SettingsError
from monitor.ledger import Ledger
from monitor.model.sample import Snapshot
from monitor.ports import Window
from monitor.settings import load
from monitor.sources.fetch import Fetch
from tests.daemon.fakes import Clock, days, prices

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECRET = "s3cret-of-the-gateway"
DAY = timedelta(days=1)
MORNING = datetime(2026, 2, 11, 0, 40, tzinfo=UTC)
MODEL = "deepseek/deepseek-v4"


def example() -> dict[str, str]:
    """The blocks of the section by their language; of several of one, all of them."""
    section = PAGE.read_text(encoding="utf-8").partition("\n## A source of your own")[2].partition("\n### ")[0]
    found: dict[str, str] = {}
    for language, text in FENCED.findall(section):
        found[language] = f"{found.get(language, '')}{text}\n"
    return found


EXAMPLE = example()


@pytest.fixture
def clock() -> Clock:
    return Clock(MORNING)


@pytest.fixture
def watching(
    tmp_path: Path, httpserver: HTTPServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Daemon, Ledger]]:
    """A monitor with the settings and rules of the page; its file and its address are a file and a server here."""
    monkeypatch.setenv("NO_PROXY", "*")
    told = {"Authorization": f"Bearer {SECRET}"}
    httpserver.expect_request("/prices", headers=told).respond_with_data(EXAMPLE["json"])
    (tmp_path / "team.csv").write_text(EXAMPLE["csv"].strip() + "\n", encoding="utf-8")
    (tmp_path / "ours.yaml").write_text(EXAMPLE["yaml"], encoding="utf-8")
    places = {
        "/srv/usage/team.csv": str(tmp_path / "team.csv"),
        "https://gateway.example/prices": httpserver.url_for("/prices"),
    }
    written = EXAMPLE["toml"]
    for there, here in places.items():
        assert there in written
        written = written.replace(there, here)
    written = f'rules = ["ours.yaml"]\n[ledger]\npath = "ledger.sqlite"\n{written}'
    (tmp_path / "monitor.toml").write_text(written, encoding="utf-8")
    name = "MONITOR_SOURCES__OUR_GATEWAY__HEADERS__AUTHORIZATION"
    settings = load(environ={"HOME": str(tmp_path), name: f"Bearer {SECRET}"}, folder=tmp_path)
    with Ledger.open(settings.ledger.path) as ledger:
        fetch = Fetch(ledger, contact="test", now=clock.now)
        yield daemon(settings, adapters(settings), ledger, fetch, clock.now), ledger


def market(ledger: Ledger, clock: Clock, *tokens: float) -> None:
    """What OpenRouter shows: tokens from the 9th on, and a price."""
    looks: tuple[Snapshot, ...] = (
        days(datetime(2026, 2, 9, tzinfo=UTC), **{MODEL: tokens})(Window(clock.at)),
        prices(**{MODEL: 0.5})(Window(clock.at)),
    )
    for look in looks:
        ledger.learn(look)


@pytest.mark.asyncio
async def test_rules_watch_own_figures_beside_the_markets(
    watching: tuple[Daemon, Ledger], clock: Clock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first look is history. The next day the team's use has doubled and the gateway is still dear: one is told."""
    monitor, ledger = watching
    await monitor.start()
    market(ledger, clock, 10e9, 10e9)
    for name, entries in (("our_team", 2), ("our_gateway", 2)):
        polled = await monitor.poll(name)
        assert (polled.ended, polled.entries, polled.why) == (Ended.LEARNT, entries, "")
    await monitor.deliver()
    assert capsys.readouterr().out == ""

    clock.at += DAY
    with (tmp_path / "team.csv").open("a", encoding="utf-8") as sheet:
        sheet.write("2026-02-11,deepseek/deepseek-v4,591\n")
    market(ledger, clock, 10e9, 10e9, 10e9)
    for name in ("our_team", "our_gateway"):
        await monitor.poll(name)
    await monitor.deliver()
    said = capsys.readouterr().out
    assert "deepseek: we use 5.91% of what the market uses, after 2.96%" in said
    assert "Our own usage, by the platform team" in said
    assert [(each.alert, each.kind.value) for each in ledger.transitions()] == [
        ("GatewayDear", "firing"),
        ("OursAgainstMarket", "firing"),
    ]


def shown(start: str) -> str:
    """The message of the page that begins so, with its hint."""
    lines = iter(PAGE.read_text(encoding="utf-8").splitlines())
    line = next(line for line in lines if line.startswith(start))
    hint = next(lines)
    return f"{line}\n{hint}" if hint.startswith(" ") else line


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("was", "becomes", "start"),
    [
        ("295.5", '"295,5"', "our_team: row 3, column million_tokens"),
        ("295.5", "295.5\n\n2026-02-11,a,1\n2026-02-12,a,1\n2026-02-13,a", "our_team: row 7"),
        ("million_tokens", "tokens", "our_team: row 1"),
    ],
)
async def test_what_is_wrong_with_a_sheet_is_told_as_the_page_shows(
    watching: tuple[Daemon, Ledger], tmp_path: Path, was: str, becomes: str, start: str
) -> None:
    """Where it stands; nothing of the file is learnt."""
    monitor, ledger = watching
    await monitor.start()
    sheet = tmp_path / "team.csv"
    sheet.write_text(sheet.read_text(encoding="utf-8").replace(was, becomes), encoding="utf-8")
    polled = await monitor.poll("our_team")
    assert polled.ended is Ended.FAILED
    assert shown(start) in polled.why
    assert ledger.accepted("our_team") is None


@pytest.mark.asyncio
async def test_what_is_wrong_with_an_answer_is_told_as_the_page_shows(
    watching: tuple[Daemon, Ledger], httpserver: HTTPServer
) -> None:
    """With its path."""
    monitor, _ = watching
    await monitor.start()
    httpserver.clear_all_handlers()
    httpserver.expect_request("/prices").respond_with_data(EXAMPLE["json"].replace("0.0000012", '"dear"'))
    assert shown("our_gateway: models") in (await monitor.poll("our_gateway")).why


def test_a_path_that_is_none_is_told_as_the_page_shows(tmp_path: Path) -> None:
    """Before the start, with the setting and the column."""
    written = EXAMPLE["toml"].replace("models[*].hosts[*].usd.out", "models[0].price")
    (tmp_path / "monitor.toml").write_text(written, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        adapters(load(environ={"HOME": str(tmp_path)}, folder=tmp_path))
    assert caught.value.message.replace(f"{tmp_path}/", "") == shown("monitor.toml: sources.our_gateway")
