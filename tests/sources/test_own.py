"""CSV and JSON of the user's own: the same content in both formats is the same to the monitor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from pytest_httpserver import HTTPServer

from monitor.errors import SourceError
from monitor.model.bar import Bar, seconds
from monitor.model.fact import code
from monitor.model.labels import Labels
from monitor.model.metric import METRICS
from monitor.model.sample import Seal, Snapshot
from monitor.ports import Window
from monitor.sources import csv, json
from monitor.sources.fetch import Body, Fetch
from monitor.sources.units import UNITS
from tests.sources.fakes import Clock

NAME = "mine"
NOW = datetime(2026, 2, 12, 9, 30, tzinfo=UTC)
HOUR_END = datetime(2026, 2, 12, 10, tzinfo=UTC)
PRICE = {"metric": "price_output", "value": "usd", "unit": "USD per million tokens", "labels": {"model": "model"}}
TOKENS = {"metric": "tokens", "value": "used", "unit": "tokens", "labels": {"model": "model"}}
DAILY = {"time": "day", "bar": "day"}


def from_csv(text: str, *series: dict[str, Any], **settings: Any) -> Snapshot:  # noqa: ANN401
    config = csv.Config(**{"url": "/x.csv", "series": series, **settings})
    return csv.parse(NAME, config, Body(text.encode(), "d", not_modified=False, fetched_at=NOW))


def from_json(text: str, *series: dict[str, Any], **settings: Any) -> Snapshot:  # noqa: ANN401
    config = json.Config(**{"url": "/x.json", "series": series, **settings})
    return json.parse(NAME, config, Body(text.encode(), "d", not_modified=False, fetched_at=NOW))


def values(snapshot: Snapshot) -> dict[tuple[str, str, int], float | None]:
    """By metric, model and hour of its time since the look's day began (of a look: 9)."""
    day = NOW.replace(hour=0, minute=0)
    return {
        (each.series.metric, each.series.labels.get("model"), (each.valid_at - day) // timedelta(hours=1)): each.value
        for each in snapshot.samples
    }


def refused(read: Callable[[], object]) -> str:
    with pytest.raises(SourceError) as caught:
        read()
    return str(caught.value)


def test_levels_without_a_time_hold_from_the_look() -> None:
    """Prices of a list: known now, sealed for the hour, unknown after `stale_after`; what is missing is gone."""
    snapshot = from_csv("model;usd\na/b;3.50\nc;0\nd;\n", PRICE, delimiter=";", citation="Ours", stale_after="PT2H")
    assert values(snapshot) == {("price_output", "a/b", 9): 3.5, ("price_output", "c", 9): 0.0}
    assert {sample.valid_at for sample in snapshot.samples} == {NOW}
    assert {sample.series.labels.get("source") for sample in snapshot.samples} == {NAME}
    assert snapshot.seals == (Seal(NAME, "price_output", Bar.HOUR, HOUR_END, NOW, NOW + timedelta(hours=2)),)
    assert (snapshot.citation, snapshot.complete, snapshot.guarded, snapshot.entries) == ("Ours", True, False, 2)


def test_levels_with_a_time_have_a_past_and_no_future() -> None:
    """Each holds from its time on. One that is still to come is not believed before it comes."""
    rows = "2026-02-10,a,3\n2026-02-12T09:00:00+01:00,a,2\n2026-02-13,a,1\n"
    snapshot = from_csv(f"at,model,usd\n{rows}", PRICE, time="at")
    assert values(snapshot) == {("price_output", "a", -48): 3.0, ("price_output", "a", 8): 2.0}
    assert {sample.known_at for sample in snapshot.samples} == {NOW}


@pytest.mark.parametrize(
    ("sealed", "days", "through", "kept"),
    [
        ("newest", (9, 10, 11), 12, (9, 10, 11)),
        ("newest", (9, 10, 11, 12), 12, (9, 10, 11)),
        ("newest", (9, 10), 11, (9, 10)),
        ("before_newest", (9, 10, 11), 11, (9, 10)),
        ("before_newest", (9, 10, 11, 12), 12, (9, 10, 11)),
        ("before_newest", (9, 10, 11, 14), 11, (9, 10)),
        ("before_newest", (11,), None, ()),
        ("newest", (12,), None, ()),
    ],
)
def test_which_bars_of_a_flow_are_complete(
    sealed: str, days: Sequence[int], through: int | None, kept: Sequence[int]
) -> None:
    """Looked at in the morning of the 12th. A day that runs, or that nobody wrote down yet, is never sealed."""
    rows = "".join(f"2026-02-{day:02},a,{day}\n" for day in days)
    snapshot = from_csv(f"day,model,used\n{rows}", TOKENS, **DAILY, sealed=sealed)
    assert [sample.valid_at.day for sample in snapshot.samples] == list(kept)
    assert {sample.series.bar for sample in snapshot.samples} <= {Bar.DAY}
    ends = [] if through is None else [Seal(NAME, "tokens", Bar.DAY, datetime(2026, 2, through, tzinfo=UTC), NOW)]
    assert list(snapshot.seals) == ends


def test_weeks_begin_on_monday_and_the_rest_row_is_known() -> None:
    """Case: 2026-02-02 is a Monday; "Others" is what a list left out."""
    text = "day,model,used\n2026-02-02,a,5\n2026-02-02,Others,7\n"
    snapshot = from_csv(text, {**TOKENS, "unit": "billion tokens"}, time="day", bar="week")
    found = {sample.series.labels.get("model"): sample.value for sample in snapshot.samples}
    assert found == {"a": 5e9, "other": 7e9}
    assert snapshot.seals[0].through == datetime(2026, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("metric", "unit", "written", "value"),
    [
        ("price_output", "USD per million tokens", "0.435", 0.435),
        ("price_output", "USD per token", "0.0000006000000000000001", 0.6),
        ("price_output", "USD per token", "3e-06", 3.0),
        ("price_output", "US cents per token", "0.000174", 1.74),
        ("usage_share", "percent", "12.5", 0.125),
        ("usage_share", "ratio", "0.125", 0.125),
        ("likes", "count", "1234", 1234.0),
        ("figure", "number", "-7.5", -7.5),
        ("retires_at", "date", "2026-09-30", 1790726400.0),
        ("retires_at", "date", "1790726400", 1790726400.0),
        ("licence", "text", "MIT", code("MIT")),
    ],
)
def test_units(metric: str, unit: str, written: str, value: float) -> None:
    """What is written in a unit is stored in that of the metric, exactly, whatever the format."""
    series = {"metric": metric, "value": "v", "unit": unit}
    assert [sample.value for sample in from_csv(f"v\n{written}\n", series).samples] == [value]
    quoted = f'"{written}"' if unit in ("date", "text") else written
    assert [sample.value for sample in from_json(f'{{"v": {quoted}}}', series).samples] == [value]


def test_every_metric_of_others_than_the_monitor_has_a_unit() -> None:
    """Whatever the table of metrics holds can be mapped."""
    for metric in METRICS.values():
        if not metric.name.startswith("source_"):
            assert UNITS[metric.unit]


def test_texts_are_kept_beside_their_codes() -> None:
    """A licence is told as it is written."""
    snapshot = from_csv("m,l\na,MIT\n", {"metric": "licence", "value": "l", "unit": "text", "labels": {"model": "m"}})
    assert snapshot.texts == ("MIT",)


def test_several_metrics_of_one_file() -> None:
    """Each has its own column, labels and unit; fixed labels are the same for all."""
    series = (
        {"metric": "price_input", "value": "in", "unit": "USD per million tokens", "labels": {"model": "model"}},
        {**PRICE, "value": "out", "fixed": {"host": "ours"}},
        {
            "metric": "amount",
            "value": "spend",
            "unit": "number",
            "fixed": {"what": "spend"},
            "labels": {"model": "model"},
        },
    )
    snapshot = from_csv("day,model,in,out,spend\n2026-02-11,a,1,2,30\n", *series, **DAILY)
    assert {(sample.series.metric, sample.series.labels, sample.value) for sample in snapshot.samples} == {
        ("price_input", Labels.of(source=NAME, model="a"), 1.0),
        ("price_output", Labels.of(source=NAME, model="a", host="ours"), 2.0),
        ("amount", Labels.of(source=NAME, model="a", what="spend"), 30.0),
    }
    assert {(seal.metric, seal.bar) for seal in snapshot.seals} == {
        ("price_input", Bar.HOUR),
        ("price_output", Bar.HOUR),
        ("amount", Bar.DAY),
    }


def test_a_tree_of_json() -> None:
    """Labels from above the value and from its own key; times in epoch seconds; null is no value."""
    text = """{"models": {"a": {"at": 1770854400, "hosts": [{"n": "x", "p": 2}, {"n": "y", "p": null}]},
               "b": {"at": 1770854400, "hosts": []}}}"""
    series = {
        "metric": "price_output",
        "value": "models[*].hosts[*].p",
        "unit": "USD per million tokens",
        "labels": {"model": "models[*]@key", "host": "models[*].hosts[*].n"},
    }
    (sample,) = from_json(text, series, time="models[*].at").samples
    assert sample.series.labels == Labels.of(source=NAME, model="a", host="x")
    assert (sample.value, seconds(sample.valid_at)) == (2.0, 1770854400)


BROKEN_CSV = {
    "a number with a comma": (
        'a,"1,5"',
        "mine: row 2, column usd: got '1,5', expected a price in USD per million tokens as a decimal number",
    ),
    "a negative price": ("a,-2", "mine: row 2, column usd: got '-2', expected a price from 0 to 1,000,000"),
    "no label": (",1", "mine: row 2, column model: got '', expected a text of 1 to 200 characters on one line"),
    "twice": ("m1,1", 'expected one value of price_output{model="m1"} at a time, not two'),
}


@pytest.mark.parametrize(("row", "told"), BROKEN_CSV.values(), ids=BROKEN_CSV)
def test_a_broken_value_is_unknown_and_told_with_row_and_column(row: str, told: str) -> None:
    """One of twenty leaves the others alone; one of two refuses the file, and says the first."""
    sound = [f"m{number},1" for number in range(1, 20)]
    snapshot = from_csv("\n".join(["model,usd", row, *sound]), PRICE)
    (fault,) = snapshot.faults
    assert told in fault
    assert len(snapshot.samples) == 19
    said = refused(lambda: from_csv("\n".join(["model,usd", row, sound[0]]), PRICE))
    assert "mine: the answer: got 1 broken entries of 2, expected at most 5%\n    the first: " in said


def test_a_broken_value_of_a_flow_refuses_the_file() -> None:
    """One of twenty: the sum of that day would be too small, and nobody would know."""
    rows = "".join(f"2026-02-11,m{number},{number or 'x'}\n" for number in range(20))
    said = refused(lambda: from_csv(f"day,model,used\n{rows}", TOKENS, **DAILY))
    assert said.startswith("mine: row 2, column used: got 'x', expected a number with a decimal point")
    assert said.endswith("a sum must not lose a part")


def test_two_tables_of_one_metric_must_not_say_the_same() -> None:
    """Otherwise the order of tables would decide."""
    said = refused(lambda: from_csv("model,usd,eur\na,1,2\n", PRICE, {**PRICE, "value": "eur"}))
    assert "row 2, column eur: got '2', expected one value of price_output{model=\"a\"} at a time, not two" in said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("model,usd\na,1\nb\n", "mine: row 3: got 1 fields, expected 2 as in row 1"),
        ("model,usd\na,1,2\n", "mine: row 2: got 3 fields, expected 2 as in row 1"),
        ("model,usb\na,1\n", "row 1: got the columns ['model', 'usb'], expected 'usd' once\n    did you mean 'usb'?"),
        ("usd,model,usd\n1,a,2\n", "row 1: got the columns ['model'], expected 'usd' once"),
        ("", "mine: got an empty file"),
        ("model,usd\n", "usd: got no value in 0 entries, expected at least one of price_output"),
        ("model,usd\na,\nb,\n", "usd: got no value in 2 entries, expected at least one of price_output"),
        ('model,usd\na,"1\n', "mine: line 2: not CSV: unexpected end of data"),
        ("model,usd\na,\udcff\n", "mine: byte 13 is not UTF-8"),
        ("<html><body>", "row 1: got the columns ['<html><body>'], expected 'usd' once"),
    ],
)
def test_what_is_no_such_csv_is_refused(text: str, told: str) -> None:
    """A file cut off, another header, no values: nothing of it is kept."""
    config = csv.Config(url="/x.csv", series=(PRICE,))
    body = Body(text.encode("utf-8", "surrogateescape"), "d", not_modified=False, fetched_at=NOW)
    assert told in refused(lambda: csv.parse(NAME, config, body))


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-02-30", "expected a day such as 2026-09-30, an instant such as"),
        ("12.02.2026", "expected a day such as 2026-09-30"),
        ("2026-02-11T12:00:00", "expected a day such as 2026-09-30"),
        ("2026-02-11T12:00:00Z", "row 2, column day: got '2026-02-11T12:00:00Z', expected the start of a day in UTC"),
    ],
)
def test_a_time_that_is_none_is_told(at: str, told: str) -> None:
    """An instant needs its offset, a flow the start of its bar: nothing is guessed or moved."""
    assert told in refused(lambda: from_csv(f"day,model,used\n{at},a,1\n", TOKENS, **DAILY))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"model": "a"}]', "[*].usd: got no value in 1 entries, expected at least one of price_output"),
        ('{"usd": 1}', "mine: ['usd']: got 1, expected an object"),
        ('[{"model": "a", "usd": "dear"}]', "mine: [0].usd: got 'dear', expected a price in USD per million tokens"),
        ('[{"usd": 1}]', "mine: [0].model: got None, expected a text of 1 to 200 characters"),
        ("[", "expected JSON"),
    ],
)
def test_what_is_no_such_json_is_refused(text: str, told: str) -> None:
    """With the place in the tree."""
    series = {**PRICE, "value": "[*].usd", "labels": {"model": "[*].model"}}
    assert told in refused(lambda: from_json(text, series))


@pytest.mark.parametrize(
    ("kind", "settings", "told"),
    [
        (csv.Config, {"series": ()}, "at least 1 item"),
        (csv.Config, {"url": "prices.csv"}, "expected an address with https:// or http://, a file with file:///"),
        (csv.Config, {"url": "ftp://host/x"}, "expected an address with https://"),
        (csv.Config, {"url": "file://host/x"}, "expected an address with https://"),
        (csv.Config, {"url": "https://me:secret@host/x"}, "expected an address with https://"),
        (csv.Config, {"series": ({**PRICE, "metric": "price"},)}, "got 'price', expected one of the metrics amount,"),
        (csv.Config, {"series": ({**PRICE, "unit": "EUR"},)}, "got the unit 'EUR', expected for price_output: USD per"),
        (csv.Config, {"series": ({**PRICE, "labels": {"modell": "m"}},)}, "got the label 'modell', expected for price"),
        (csv.Config, {"series": ({**PRICE, "labels": {"source": "m"}},)}, "got the label 'source', expected for price"),
        (csv.Config, {"series": ({**PRICE, "fixed": {"model": "m"}},)}, "got the label 'model' twice"),
        (csv.Config, {"series": (TOKENS,)}, "got tokens without bar and time, expected both: it adds up over bars"),
        (csv.Config, {"bar": "day"}, "got a bar, expected none: no metric of this table adds up over bars"),
        (csv.Config, {"sealed": "never"}, "'newest' or 'before_newest'"),
        (csv.Config, {"delimiter": "||"}, "at most 1 character"),
        (json.Config, {"series": ({**PRICE, "value": "a[0]"},)}, "expected a name, .* at column 2"),
        (
            json.Config,
            {"series": ({**PRICE, "value": "a[*].v", "labels": {"model": "b[*].m"}},)},
            r"got 'b\[\*\].m' beside the value 'a\[\*\].v', expected the same path up to its last \[\*\]",
        ),
        (json.Config, {"time": "b[*].at"}, r"got 'b\[\*\].at' beside the value 'usd'"),
    ],
)
def test_settings_that_can_not_be_meant_are_refused(
    kind: type[BaseModel], settings: dict[str, object], told: str
) -> None:
    """Before anything is asked, with what was got and what was expected."""
    with pytest.raises(ValidationError, match=told):
        kind.model_validate({"url": "/x", "series": (PRICE,), **settings})


async def poll(config: csv.Config, fetch: Fetch, clock: Clock) -> Snapshot:
    return await csv.build(config, fetch, NAME).poll(Window(clock.at))


@pytest.mark.asyncio
async def test_files_are_read_where_they_are(tmp_path: Path, fetch: Fetch, clock: Clock) -> None:
    """As a path and as an address of a file; what is not there, or a folder, is told with its name."""
    path = tmp_path / "our prices.csv"
    path.write_text("\ufeffmodel,usd\r\na,1\r\n", encoding="utf-8")
    for url in (str(path), f"file://{tmp_path}/our%20prices.csv"):
        snapshot = await poll(csv.Config(url=url, series=(PRICE,)), fetch, clock)
        assert [sample.value for sample in snapshot.samples] == [1.0]
        assert (snapshot.fetched_at, len(snapshot.digest)) == (clock.at, 64)
    for url, told in ((f"{path}x", "No such file or directory"), (str(tmp_path), "Is a directory")):
        with pytest.raises(SourceError, match=f"mine: {url}: can not be read: {told}"):
            await poll(csv.Config(url=url, series=(PRICE,)), fetch, clock)


@pytest.mark.asyncio
async def test_addresses_are_asked_with_their_headers(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """A name from the environment has `_` for `-`; an answer that did not change seals the levels it showed."""
    asked = {"X-Api-Key": "s3cret"}
    httpserver.expect_oneshot_request("/p.csv", headers=asked).respond_with_data(
        "model,usd\na,1\n", headers={"ETag": "1"}
    )
    httpserver.expect_request("/p.csv", headers={**asked, "If-None-Match": "1"}).respond_with_data(b"", status=304)
    config = csv.Config.model_validate(
        {"url": httpserver.url_for("/p.csv"), "series": (PRICE,), "headers": {"x_api_key": "s3cret"}}
    )
    first = await poll(config, fetch, clock)
    fetch.accept(first.digest)
    second = await poll(config, fetch, clock)
    assert (first.unchanged, second.unchanged) == (False, True)
    assert {seal.metric for seal in second.seals} == {"price_output"}
    assert "s3cret" not in repr(config)
