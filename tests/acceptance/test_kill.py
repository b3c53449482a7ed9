"""kill -9 at any moment: a month of recorded days, once undisturbed and once killed ten times, ends the same."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.market import Kill, Market, Post, serving

ROOT = Path(__file__).parents[2]
RULES = """
groups:
  - name: days
    every: day
    rules:
      - alert: TopTen
        watch: tokens(model="*")
        enters_top: 10
      - alert: FlashLeads
        watch: sum(tokens, vendor="deepseek")
        crosses_above: sum(tokens, vendor="xiaomi")
        for: 2 bars
      - alert: DayRecord
        watch: sum(tokens)
        new_high: all
      - alert: VendorBelowTwo
        watch: share(tokens, by="vendor")
        crosses_below: 2%
        clear: {above: 2.2%}
      - alert: Jump
        watch: tokens(model="*")
        rises: 40%
        against: previous
  - name: hours
    every: hour
    rules:
      - alert: PriceMoves
        watch: price_output
        moves: 20%
      - alert: PriceClaimed
        watch: price_input
        moves: 10%
        confirm: {within: 5d}
"""
SEED = 20260819
KILLS_AT_REQUESTS, KILLS_AT_POSTS = 6, 4
LONGEST = 0.04  # seconds after an answer: learning, judging and recording take about that long
WITHIN = 120.0  # seconds for one process, before it is called stuck

TABLES = {
    "transitions": "SELECT alert, partition, labels, kind, episode, valid_at, judged_at, value, reference, silent"
    " FROM transitions",
    "states": "SELECT * FROM states",
    "judged": "SELECT * FROM judged",
    "samples": "SELECT metric, labels, bar, valid_at, known_at, value FROM samples JOIN series ON id = series_id",
    "seals": "SELECT * FROM seals",
    "notifications": "SELECT id, receiver, payload, state FROM outbox",
    "aliases": "SELECT alias, name FROM aliases",
    "citations": "SELECT * FROM citations",
}


@dataclass(frozen=True, slots=True)
class Played:
    """How a run ended: what the ledger holds by table, what Slack got, and how often it was killed."""

    tables: dict[str, Counter[tuple[object, ...]]]
    intact: str
    posts: list[Post]
    requests: int
    deaths: int


def test_kill_9_changes_nothing(tmp_path: Path) -> None:
    """Ten deaths later: the same samples, transitions and states, and every message once."""
    undisturbed = play(tmp_path / "undisturbed", [])
    check_the_scene(undisturbed)
    killed = play(tmp_path / "killed", kills(undisturbed, random.Random(SEED)))  # noqa: S311 - seeded
    assert killed.deaths == KILLS_AT_REQUESTS + KILLS_AT_POSTS
    assert killed.intact == "ok"
    for name, rows in undisturbed.tables.items():
        assert killed.tables[name] == rows, name
    assert {state for *_, state in killed.tables["notifications"]} == {"delivered"}
    assert said(killed.posts) == said(undisturbed.posts)
    check_once(undisturbed)
    check_once(killed)


def check_the_scene(undisturbed: Played) -> None:
    """Usage and prices move, a source is down for a day, a snapshot is quarantined, Slack falters now and then."""
    alerts = {row[0] for row in undisturbed.tables["transitions"] if not row[-1]}
    assert {"TopTen", "DayRecord", "Jump", "WeeklyRecord", "PriceMoves", "PriceClaimed"} <= alerts
    assert {"SourceDown", "FlashLeads"} <= alerts
    titles = [post.text.splitlines()[0] for post in undisturbed.posts]
    for beginning in ("Quarantined: ", "Believed again: "):
        assert len({post.notification_id for post in undisturbed.posts if post.text.startswith(beginning)}) == 1
    assert len(titles) > 50
    assert any(post.reply for post in undisturbed.posts)
    assert any(post.shown != post.text for post in undisturbed.posts)
    assert undisturbed.deaths == 0


def check_once(played: Played) -> None:
    """Each message stands there once and wears no mark, wherever the monitor died and whatever Slack answered."""
    identities = [post.notification_id for post in played.posts]
    assert len(identities) == len(set(identities))
    assert not any(post.says_repeat for post in played.posts)


def kills(undisturbed: Played, chance: random.Random) -> list[Kill]:
    """Ten moments all over a run; half of those at requests come before the answer, the others shortly after it."""
    requests = sorted(chance.sample(range(5, int(undisturbed.requests * 0.95)), KILLS_AT_REQUESTS))
    posts = sorted(chance.sample(range(2, int(len(undisturbed.posts) * 0.95)), KILLS_AT_POSTS))
    at_requests = [
        Kill(at, after=chance.uniform(0, LONGEST) if number % 2 else None) for number, at in enumerate(requests)
    ]
    return at_requests + [Kill(at, posts=True) for at in posts]


def play(folder: Path, planned: list[Kill]) -> Played:
    """Start the monitor again and again until it reaches the end of the month."""
    folder.mkdir()
    (folder / "rules.yaml").write_text(RULES)
    ledger = folder / "ledger.sqlite"
    market = Market(kills=planned, falters=5)
    deaths = 0
    with serving(market) as server:
        while (code := live(market, server.url, ledger, folder / "rules.yaml")) != 0:
            assert code == -signal.SIGKILL
            deaths += 1
    raw = sqlite3.connect(ledger)
    tables = {name: Counter(raw.execute(query).fetchall()) for name, query in TABLES.items()}
    intact = raw.execute("PRAGMA integrity_check").fetchone()[0]
    raw.close()
    return Played(tables, intact, market.posts, market.requests, deaths)


def live(market: Market, url: str, ledger: Path, rules: Path) -> int:
    """One life of the monitor; the exit code, negative for the signal it died of."""
    command = [sys.executable, "-m", "tests.acceptance.driver", url, str(ledger), str(rules)]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "NO_PROXY": "*"}) as process:
        market.victim = process.pid
        try:
            return process.wait(WITHIN)
        finally:
            process.kill()


def said(posts: list[Post]) -> dict[str, Post]:
    """By notification what was posted, and what it shows now."""
    return {post.notification_id: post for post in posts}
