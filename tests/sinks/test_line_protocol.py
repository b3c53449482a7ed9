"""Line protocol: what is written can be read back as exactly what it was."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.bar import Bar, seconds
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Series
from monitor.sinks.line_protocol import MAX_BYTES, MAX_LINES, LineWriter, bodies, tag_key
from tests.sinks.fakes import MONDAY, learnt

NANOSECONDS = 10**9


class Point(NamedTuple):
    """A line as a server reads it."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, str]
    at: int


def parse(line: str) -> Point:
    """A second reading of InfluxDB's documentation: split at separators that no backslash precedes."""
    head, fields, at = re.split(r"(?<!\\) ", line)
    measurement, *tags = re.split(r"(?<!\\),", head)
    pairs = [re.split(r"(?<!\\)=", tag) for tag in tags]
    assert all(value for _, value in pairs), "a tag without value is refused"
    return Point(
        plain(measurement),
        {plain(key): plain(value) for key, value in pairs},
        dict(field.split("=") for field in fields.split(",")),
        int(at),
    )


def plain(text: str) -> str:
    return unquote(re.sub(r"\\([,= ])", r"\1", text), errors="surrogatepass")


def sample(value: float | None = 1.5, *, lag: int = 0, metric: str = "tokens", labels: Labels = Labels()) -> Sample:  # noqa: B008
    series = Series(metric, labels, Bar.DAY)
    return Sample(series, MONDAY, MONDAY + timedelta(seconds=lag), value)


def lines(*samples: Sample) -> list[str]:
    return LineWriter().lines(samples)


def test_a_sample_becomes_its_newest_and_its_as_known_point() -> None:
    """The layout of decision 0003, to the letter."""
    fields = "value=4119000000000.0,known_at=1770685200i,gone=f"
    assert lines(sample(4.119e12, lag=90_000, labels=Labels.of(source="openrouter", model="v3"))) == [
        f"tokens,bar=day,model=v3,source=openrouter {fields} 1770595200000000000",
        f"tokens_as_known,bar=day,model=v3,source=openrouter {fields} 1770595200000090000",
    ]


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (None, {"gone": "t"}),
        (math.nan, {"gone": "f"}),
        (math.inf, {"gone": "f"}),
        (-math.inf, {"gone": "f"}),
        (0.0, {"value": "0.0", "gone": "f"}),
        (5, {"value": "5.0", "gone": "f"}),
        (np.float64(0.435), {"value": "0.435", "gone": "f"}),
        (1e300, {"value": "1e+300", "gone": "f"}),
    ],
)
def test_only_finite_numbers_are_values(value: float | None, fields: dict[str, str]) -> None:
    """NaN and the infinities make a server refuse the request; the point is written without them, None as gone."""
    for line in lines(sample(value)):
        assert parse(line).fields == {**fields, "known_at": "1770595200i"}


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("a b", r"a\ b"),
        (" ", r"\ "),
        ("a,b", r"a\,b"),
        ("a=b", r"a\=b"),
        ('"a"', '"a"'),
        ("x\\", "x%5C"),
        ("x\\ y", r"x%5C\ y"),
        ("a\nb", "a%0Ab"),
        ("a\r\tb\x00", "a%0D%09b%00"),
        ("100%", "100%25"),
        ("%0A", "%250A"),
        ("通义/千问🙂", "通义/千问🙂"),
        ("a\u2028b\u00a0c", "a%E2%80%A8b%C2%A0c"),
        ("\ud800", "%ED%A0%80"),
        ("#", "#"),
    ],
)
def test_nasty_labels(label: str, written: str) -> None:
    """What line protocol has no way to say is percent-encoded, so a tag never loses or breaks anything."""
    newest, _ = lines(sample(labels=Labels.of(model=label)))
    assert newest.startswith(f"tokens,bar=day,model={written} value=")
    assert parse(newest).tags["model"] == label
    assert newest.encode().decode().isprintable()


def test_a_label_without_value_is_left_out() -> None:
    """An empty tag value is refused by servers ("missing tag value")."""
    series = Series("tokens", Labels((("host", ""), ("model", "m"))), Bar.DAY)
    assert lines(Sample(series, MONDAY, MONDAY, 1.0))[0].startswith("tokens,bar=day,model=m ")


@pytest.mark.parametrize("name", ["bar", "time", "value", "known_at", "gone", "_field", "_measurement", "label_bar"])
def test_labels_named_like_our_own_columns_are_renamed(name: str) -> None:
    """Servers refuse or silently mix up tags with these names."""
    assert parse(lines(sample(labels=Labels.of({name: "x"})))[0]).tags == {"bar": "day", f"label_{name}": "x"}


def test_measurements_are_escaped_by_their_own_rule() -> None:
    """In a measurement `=` is plain, and a line that starts with `#` would be taken for a comment and lost."""
    assert lines(sample(metric="#a b,c=d"))[0].startswith(r"%23a\ b\,c=d,bar=day ")


def test_tags_are_sorted_by_their_key() -> None:
    """The servers' own order: they need not sort again."""
    tags = list(parse(lines(sample(labels=Labels.of(zone="z", source="s", apex="a")))[0]).tags)
    assert tags == sorted(tags)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    labels = Labels.of(draw(st.dictionaries(st.text(), st.text())))
    valid_at = datetime.fromtimestamp(draw(st.integers(-(10**9), 10**10)), UTC)
    known_at = valid_at + timedelta(seconds=draw(st.integers(-(10**8), 10**9 - 10**8 - 1)))
    series = Series(draw(st.text(min_size=1)), labels, draw(st.sampled_from(Bar)))
    return Sample(series, valid_at, known_at, draw(st.none() | st.floats()))


@given(samples())
def test_a_line_read_back_is_the_sample(given_sample: Sample) -> None:
    """Law: nothing of a sample is lost on its way, whatever its labels, value and times."""
    newest, as_known = (parse(line) for line in lines(given_sample))
    series, valid_at, known_at = given_sample.series, seconds(given_sample.valid_at), seconds(given_sample.known_at)
    assert newest.measurement == series.metric
    assert as_known.measurement == f"{series.metric}_as_known"
    assert newest.tags == {"bar": series.bar.value} | {tag_key(name): value for name, value in series.labels}
    assert newest.fields == {"known_at": f"{known_at}i", **expected(given_sample.value)}
    assert newest.at == valid_at * NANOSECONDS
    assert as_known[1:3] == newest[1:3]
    assert as_known.at == newest.at + (known_at - valid_at) % NANOSECONDS


def expected(value: float | None) -> dict[str, str]:
    if value is None:
        return {"gone": "t"}
    return {"gone": "f", "value": repr(value)} if math.isfinite(value) else {"gone": "f"}


@given(st.lists(st.integers(0, 10**9 - 1), unique=True, min_size=2, max_size=20))
def test_every_revision_has_a_point_of_its_own(lags: list[int]) -> None:
    """Law: two vintages of one bar never share a point, and their points lie in the order in which they were known."""
    points = [parse(LineWriter().lines([sample(lag=lag)])[1]) for lag in sorted(lags)]
    assert [point.at for point in points] == sorted({point.at for point in points})
    assert len(points) == len(lags)


def test_a_remembered_series_is_written_alike() -> None:
    """The cache of escaped starts changes nothing: with equal series objects, the very same, or more than it holds."""
    writer = LineWriter()
    first, again = ([sample(labels=Labels.of(model=model)) for model in ("a, b", "c")] for _ in range(2))
    written = writer.lines(first)
    assert writer.lines(again) == written
    one = first[0]
    assert writer.lines([one, one]) == [*written[:2], *written[:2]]
    many = [sample(labels=Labels.of(model=str(number))) for number in range(5_000)]
    assert writer.lines([*many, *again, *many]) == [*lines(*many), *written, *lines(*many)]


def test_bodies_keep_both_limits_and_every_line() -> None:
    """At most 5,000 lines and 1 MB a request, in order."""
    short = lines(*learnt(6_000))
    long = lines(*(sample(float(n), labels=Labels.of(model="m" * 500)) for n in range(2_000)))
    for written in (short, long, short[:1]):
        sent = list(bodies(written))
        assert b"\n".join(sent).decode().split("\n") == written
        assert all(len(body) <= MAX_BYTES and body.count(b"\n") < MAX_LINES for body in sent)
    assert len(list(bodies(short))) == 3
    assert len(list(bodies(long))) == 4


def test_no_samples_make_no_request() -> None:
    """An empty body would be accepted by servers and mean nothing."""
    assert list(bodies(lines())) == []
