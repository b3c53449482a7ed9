"""Whether a real InfluxDB holds what the ledger holds: every difference is found, none is made up, all are repaired."""

from __future__ import annotations

import math
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.ledger import Ledger
from monitor.model.bar import DAY, Bar, seconds
from monitor.model.copying import Answer, Rejected, Standing, Stream, Tally
from monitor.model.judgement import Judgement
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.model.transition import Change, Transition
from monitor.sinks.influxdb import contents
from monitor.sinks.line_protocol import LineWriter
from monitor.verify import repair
from tests.servers import InfluxDB
from tests.sinks.copied import NOW, config, copy, verified, ways
from tests.sinks.fakes import MONDAY, learnt
from tests.sinks.test_ledger_fed import columns

AT = seconds(MONDAY)
PRICE = Series("price_output", Labels.of(source="openrouter", model="lab/m-1"), Bar.HOUR)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Tokens with revisions, a price that goes, seals, names and alerts."""
    with Ledger.open(tmp_path / "ledger.sqlite") as made:
        made.absorb(columns(learnt(120)))
        for hours, value in ((0, 5.0), (30, 2.5)):
            at = MONDAY + timedelta(hours=hours)
            seal = Seal("openrouter", "price_output", Bar.HOUR, at, at, at + timedelta(hours=6))
            shown = (Sample(PRICE, at, at, value),)
            made.learn(Snapshot("models", at, shown, (seal,), 1, str(hours), citation="Cite 100%25 me"))
        gone = MONDAY + timedelta(hours=30)
        made.absorb(columns([Sample(PRICE, gone, gone + timedelta(minutes=5), None)]))
        names = (("lab/slug", "lab/m-1"), ("alias x", "lab/ü"))
        made.learn(Snapshot("names", gone, (), (), 1, "n", aliases=names, texts=("image, text", "50 % off\n")))
        fired = Transition("Cut", PRICE.labels, Change.FIRING, AT, AT, AT + 3600, 2.5, math.nan, note='20 % "less"')
        told = replace(fired, labels=Labels.of(kind="x", model="b"), note="", level="critical", reference=5.0)
        made.record([Judgement("Cut", "openrouter", AT, {}, (fired,))], (), at=MONDAY)
        made.record([Judgement("Cut", "openrouter", AT + 7200, {}, (told,))], (), at=MONDAY)
        yield made


@pytest.mark.asyncio
async def test_what_was_copied_is_the_same(influxdb: InfluxDB, ledger: Ledger) -> None:
    """Law: after a copy nothing differs; what is not copied yet is left out rather than missed."""
    before = verified(ledger, config(influxdb))
    assert (before.days, before.others, before.compared) == ((), (), 0)
    assert before.moving > 3
    await copy(ledger, config(influxdb))
    found = verified(ledger, config(influxdb))
    newest = {(sample.series, sample.valid_at) for sample in learnt(120)}
    assert (found.days, found.others, found.moving, found.since) == ((), (), 0, None)
    assert found.compared == 120 + len(newest) + 3 + 2


async def damaged(server: InfluxDB, ledger: Ledger) -> None:
    """A point lost, one overwritten, one too many, of each kind."""
    await copy(ledger, config(server))
    tags = "bar=day,model=lab/m-7,source=openrouter"
    line = f"tokens,{tags} value=1.5,known_at={AT}i,gone=f {AT}000000000"
    server.write(line)
    for extra in ("tokens_as_known", "tokens"):
        server.write(f"{extra},bar=day,model=strange,source=x value=1.0,known_at=5i,gone=f {AT + DAY}000000007")
    server.write(f"seals,bar=hour,metric=price_output,source=openrouter known_at=7i {AT}000000000")
    server.write('citations,metric=price_output,source=openrouter text="other" 0')
    server.write(f'alerts,alert=Cut,kind=firing,model=lab/m-1,source=openrouter note="?" {AT}000003600')


@pytest.mark.asyncio
async def test_every_difference_is_found_and_repaired(influxdb: InfluxDB, ledger: Ledger) -> None:
    """What was overwritten is written again; what the ledger does not have is told, and stays."""
    await damaged(influxdb, ledger)
    found = verified(ledger, config(influxdb))
    assert [(day.metric, day.as_known, day.start) for day in found.days] == [
        ("tokens", True, AT + DAY),
        ("tokens", False, AT),
        ("tokens", False, AT + DAY),
    ]
    overwritten = found.days[1]
    assert overwritten.ledger.points == overwritten.sink.points
    assert overwritten.ledger.total > overwritten.sink.total + 1e8
    assert [(each.stream, len(each.missing), each.strange) for each in found.others] == [
        (Stream.ALERTS, 1, 1),
        (Stream.REMARKS, 2, 2),
    ]
    with ways(ledger, config(influxdb)) as copied:
        assert repair(ledger, found, copied, NOW) > 80
    after = verified(ledger, config(influxdb))
    assert [(day.metric, day.as_known, day.start) for day in after.days] == [
        ("tokens", True, AT + DAY),
        ("tokens", False, AT + DAY),
    ]
    assert all(day.sink.points == day.ledger.points + 1 for day in after.days)
    assert after.others == ()


@pytest.mark.asyncio
async def test_what_was_lost_is_found_and_repaired(influxdb: InfluxDB, ledger: Ledger) -> None:
    """Law: a bucket that lost everything is as before after a repair."""
    await copy(ledger, config(influxdb))
    influxdb.empty()
    found = verified(ledger, config(influxdb))
    assert {day.metric for day in found.days} == {"tokens", "price_output"}
    assert all(day.sink == Tally(0, 0, 0, 0.0) for day in found.days)
    with ways(ledger, config(influxdb)) as copied:
        repair(ledger, found, copied, NOW)
    assert verified(ledger, config(influxdb)) == replace(found, days=(), others=())


@pytest.mark.asyncio
async def test_lines_kept_aside_are_not_missed(influxdb: InfluxDB, ledger: Ledger) -> None:
    """Case: what the server refused is known to be not there; the point before it is what is expected of the newest."""
    await copy(ledger, config(influxdb))
    influxdb.empty()
    with ways(ledger, config(influxdb)) as copied:
        way = copied[Stream.SAMPLES]
        rows = way.kept.after(0, 1000)
        bar = rows[0][1].series, rows[0][1].valid_at
        refused = max(seq for seq, item in rows if (item.series, item.valid_at) == bar)
        way.sink.write([item for seq, item in rows if seq != refused])
        lines = [Rejected(refused, f"{name},bar=day x 1", "no", 0) for name in ("tokens", "tokens_as_known")]
        answer = Answer(Standing.TAKES, "", 0, 0)
        way.kept.took(way.cursor, way.kept.position(way.cursor), answer, lines, ())
    assert verified(ledger, config(influxdb)).days == ()


@pytest.mark.asyncio
async def test_what_the_bucket_does_not_keep_is_not_missed(influxdb: InfluxDB, ledger: Ledger) -> None:
    """Law: what is older than the bucket keeps is taken by nobody, stops nothing, and is not compared."""
    settings = config(influxdb, bucket=influxdb.keeping(days=10))
    now = seconds(datetime.now(UTC))
    yesterday = datetime.fromtimestamp(now // DAY * DAY - DAY, UTC)
    recent = Sample(Series("tokens", Labels.of(source="x", model="new"), Bar.DAY), yesterday, yesterday, 7.0)
    ledger.absorb(columns([recent]))
    await copy(ledger, settings)
    found = verified(ledger, settings, at=now)
    assert found.days == ()
    assert found.since == now // DAY * DAY - 9 * DAY
    assert ledger.cursors.rejected("influxdb") == []
    with closing(contents(settings)) as there:
        assert [each.points for each in there.tallies("tokens", as_known=True).values()] == [1]


def as_a_server(lines: Sequence[str]) -> dict[str, dict[str, dict[str, str]]]:
    """By measurement and point: its fields. The same point again replaces those fields that it has."""
    held: defaultdict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for line in lines:
        tags, fields, at = line.split(" ")
        point = held[tags.partition(",")[0]].setdefault(f"{tags} {at}", {"at": at})
        point.update(dict(field.split("=") for field in fields.split(",")))
    return held


def counted(points: Iterable[Mapping[str, str]]) -> dict[int, Tally]:
    """What they come to by day."""
    tallies: dict[int, Tally] = {}
    for point in points:
        day = int(point["at"]) // 10**9 // DAY * DAY
        before = tallies.get(day, Tally(0, 0, 0, 0.0))
        known_at = before.known_at + int(point["known_at"].removesuffix("i"))
        tallies[day] = Tally(
            before.points + 1,
            known_at,
            before.values + ("value" in point),
            before.total + float(point.get("value", 0)),
        )
    return tallies


ROWS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 50), st.integers(0, 5), st.one_of(st.none(), st.integers(0, 10**12))),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row[:3],
)


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_tallies_are_what_a_server_has_that_took_every_line(rows: list[tuple[int, int, int, int | None]]) -> None:
    """Law: of all samples, and of those that are left where a later one takes the place of one before."""
    series = [replace(PRICE, labels=Labels.of(source="x", model=str(number))) for number in range(3)]
    told = [
        Sample(series[number], MONDAY + timedelta(hours=hour), MONDAY + timedelta(hours=hour + late), value)
        for number, hour, late, value in rows
    ]
    with tempfile.TemporaryDirectory() as folder, Ledger.open(Path(folder) / "ledger.sqlite") as ledger:
        for sample in told:  # one by one: in this order
            ledger.absorb(columns([sample]))
        taken = [sample for _, sample in ledger.cursors.after(0, 100)]
        held = as_a_server(LineWriter().lines(taken))
        assert ledger.tallies_as_known("price_output", 100, ()) == counted(held["price_output_as_known"].values())
        assert ledger.tallies_newest("price_output", 100, ()) == counted(held["price_output"].values())
