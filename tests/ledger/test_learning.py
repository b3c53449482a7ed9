"""Learning a snapshot: once, whole, and only what is news."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

import pytest

from monitor.errors import LedgerError
from monitor.ledger import Ledger, Status
from monitor.model.bar import Bar, instant, seconds
from monitor.model.fact import code
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Seal, Series, Snapshot
from tests.ledger.values import DAY, HOUR, START, price, prices, rows_of, tokens, usage

AT = seconds(START)
LATER = START + 6 * HOUR


def test_first_snapshot_brings_samples_seals_citation_and_aliases(ledger: Ledger) -> None:
    """All that one poll says is there after one call."""
    snapshot = replace(usage(LATER, {("a", START): 5.0}, sealed=START), aliases=(("a-2026", "vendor/a"),))
    assert ledger.learn(snapshot)
    columns = ledger.columns("tokens")
    assert rows_of(columns) == [("a", AT, seconds(LATER), 5.0)]
    assert columns.series == (tokens("a"),)
    assert ledger.citations() == {("openrouter", "tokens"): "Source: OpenRouter"}
    assert ledger.aliases() == {"a-2026": "vendor/a"}
    accepted = ledger.accepted("openrouter_rankings")
    assert accepted is not None
    assert (accepted.fetched_at, accepted.entries, accepted.digest) == (LATER, 1, "usage")
    assert accepted.status is Status.ACCEPTED


def test_same_snapshot_again_changes_nothing(ledger: Ledger) -> None:
    """A crash after the commit and before its acknowledgement: the poll may be learnt again."""
    snapshot = prices(START, {"a": 1.0, "b": 2.0})
    assert ledger.learn(snapshot)
    seq = ledger.cursors.newest()
    assert not ledger.learn(snapshot)
    assert not ledger.learn(prices(START, {"a": 9.0}))
    assert ledger.cursors.newest() == seq
    assert len(ledger.snapshots("openrouter_models")) == 1


def test_flow_is_stored_where_it_differs_from_what_is_known_of_its_bar(ledger: Ledger) -> None:
    """A later value is a revision beside the first one; a repeated one is nothing."""
    ledger.learn(usage(START, {("a", START): 5.0, ("b", START): 7.0}))
    assert not ledger.learn(usage(START + HOUR, {("a", START): 5.0, ("b", START): 7.0}))
    assert ledger.learn(usage(LATER, {("a", START): 6.0, ("b", START): 7.0}))
    assert ledger.learn(usage(LATER + HOUR, {("a", START): 5.0}))
    assert rows_of(ledger.columns("tokens")) == [
        ("a", AT, AT, 5.0),
        ("a", AT, seconds(LATER), 6.0),
        ("a", AT, seconds(LATER + HOUR), 5.0),
        ("b", AT, AT, 7.0),
    ]


def test_flow_missing_from_a_complete_snapshot_is_not_gone(ledger: Ledger) -> None:
    """Only levels can be gone: a usage list is of its bar, and may be cut off."""
    ledger.learn(replace(usage(START, {("a", START): 5.0, ("b", START): 7.0}, sealed=START), complete=True))
    ledger.learn(replace(usage(LATER, {("a", START): 5.0}, sealed=START), complete=True))
    assert len(rows_of(ledger.columns("tokens"))) == 2


def test_level_is_stored_where_it_differs_from_the_value_before(ledger: Ledger) -> None:
    """An hourly look at an unchanged price stores nothing but its seal."""
    ledger.learn(prices(START, {"a": 1.0}))
    assert ledger.learn(prices(START + HOUR, {"a": 1.0}))  # sealed further
    ledger.learn(prices(LATER, {"a": 0.25}))
    assert rows_of(ledger.columns("price_output")) == [("a", AT, AT, 1.0), ("a", seconds(LATER), seconds(LATER), 0.25)]


def test_level_missing_from_a_complete_snapshot_is_gone_until_it_returns(ledger: Ledger) -> None:
    """Gone is said once, at the time of the look; its return is a value again, even the same."""
    ledger.learn(prices(START, {"a": 1.0, "b": 2.0}))
    ledger.learn(prices(START + HOUR, {"a": 1.0}))
    ledger.learn(prices(START + 2 * HOUR, {"a": 1.0}))
    ledger.learn(prices(START + 3 * HOUR, {"a": 1.0, "b": 2.0}))
    gone, back = seconds(START + HOUR), seconds(START + 3 * HOUR)
    assert [row for row in rows_of(ledger.columns("price_output")) if row[0] == "b"] == [
        ("b", AT, AT, 2.0),
        ("b", gone, gone, None),
        ("b", back, back, 2.0),
    ]


def test_level_missing_from_an_incomplete_or_unchanged_snapshot_stays(ledger: Ledger) -> None:
    """A 304 carries no samples and says nothing of absence."""
    ledger.learn(prices(START, {"a": 1.0}))
    ledger.learn(prices(START + HOUR, {}, complete=False))
    assert ledger.learn(replace(prices(START + 2 * HOUR, {}), unchanged=True))
    assert rows_of(ledger.columns("price_output")) == [("a", AT, AT, 1.0)]


def test_gone_is_said_only_of_the_feed_that_was_looked_at(ledger: Ledger) -> None:
    """Another source, another metric and another bar of the same metric are not spoken of."""
    others = [
        Series("price_output", Labels.of(source="litellm", model="a"), Bar.HOUR),
        Series("price_input", Labels.of(source="openrouter", model="a"), Bar.HOUR),
        Series("price_output", Labels.of(source="openrouter", model="a"), Bar.DAY),
    ]
    for hour, series in enumerate(others):
        at = START + hour * HOUR
        ledger.learn(replace(prices(at, {}), source="other", samples=(Sample(series, at, at, 1.0),), seals=()))
    ledger.learn(prices(LATER, {"b": 1.0}))
    values = [*ledger.columns("price_output").values, *ledger.columns("price_input").values]
    assert values == [1.0, 1.0, 1.0, 1.0]


def test_feed_that_became_empty_is_gone_by_its_seal(ledger: Ledger) -> None:
    """No model has a cache price any more: no sample names the metric, but the seal does."""
    ledger.learn(prices(START, {"a": 1.0}))
    ledger.learn(prices(LATER, {}))
    assert rows_of(ledger.columns("price_output"))[-1] == ("a", seconds(LATER), seconds(LATER), None)


def test_level_that_was_never_seen_is_not_stored_as_gone(ledger: Ledger) -> None:
    """None for an unknown series says nothing new; nor does it make a series."""
    ledger.learn(prices(START, {"a": None, "b": math.nan}))
    assert ledger.columns("price_output").series == ()
    assert ledger.cursors.newest() == 0


def test_flow_without_a_number_says_nothing(ledger: Ledger) -> None:
    """A null field is unknown: it neither fills a bar nor takes back what is known of it."""
    unknown = Sample(tokens("a"), START, LATER, math.nan)
    ledger.learn(replace(usage(LATER, {}), samples=(unknown, replace(unknown, value=None))))
    assert ledger.columns("tokens").series == ()
    ledger.learn(usage(LATER + HOUR, {("a", START): 5.0}))
    again = replace(unknown, known_at=LATER + 2 * HOUR)
    assert not ledger.learn(replace(usage(LATER + 2 * HOUR, {}), samples=(again,)))
    assert ledger.columns("tokens").values.tolist() == [5.0]


def test_learn_tells_whether_there_is_something_to_judge(ledger: Ledger) -> None:
    """Samples or a further seal: yes; the same seal or an older one: no."""
    assert not ledger.learn(usage(START, {}))
    assert ledger.learn(usage(START + HOUR, {}, sealed=START))
    assert not ledger.learn(usage(START + 2 * HOUR, {}, sealed=START))
    assert not ledger.learn(usage(START + 3 * HOUR, {}, sealed=START - DAY))
    assert ledger.learn(usage(START + 4 * HOUR, {}, sealed=START + DAY))


def test_seal_keeps_its_first_word_and_its_longest_belief(ledger: Ledger) -> None:
    """known_at decides when a bar was judged: it never moves; a later look lets levels hold longer."""
    ledger.learn(prices(START + HOUR / 6, {"a": 1.0}))
    ledger.learn(prices(START + HOUR / 2, {"a": 1.0}))
    log = ledger.columns("price_output").seals["openrouter", Bar.HOUR]
    assert log.through.tolist() == [seconds(START + HOUR)]
    assert log.known_at.tolist() == [seconds(START + HOUR / 6)]
    assert log.holds_until.tolist() == [seconds(START + HOUR / 2 + 3 * HOUR)]


def test_seals_are_in_order_whatever_order_they_came_in(ledger: Ledger) -> None:
    """No limit is the largest int64, and it wins over a limit."""
    feed = ("openrouter", "tokens", Bar.DAY)
    seals = [Seal(*feed, START + day * DAY, START + 9 * DAY, None) for day in (3, 1, 2)]
    seals.append(Seal(*feed, START + 2 * DAY, START + 8 * DAY, START + 9 * DAY))
    ledger.learn(replace(usage(START + 9 * DAY, {}), seals=tuple(seals)))
    log = ledger.columns("tokens").seals["openrouter", Bar.DAY]
    assert log.through.tolist() == [seconds(START + day * DAY) for day in (1, 2, 3)]
    assert log.known_at.tolist() == [seconds(START + day * DAY) for day in (9, 8, 9)]
    assert log.holds_until.tolist() == [2**63 - 1] * 3


def test_newest_name_of_an_alias_wins_and_none_is_forgotten(ledger: Ledger) -> None:
    """A permanent slug may be renamed; old ones still join old usage."""
    ledger.learn(replace(usage(START, {}), aliases=(("slug-1", "old/name"), ("slug-2", "other"))))
    ledger.learn(replace(usage(LATER, {}), aliases=(("slug-1", "new/name"),)))
    assert ledger.aliases() == {"slug-1": "new/name", "slug-2": "other", "old/name": "new/name"}


def test_a_renamed_model_is_known_by_all_its_names(ledger: Ledger) -> None:
    """The old id is an alias of the new one, also after a second time; an id that is still listed is none."""
    names = (("a/one", "a/other"), ("a/two", "a/other"), ("a/three", "a/other"))
    for number, (name, other) in enumerate(names):
        aliases = (("slug", name), ("other", other))
        ledger.learn(replace(usage(START + number * DAY, {}), aliases=aliases))
    known = ledger.aliases()
    assert {old: known[old] for old in ("slug", "a/one", "a/two")} == dict.fromkeys(
        ("slug", "a/one", "a/two"), "a/three"
    )
    ledger.learn(replace(usage(START + 5 * DAY, {}), aliases=(("slug", "a/four"), ("third", "a/three"))))
    assert "a/three" not in ledger.aliases()


def test_citation_of_a_poll_without_samples_goes_to_the_source_of_its_seals(ledger: Ledger) -> None:
    """The newest line wins; a poll without one takes none away."""
    ledger.learn(replace(prices(START, {}), citation="as of Monday"))
    ledger.learn(replace(prices(LATER, {"a": 1.0}), citation="as of Tuesday"))
    ledger.learn(prices(LATER + HOUR, {"a": 1.0}))
    assert set(ledger.citations().values()) == {"as of Tuesday"}
    assert {source for source, _ in ledger.citations()} == {"openrouter"}


def test_unknown_metric_is_refused_whole(ledger: Ledger) -> None:
    """A source that names a metric outside the vocabulary is a bug: nothing of its snapshot is kept."""
    stray = Sample(Series("tokns", Labels.of(source="openrouter"), Bar.DAY), START, START, 1.0)
    snapshot = usage(START, {("a", START): 1.0})
    with pytest.raises(LedgerError, match="unknown metric 'tokns'"):
        ledger.learn(replace(snapshot, samples=(*snapshot.samples, stray)))
    assert ledger.cursors.newest() == 0
    assert ledger.accepted(snapshot.source) is None


def test_instants_come_back_as_aware_utc(ledger: Ledger) -> None:
    """Whole seconds since the epoch go in and out."""
    ledger.learn(usage(LATER, {("a", START): 1.0}))
    ((_, sample),) = ledger.cursors.after(0, 1)
    assert (sample.valid_at, sample.known_at) == (START, LATER)
    assert sample.valid_at == instant(AT)


def fact(model: str, at: datetime, text: str) -> Sample:
    """Its modalities at that look."""
    return Sample(price(model, "modalities"), at, at, code(text))


def test_texts_of_facts_are_kept_by_their_codes(ledger: Ledger) -> None:
    """Also those that are no longer a fact of anything; the samples hold like levels."""
    seal = Seal("openrouter", "modalities", Bar.HOUR, START + HOUR, START)
    first = Snapshot(
        "poll", START, (fact("a", START, "text"), fact("b", START, "text")), (seal,), 2, "1", complete=True
    )
    second = replace(first, fetched_at=LATER, samples=(fact("a", LATER, "image, text"),), digest="2")
    assert ledger.learn(replace(first, texts=("text",)))
    assert ledger.learn(replace(second, texts=("image, text", "text")))
    assert ledger.texts() == {code("text"): "text", code("image, text"): "image, text"}
    assert rows_of(ledger.columns("modalities")) == [
        ("a", AT, AT, code("text")),
        ("b", AT, AT, code("text")),
        ("a", seconds(LATER), seconds(LATER), code("image, text")),
        ("b", seconds(LATER), seconds(LATER), None),
    ]


def test_texts_of_a_snapshot_that_is_not_kept_are_not_kept(ledger: Ledger) -> None:
    """All or nothing: an unknown metric takes the texts with it."""
    sample = Sample(Series("nonsense", Labels.of(source="s"), Bar.HOUR), START, START, 1.0)
    with pytest.raises(LedgerError):
        ledger.learn(Snapshot("poll", START, (sample,), (), 1, "1", texts=("text",)))
    assert ledger.texts() == {}
