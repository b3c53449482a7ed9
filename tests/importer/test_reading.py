"""What rows mean: series, times, values, seals, citations."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.importer import read
from monitor.model.bar import Bar, seconds
from monitor.model.labels import Labels
from monitor.model.sample import Seal, Series
from tests.importer.tables import PRICES, TOTALS, USAGE, said, written


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_usage_row_becomes_tokens_of_a_model(tmp_path: Path) -> None:
    """A usage row is a sample at 00:00 UTC of its first day, known when it was recorded."""
    path = written(tmp_path, USAGE, "2026-07-18,day,z-ai/glm-5.2:free,5,who/what:file,2026-07-19T00:05:00Z")

    batch = read(path)

    series = Series("tokens", Labels.of(source="who/what:file", model="z-ai/glm-5.2:free"), Bar.DAY)
    assert said(batch) == [(series, seconds(at("2026-07-18")), seconds(at("2026-07-19T00:05:00")), 5.0)]


@pytest.mark.parametrize("rest", ["other", "Other", "Others", "others"])
def test_rest_row_is_stored_as_other(tmp_path: Path, rest: str) -> None:
    """However a source spells the rest row, it is model=other, at the model level and above it."""
    usage = written(tmp_path, USAGE, f"2026-07-18,day,{rest},5,s,2026-07-19T00:05:00Z")
    totals = [
        written(tmp_path, TOTALS, f"2026-07-18,day,{scope},{rest},5,s,2026-07-19T00:05:00Z", name=f"{scope}.csv")
        for scope in ("author", "brand", "weights", "model")
    ]

    expected = (Series("tokens", Labels.of(source="s", model="other"), Bar.DAY),)
    assert [read(path).series for path in (usage, *totals)] == [expected] * 5


@pytest.mark.parametrize(
    ("scope", "key", "metric", "labels"),
    [
        ("total", "total", "tokens_total", {}),
        ("author", "openai", "tokens", {"author": "openai"}),
        ("brand", "Google", "tokens", {"author": "Google"}),
        ("weights", "open", "tokens", {"open": "open"}),
        ("weights", "unknown", "tokens", {"open": "unknown"}),
        ("model", "openai/gpt-5", "tokens", {"model": "openai/gpt-5"}),
    ],
)
def test_scope_decides_metric_and_label(
    tmp_path: Path, scope: str, key: str, metric: str, labels: dict[str, str]
) -> None:
    """Each scope of the totals format has its metric and its label."""
    path = written(tmp_path, TOTALS, f"2026-07-13,week,{scope},{key},5,s,2026-07-20T00:00:00Z")

    assert read(path).series == (Series(metric, Labels.of(labels, source="s"), Bar.WEEK),)


@pytest.mark.parametrize("field", ["input", "output", "cache_read", "cache_write"])
def test_price_row_becomes_an_hourly_level(tmp_path: Path, field: str) -> None:
    """A price is valid and known at the instant it was observed."""
    path = written(tmp_path, PRICES, f"2026-07-18T10:20:30Z,openrouter,openai/gpt-5,{field},1.25")

    labels = Labels.of(source="openrouter", model="openai/gpt-5")
    seen = seconds(at("2026-07-18T10:20:30"))
    assert said(read(path)) == [(Series(f"price_{field}", labels, Bar.HOUR), seen, seen, 1.25)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.6000000000000001", 0.6),
        ("0.060000000000000005", 0.06),
        ("0.15000999999999998", 0.15001),
        ("0.7999999999999999", 0.8),
        ("0.0036", 0.0036),
        ("540000", 540000.0),
        ("0", 0.0),
        ("-0.0", 0.0),
        (".5", 0.5),
        ("1e-07", 1e-7),
        ("123456.789012", 123456.789012),
        ("", None),
        ("-1000000", None),
        ("-1000000.0", None),
    ],
)
def test_price_texts(tmp_path: Path, text: str, value: float | None) -> None:
    """Twelve digits take off the dust of binary floats; an empty price and one that varies are no price."""
    path = written(tmp_path, PRICES, f"2026-07-18T10:20:30Z,openrouter,m,input,{text}")

    assert [row[-1] for row in said(read(path))] == [value]


def test_offset_of_a_time_is_honoured(tmp_path: Path) -> None:
    """A time with an offset is the same instant in UTC."""
    path = written(tmp_path, USAGE, "2026-07-18,day,m,5,s,2026-07-19T02:05:00+02:00")

    assert read(path).known_at.tolist() == [seconds(at("2026-07-19T00:05:00"))]


def test_usage_bar_is_sealed_by_the_first_record_after_its_end(tmp_path: Path) -> None:
    """A record made before the end of a bar seals nothing, one made at its end does, later ones change nothing."""
    path = written(
        tmp_path,
        USAGE,
        "2026-07-18,day,a,1,s,2026-07-18T23:59:59Z",
        "2026-07-18,day,a,2,s,2026-07-19T00:00:00Z",
        "2026-07-18,day,b,3,s,2026-07-19T00:00:01Z",
        "2026-07-19,day,a,4,s,2026-07-19T23:00:00Z",
        "2026-07-15,week,a,5,s,2026-07-22T00:00:00Z",
        "2026-07-13,week,a,6,s,2026-07-25T00:00:00Z",
        "2026-07-17,day,a,7,t,2026-07-30T00:00:00Z",
    )

    assert read(path).seals == (
        Seal("s", "tokens", Bar.DAY, at("2026-07-19"), at("2026-07-19")),
        Seal("s", "tokens", Bar.WEEK, at("2026-07-20"), at("2026-07-25")),
        Seal("s", "tokens", Bar.WEEK, at("2026-07-22"), at("2026-07-22")),
        Seal("t", "tokens", Bar.DAY, at("2026-07-18"), at("2026-07-30")),
    )


def test_each_metric_of_a_source_is_sealed_by_its_own_rows(tmp_path: Path) -> None:
    """That a total is known says nothing about the authors of that day."""
    path = written(
        tmp_path,
        TOTALS,
        "2026-07-18,day,total,total,9,s,2026-07-19T00:00:00Z",
        "2026-07-18,day,author,a,4,s,2026-07-21T00:00:00Z",
        "2026-07-19,day,total,total,9,s,2026-07-20T00:00:00Z",
    )

    assert read(path).seals == (
        Seal("s", "tokens", Bar.DAY, at("2026-07-19"), at("2026-07-21")),
        Seal("s", "tokens_total", Bar.DAY, at("2026-07-19"), at("2026-07-19")),
        Seal("s", "tokens_total", Bar.DAY, at("2026-07-20"), at("2026-07-20")),
    )


def test_a_look_at_any_price_seals_its_hour_for_all_prices(tmp_path: Path) -> None:
    """All four metrics of a source are sealed to the end of each hour with a look, as of its last look."""
    path = written(
        tmp_path,
        PRICES,
        "2026-07-18T10:00:00Z,s,a,input,1",
        "2026-07-18T10:59:59Z,s,b,output,1",
        "2026-07-18T11:00:00Z,s,a,input,",
        "2026-07-18T10:30:00Z,t,a,input,1",
    )

    looks = [
        ("s", at("2026-07-18T11:00:00"), at("2026-07-18T10:59:59")),
        ("s", at("2026-07-18T12:00:00"), at("2026-07-18T11:00:00")),
        ("t", at("2026-07-18T11:00:00"), at("2026-07-18T10:30:00")),
    ]
    assert read(path).seals == tuple(
        Seal(source, f"price_{field}", Bar.HOUR, through, known)
        for field in ("input", "output", "cache_read", "cache_write")
        for source, through, known in looks
    )


def test_citation_names_recorder_and_newest_record(tmp_path: Path) -> None:
    """Usage carries OpenRouter's line with the date of the source's newest record; prices name their source."""
    usage = written(
        tmp_path,
        USAGE,
        '2026-07-18,day,a,1,"who/what:file (top 9, exact)",2026-07-21T23:59:59Z',
        '2026-07-17,day,a,1,"who/what:file (top 9, exact)",2026-07-20T00:00:00Z',
    )
    prices = written(tmp_path, PRICES, "2026-07-18T10:00:00Z,litellm,a,input,1", name="prices.csv")

    assert read(usage).citations == {
        "who/what:file (top 9, exact)": "Source: OpenRouter (openrouter.ai/rankings), as of 2026-07-21. "
        "Licensed under CC BY 4.0. Recorded by who/what."
    }
    assert read(prices).citations == {"litellm": "Prices as shown by litellm"}


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("tail", [0, 1, 3])
def test_ends_of_lines_and_marks_do_not_matter(
    tmp_path: Path, zipped: bool, mark: bytes, end: bytes, tail: int
) -> None:
    """Plain or gzip (of several members), either end of line, any number at the end, with a byte order mark or not."""
    rows = (b"2026-07-18,day,a,1,s,2026-07-19T00:00:00Z", b"2026-07-19,day,\xc3\xa9,2,s,2026-07-20T00:00:00Z")
    content = mark + end.join((USAGE.encode(), *rows)) + end * tail
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(content[:70]) + gzip.compress(content[70:]) + bytes(9) if zipped else content)

    assert [(series.labels.get("model"), value) for series, _, _, value in said(read(path))] == [("a", 1), ("é", 2)]


@pytest.mark.parametrize("end", ["", "\n"])
def test_file_without_rows_is_empty(tmp_path: Path, end: str) -> None:
    """A header alone is no fault: nothing was recorded."""
    path = tmp_path / "file.csv"
    path.write_text(USAGE + end)

    batch = read(path)

    assert (said(batch), batch.series, batch.seals, batch.citations) == ([], (), (), {})


def test_same_row_twice_counts_once(tmp_path: Path) -> None:
    """Rows that say the same are one sample; a later record of the same bar is a revision."""
    row = "2026-07-18,day,a,1,s,2026-07-19T00:00:00Z"
    path = written(tmp_path, USAGE, row, "2026-07-18,day,a,2,s,2026-07-20T00:00:00Z", row)

    assert [row[-1] for row in said(read(path))] == [1, 2]


def test_gone_twice_is_no_contradiction(tmp_path: Path) -> None:
    """An empty price and one that varies say the same: there is no price."""
    rows = ("2026-07-18T10:00:00Z,s,a,input,", "2026-07-18T10:00:00Z,s,a,input,-1000000")

    assert [row[-1] for row in said(read(written(tmp_path, PRICES, *rows)))] == [None]


def test_progress_ends_at_the_size_of_the_file(tmp_path: Path) -> None:
    """Progress grows in steps and ends with all bytes on disk."""
    rows = [f"2026-07-18,day,m{n},1,s,2026-07-19T00:00:00Z" for n in range(5000)]
    path = written(tmp_path, USAGE, *rows)
    steps: list[int] = []

    read(path, steps.append)

    assert len(steps) > 3
    assert steps == sorted(steps)
    assert steps[-1] == path.stat().st_size
