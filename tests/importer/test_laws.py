"""Laws of reading: what is written is read, in any order of rows; a fault is found by both ways through a file."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.errors import ImportRefusedError, Problem
from monitor.importer import FORMATS, read
from monitor.importer.faults import faults
from monitor.importer.files import opened
from monitor.model.bar import DAY, Bar, seconds
from monitor.model.labels import Labels
from monitor.model.metric import REST
from monitor.model.sample import Seal, Series
from tests.importer.tables import PRICES, TOTALS, USAGE, Said, said, table

UsageKey = tuple[date, str, str, str, datetime]
PriceKey = tuple[datetime, str, str, str]

on_disk = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

days = st.dates(date(2025, 1, 1), date(2025, 2, 15))
instants = st.datetimes(datetime(2025, 1, 1), datetime(2025, 3, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
names = st.one_of(
    st.sampled_from(["a", "b/c:free", 'say "x", y', "é,", "'"]),
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8),
).filter(lambda name: name not in REST)
usage_rows = st.dictionaries(
    st.tuples(days, st.sampled_from(["day", "week"]), names, names, instants), st.integers(0, 2**53), max_size=30
)
price_rows = st.dictionaries(
    st.tuples(instants, names, names, st.sampled_from(["input", "output", "cache_read", "cache_write"])),
    st.none() | st.decimals(0, 10**6, places=6),
    max_size=30,
)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def start_of(first: date) -> int:
    return (first - date(1970, 1, 1)).days * DAY


@on_disk
@given(usage=usage_rows, zipped=st.booleans(), shuffle=st.randoms(use_true_random=False))
def test_usage_written_is_usage_read(
    tmp_path: Path, usage: dict[UsageKey, int], zipped: bool, shuffle: random.Random
) -> None:
    """Whatever the rows and their order: every sample comes back, exactly, with the seals of its feed."""
    rows = [
        (start, period, model, tokens, source, stamp(known))
        for (start, period, model, source, known), tokens in usage.items()
    ]
    shuffle.shuffle(rows)
    path = tmp_path / "usage"
    path.write_bytes(table(USAGE, rows, zipped=zipped))

    batch = read(path)

    expected: set[Said] = {
        (
            Series("tokens", Labels.of(source=source, model=model), Bar(period)),
            start_of(start),
            seconds(known),
            float(tokens),
        )
        for (start, period, model, source, known), tokens in usage.items()
    }
    assert len(said(batch)) == len(usage)
    assert set(said(batch)) == expected
    assert set(batch.seals) == first_whole_records(usage)
    assert set(batch.citations) == {source for _, _, _, source, _ in usage}


def first_whole_records(usage: dict[UsageKey, int]) -> set[Seal]:
    """By the definition: the first record at or after the end of each bar of each feed."""
    first: dict[tuple[str, str, datetime], datetime] = {}
    for start, period, _, source, known in usage:
        width = timedelta(days=1 if period == "day" else 7)
        through = datetime(start.year, start.month, start.day, tzinfo=UTC) + width
        if known >= through:
            first[source, period, through] = min(known, first.get((source, period, through), known))
    return {Seal(source, "tokens", Bar(period), through, known) for (source, period, through), known in first.items()}


@on_disk
@given(prices=price_rows, shuffle=st.randoms(use_true_random=False))
def test_prices_written_are_prices_read(tmp_path: Path, prices: dict[PriceKey, object], shuffle: random.Random) -> None:
    """Every price of up to twelve digits comes back as the float nearest to its decimal; nothing as no price."""
    rows = [
        (stamp(seen), source, model, field, "" if usd is None else usd)
        for (seen, source, model, field), usd in prices.items()
    ]
    shuffle.shuffle(rows)
    path = tmp_path / "prices"
    path.write_bytes(table(PRICES, rows))

    assert set(said(read(path))) == {
        (
            Series(f"price_{field}", Labels.of(source=source, model=model), Bar.HOUR),
            seconds(seen),
            seconds(seen),
            None if usd is None else float(str(usd)),
        )
        for (seen, source, model, field), usd in prices.items()
    }


@on_disk
@given(rows=st.permutations([(f"2025-01-0{n % 9 + 1}", n) for n in range(12)]))
def test_order_of_rows_does_not_matter(tmp_path: Path, rows: list[tuple[str, int]]) -> None:
    """Any order of the rows of a totals file gives the same samples, seals and citations."""
    path = tmp_path / "totals"

    def outcome(order: list[tuple[str, int]]) -> tuple[object, ...]:
        lines = [
            (start, "day", "author", f"a{n % 3}", n, f"s{n % 2}", f"2025-02-{n + 1:02}T00:00:00Z") for start, n in order
        ]
        path.write_bytes(table(TOTALS, lines))
        batch = read(path)
        return set(said(batch)), batch.seals, batch.citations

    assert outcome(rows) == outcome(sorted(rows))


SMALL = {
    USAGE: ["2025-01-01,day,m,1,s,2025-01-02T00:00:00Z", '2025-01-02,week,"m,n",0,s,2025-02-02T00:00:00Z'],
    TOTALS: [
        "2025-01-01,day,total,total,1,s,2025-01-02T00:00:00Z",
        "2025-01-01,day,weights,open,1,s,2025-01-02T00:00:00Z",
    ],
    PRICES: [
        "2025-01-01T00:00:00Z,s,m,input,0.1",
        '2025-01-01T00:00:00Z,s,"m""",input,',
        "2025-01-01T00:00:00Z,s,m,output,-1000000",
    ],
}


@pytest.mark.parametrize("header", SMALL)
@settings(on_disk, max_examples=300)
@given(
    at=st.integers(0, 200),
    cut=st.integers(0, 3),
    put=st.sampled_from(
        [b"", b",", b'"', b"\n", b"\r", b"-", b"0", b"9", b" ", b"\xff", b"\xc3", b"\x00", b"e", b"NaN", b"\n\n"]
    ),
)
def test_damage_is_taken_or_found(tmp_path: Path, header: str, at: int, cut: int, put: bytes) -> None:
    """After any small damage a file is read if and only if the search finds no fault, and refused with all it finds."""
    path = tmp_path / "damaged"
    sound = "\n".join((header, *SMALL[header], "")).encode()
    at = len(header) + 1 + at % (len(sound) - len(header))
    path.write_bytes(sound[:at] + put + sound[at + cut :])

    assert told(path) == list(faults(opened(path, FORMATS)))


def told(path: Path) -> list[Problem]:
    """What a refusal says; nothing for a file that is read."""
    try:
        read(path)
    except ImportRefusedError as refusal:
        return list(refusal.problems) or [Problem(str(path), 0, 0, "refused without a word")]
    return []
