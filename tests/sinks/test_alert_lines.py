"""Transitions in InfluxDB: one point each; again changes nothing; the manual's queries find what they should."""

from __future__ import annotations

import csv
import json
import math
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import SecretStr

from monitor.feed import Feed
from monitor.ledger import Ledger
from monitor.model.bar import Bar, seconds
from monitor.model.copying import Stream
from monitor.model.judgement import Judgement
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Seal, Series
from monitor.model.transition import Change, Recorded, Transition
from monitor.sinks.alert_lines import alert_lines
from monitor.sinks.influxdb import Config, build
from monitor.truth.event import Said, Status
from tests.servers import InfluxDB, InfluxDB1, InfluxDB2
from tests.sinks.fakes import MONDAY, learnt
from tests.sinks.test_derived_lines import EVENT, SHARE, WORD

AT = seconds(MONDAY)
FIRED = Transition(
    "PriceCut", Labels.of(model="lab/m-1", source="litellm"), Change.FIRING, AT, AT, AT + 3600, 2.5, math.nan
)
PAGE = (Path(__file__).parents[2] / "docs/influxdb.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"^```flux\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
NAMES = ("tokens", "price", "health", "as known", "alerts", "shares", "price truth", "seals")


def config(server: InfluxDB) -> Config:
    return Config(url=server.url, bucket=server.bucket, org=server.org, token=SecretStr(server.token))


def line(transition: Transition = FIRED, *, silent: bool = False) -> str:
    (written,) = alert_lines([Recorded(transition, silent, AT + 3700)])
    return written


def test_a_transition_is_one_line() -> None:
    """Tags sorted, each field always of its type, what is no number left out, the time to judging in nanoseconds."""
    assert line() == (
        "alerts,alert=PriceCut,kind=firing,model=lab/m-1,source=litellm "
        f"value=2.5,episode={AT}i,judged_at={AT + 3600}i,recorded_at={AT + 3700}i,gap_from=0i,moved_from=0i,silent=f "
        f"{AT}000003600"
    )


def test_all_that_is_known_of_it() -> None:
    """With a level, a reference, what was before, and a note with quotes, a backslash and a line break."""
    whole = replace(
        FIRED, level="critical", reference=5.0, gap_from=AT - 7, moved_from=AT - 9, note='said "so"\nin C:\\x\\'
    )
    written = line(whole, silent=True)
    assert ",kind=firing,level=critical,model=" in written
    assert f"reference=5.0,episode={AT}i" in written
    assert f'gap_from={AT - 7}i,moved_from={AT - 9}i,silent=t,note="said \\"so\\"%0Ain C:\\\\x\\\\" ' in written


@pytest.mark.parametrize("name", ["alert", "kind", "level", "silent", "note", "value", "time", "_field", "label_kind"])
def test_labels_named_like_our_own_columns_are_renamed(name: str) -> None:
    """A tag and a field can not share a name in every version, and no label replaces what is ours."""
    assert f",label_{name}=x" in line(replace(FIRED, labels=Labels.of({name: "x"})))


@pytest.mark.parametrize(
    "other",
    [
        replace(FIRED, kind=Change.RESOLVED),
        replace(FIRED, judged_at=AT + 7200),
        replace(FIRED, valid_at=AT + 3600),
        replace(FIRED, labels=Labels.of(model="lab/m-2", source="litellm")),
        replace(FIRED, alert="Other"),
    ],
)
def test_what_is_told_twice_keeps_a_point_each(other: Transition) -> None:
    """Another kind, bar, instance, or the same of a bar that was judged again."""
    points = [(each.partition(" ")[0], each.rpartition(" ")[2]) for each in (line(), line(other))]
    assert points[0] != points[1]


def recorded(path: Path) -> Ledger:
    """A ledger with an episode that nobody was told of, and one told, resolved and corrected."""
    ledger = Ledger.open(path)
    old = replace(FIRED, episode=AT - 86400, valid_at=AT - 86400)
    told = (FIRED, replace(FIRED, kind=Change.RESOLVED, valid_at=AT + 86400, note='it is "back"'))
    again = replace(FIRED, kind=Change.CORRECTED, judged_at=AT + 90000, reference=3.0, moved_from=AT)
    ledger.record([Judgement("PriceCut", "litellm", AT, {}, (old,))], (), at=MONDAY)
    ledger.record([Judgement("PriceCut", "litellm", AT + 90000, {}, (*told, again))], (), at=MONDAY)
    return ledger


def test_the_ledger_reads_them_in_the_order_they_were_recorded(tmp_path: Path) -> None:
    """In slices that miss and repeat nothing; with whether anybody was told."""
    with recorded(tmp_path / "ledger.sqlite") as ledger:
        cursors = ledger.transition_cursors
        first, rest = cursors.after(0, 1), cursors.after(1, 10)
        assert [number for number, _ in first + rest] == [1, 2, 3, 4]
        assert [each.silent for _, each in first + rest] == [True, False, False, False]
        kinds = [each.transition.kind.value for _, each in first + rest]
        assert kinds == ["firing", "firing", "resolved", "corrected"]
        assert cursors.newest() == 4
        assert cursors.again(3) == rest[1:2]
        assert cursors.waiting_since("x") == seconds(MONDAY)
        cursors.move("x", 4)
        assert cursors.waiting_since("x") is None
        assert ledger.cursors.position("x") == 4


@pytest.mark.asyncio
async def test_every_transition_is_there_once(influxdb: InfluxDB, tmp_path: Path) -> None:
    """Law: fed twice from the start, a real server has a point for each transition of the ledger, with all fields."""
    made = build(config(influxdb), Stream.ALERTS)
    with recorded(tmp_path / "ledger.sqlite") as ledger:
        feed = Feed("influxdb alerts", made, ledger.transition_cursors)
        for _ in range(2):
            ledger.transition_cursors.move("influxdb alerts", 0)
            assert await feed.step() == 4
            assert feed.lag() == 0
    made.close()
    rows = influxdb.rows("SELECT * FROM alerts", epoch="ns")
    assert [(row["kind"], row["silent"], row["reference"], row["note"]) for row in rows] == [
        ("firing", True, None, None),
        ("firing", False, None, None),
        ("corrected", False, 3.0, None),
        ("resolved", False, None, 'it is "back"'),
    ]
    assert {(row["alert"], row["model"], row["source"], row["value"]) for row in rows} == {
        ("PriceCut", "lab/m-1", "litellm", 2.5)
    }
    assert all(one["time"] < other["time"] for one, other in pairwise(rows))


@pytest.fixture(scope="module", params=["1.8", "2.7"])
def with_flux(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[InfluxDB]:
    """An InfluxDB that takes Flux, filled with tokens, prices, health and alerts."""
    folder = tmp_path_factory.mktemp("influxdb-flux")
    server: InfluxDB = (
        InfluxDB1(InfluxDB1.binary(), folder, flux=True)
        if request.param == "1.8"
        else InfluxDB2(InfluxDB2.binary(), folder)
    )
    try:
        server.start()
        server.empty()
        fill(server, folder)
        yield server
    finally:
        server.kill()


def fill(server: InfluxDB, folder: Path) -> None:
    hour, known = MONDAY + timedelta(hours=5), MONDAY + timedelta(hours=6)
    part = Series("tokens", Labels.of(source="openrouter", model="lab/m-1", app="x"), Bar.DAY)
    others = [
        Sample(part, MONDAY, known, 7.0),
        *(Sample(Series("price_output", FIRED.labels, Bar.HOUR), at, at, value) for at, value in [(MONDAY, 5.0)]),
        Sample(Series("price_output", FIRED.labels, Bar.HOUR), hour, hour, 2.5),
        *(
            Sample(Series("source_up", Labels.of(source=source), Bar.HOUR), hour, hour, up)
            for source, up in [("litellm", 1.0), ("vercel", 0.0)]
        ),
    ]
    with recorded(folder / "ledger.sqlite") as ledger:
        alerts = [each for _, each in ledger.transition_cursors.after(0, 10)]
    day, halved = replace(SHARE, bar=Bar.DAY), replace(SHARE, bar=Bar.DAY, at=AT + 86400, share=0.125)
    confirmed = replace(WORD, status=Status.CONFIRMED)
    small = replace(EVENT, new=1.9)
    ends = [MONDAY + timedelta(days=days) for days in (1, 2, 3)]
    seals = [Seal("openrouter", "tokens", Bar.DAY, end, end) for end in ends]
    written: dict[Stream, list[object]] = {
        Stream.SAMPLES: [*learnt(120), *others],
        Stream.ALERTS: [*alerts],
        Stream.REMARKS: [*seals, replace(seals[0], source="vercel")],
        Stream.SHARES: [(halved, day), (SHARE, replace(day, by="origin"), replace(day, source="other"))],
        Stream.PRICE_TRUTH: [(Said(EVENT, WORD), Said(EVENT, confirmed), Said(small, confirmed))],
    }
    for stream, items in written.items():
        sink = build(config(server), stream)
        assert sink.write(items) == []
        sink.close()


def flux(server: InfluxDB, query: str) -> list[dict[str, str]]:
    """Rows of all tables that a Flux query answers with."""
    asked = json.dumps({"query": query.replace('"market"', f'"{server.bucket}"'), "type": "flux"}).encode()
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/csv",
        "Authorization": f"Token {server.token}",
    }
    request = urllib.request.Request(f"{server.url}/api/v2/query?org={server.org}", asked, headers)  # noqa: S310 - our own server
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        text = answer.read().decode()
    rows: list[dict[str, str]] = []
    for block in text.replace("\r\n", "\n").strip("\n").split("\n\n"):
        rows.extend(csv.DictReader(line for line in block.split("\n") if not line.startswith("#")))
    assert not any("error" in row for row in rows), rows
    return rows


def test_every_query_of_the_manual_is_tried() -> None:
    """One for each kind of measurement."""
    assert len(QUERIES) == len(NAMES)


def test_tokens_of_the_manual(with_flux: InfluxDB) -> None:
    """Sums of days by model, without the part that an app had."""
    expected: dict[str, dict[object, float]] = {}
    for sample in learnt(120):
        expected.setdefault(sample.series.labels.get("model"), {})[sample.valid_at] = sample.value or 0.0
    found = {row["model"]: float(row["_value"]) for row in flux(with_flux, QUERIES[0])}
    assert found == {model: sum(days.values()) for model, days in expected.items()}


def test_prices_and_health_of_the_manual(with_flux: InfluxDB) -> None:
    """The newest price; the source that is down."""
    assert [(row["source"], row["_value"]) for row in flux(with_flux, QUERIES[1])] == [("litellm", "2.5")]
    assert [row["source"] for row in flux(with_flux, QUERIES[2])] == ["vercel"]


def test_as_known_of_the_manual(with_flux: InfluxDB) -> None:
    """What was learnt later is not there, and each day once."""
    known: dict[object, float] = {}
    for sample in learnt(120):
        if sample.series.labels.get("model") == "lab/m-0" and seconds(sample.known_at) <= 1770854400:
            known[sample.valid_at] = sample.value or 0.0
    found = [float(row["value"]) for row in flux(with_flux, QUERIES[3])]
    assert found == list(known.values())
    assert len(found) > 1


def test_alerts_of_the_manual(with_flux: InfluxDB) -> None:
    """What was told, in order, with its numbers; the silent one is not there."""
    rows = [
        (row["alert"], row["kind"], row["model"], row["value"], row["reference"]) for row in flux(with_flux, QUERIES[4])
    ]
    assert rows == [
        ("PriceCut", "firing", "lab/m-1", "2.5", ""),
        ("PriceCut", "corrected", "lab/m-1", "2.5", "3"),
        ("PriceCut", "resolved", "lab/m-1", "2.5", ""),
    ]


def test_shares_and_price_truth_of_the_manual(with_flux: InfluxDB) -> None:
    """One way to group of one bar and source, in order; the fall that is confirmed and large enough."""
    shares = [(row["name"], row["_time"], row["_value"]) for row in flux(with_flux, QUERIES[5])]
    assert shares == [
        ("mistral ai", "2026-02-09T00:00:00Z", "0.25"),
        ("mistral ai", "2026-02-10T00:00:00Z", "0.125"),
    ]
    (row,) = flux(with_flux, QUERIES[6])
    assert (row["offer"], row["before"], row["after"], row["evidence"]) == (
        "deepseek/v4@together",
        "2",
        "1",
        'it is "so"',
    )


def test_seals_of_the_manual(with_flux: InfluxDB) -> None:
    """The newest of each source."""
    found = {row["source"]: row["_time"] for row in flux(with_flux, QUERIES[7])}
    assert found == {"openrouter": "2026-02-12T00:00:00Z", "vercel": "2026-02-10T00:00:00Z"}
