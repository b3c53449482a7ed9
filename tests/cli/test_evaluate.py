"""`monitor evaluate` as a person sees it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Program
from tests.evaluate.test_records import GLITCHES, KNOWN, PRICES, folder


def test_tables_for_people(monitor: Program, tmp_path: Path) -> None:
    """The goals first, then what they are made of; with --notices every confirmed one."""
    folder(tmp_path, prices=PRICES, events_known=KNOWN, glitches=GLITCHES)
    ended = monitor("evaluate", str(tmp_path), "--notices")
    assert ended.code == 0
    assert "4 prices in 4 looks, 2026-01-05T00:00:00Z to 2026-02-06T00:00:00Z" in ended.out
    assert "those that two sources show, confirmed                    1 of 1 (100.0%)" in ended.out
    assert "one 2026-02-05 from 10; two 2026-02-06 from 10" in ended.out


def test_objects_for_programs(monitor: Program, tmp_path: Path) -> None:
    """The same tables."""
    found = json.loads(monitor("evaluate", str(folder(tmp_path, prices=PRICES)), "--json").out)
    assert (found["rows"], found["looks"], found["known"]) == (4, 4, [])
    assert [row["first seen at"] for row in found["totals"]] == ["one"]


def test_a_folder_without_prices(monitor: Program, tmp_path: Path) -> None:
    """Says which file it looked for and what may stand beside it."""
    ended = monitor("evaluate", str(tmp_path))
    assert ended.code == 2
    assert "prices.csv.gz: is missing" in ended.err
    assert "give a folder with prices.csv.gz" in ended.err
