"""Folders of records written by hand: what is read of them, and how faults are told."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from monitor.catalog import Join, shipped
from monitor.errors import ImportRefusedError
from monitor.evaluate.prices import flapping, replayed
from monitor.evaluate.records import read
from monitor.evaluate.score import Score

PRICES = """observed_at,source,model,field,usd_per_mtok
2026-01-05T00:00:00Z,one,openai/gpt-9,input,10
2026-01-05T00:00:00Z,two,gpt-9,input,10
2026-02-05T00:00:00Z,one,openai/gpt-9,input,8
2026-02-06T00:00:00Z,two,gpt-9,input,8
"""
KNOWN = """date,vendor,model,kind,field,old,new,pct,n_sources,seen_in,outside_reference,note
2026-02-05,openai,gpt-9,cut,input,10,8,-20,2,two gpt-9 2026-02-06T00:00:00Z; one openai/gpt-9 2026-02-05T00:00:00Z,,
"""
GLITCHES = """kind,source,model,field,wrong_from,wrong_until,value_before,wrong_value,value_after,hours,note
revert-72h,one,openai/gpt-9,input,2026-02-05T00:00:00Z,,10,8,,,
"""


def folder(path: Path, **files: str) -> Path:
    """`prices` is packed as the records are."""
    for name, text in files.items():
        if name == "prices":
            (path / "prices.csv.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (path / f"{name}.csv").write_text(text)
    return path


def scored(path: Path) -> Score:
    return replayed(read(path), Join(shipped(), {}))


def test_an_event_is_scored_by_all_its_looks(tmp_path: Path) -> None:
    """Claimed by the earlier source at once, confirmed by the other a day later."""
    (told,) = scored(folder(tmp_path, prices=PRICES, events_known=KNOWN)).known
    assert (told.claimed_after, told.confirmed_after, told.several, told.right) == (0, 86_400, True, True)


def test_a_glitch_that_is_confirmed_is_told(tmp_path: Path) -> None:
    """The score can be bad: the label says the step was none, and two sources showed it."""
    (judged,) = scored(folder(tmp_path, prices=PRICES, glitches=GLITCHES)).glitches
    assert (judged.right, judged.confirmed) == (False, True)


def test_a_known_event_that_nobody_showed_is_missed(tmp_path: Path) -> None:
    """No delay, and not right where it should have been told as something."""
    missing = KNOWN.replace("cut", "promo-start").replace("2026-02-0", "2026-03-0")
    (told,) = scored(folder(tmp_path, prices=PRICES, events_known=missing)).known
    assert (told.claimed_after, told.confirmed_after, told.right) == (None, None, False)


def test_prices_alone_are_enough(tmp_path: Path) -> None:
    """And a folder `prices` is looked into."""
    (tmp_path / "prices").mkdir()
    folder(tmp_path / "prices", prices=PRICES)
    records = read(tmp_path)
    assert (records.rows, len(records.looks), len(records.known), flapping(records).looks) == (4, 4, 0, 0)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"glitches": GLITCHES}, "prices.csv.gz: is missing"),
        ({"prices": PRICES.replace(",10", ",ten")}, "usd_per_mtok: 'ten'"),
        ({"prices": PRICES, "events_known": KNOWN.replace("seen_in", "seen")}, "events_known.csv:1:1: the column"),
        ({"prices": PRICES, "events_known": KNOWN.replace("2026-02-06T", "yesterday")}, "events_known.csv:2:1:"),
        ({"prices": PRICES, "glitches": GLITCHES.replace("05T00:00:00Z", "05T00:00:00")}, "has no offset"),
    ],
)
def test_a_fault_says_where_it_is(tmp_path: Path, files: dict[str, str], message: str) -> None:
    """Nothing is evaluated of records that can not be read."""
    with pytest.raises(ImportRefusedError) as refused:
        read(folder(tmp_path, **files))
    assert message in str(refused.value)
