"""Two and a half years of prices from four sources: what is asked of a monitor that people trust."""

from __future__ import annotations

from functools import cache

from monitor.catalog import Join, shipped
from monitor.evaluate.prices import flapping, replayed
from monitor.evaluate.records import Records, read
from monitor.evaluate.score import CHANGES, Score
from monitor.evaluate.score import score as score_of
from monitor.evaluate.tables import notices
from monitor.truth.event import Status
from monitor.truth.offer import offers
from monitor.truth.truth import Truth
from tests.shared import SHARED


@cache
def records() -> Records:
    return read(SHARED / "data")


@cache
def score() -> Score:
    return replayed(records(), Join(shipped(), {}))


def test_real_cuts_and_hikes_are_claimed_at_once() -> None:
    """At least 95 % of them at the first look that shows them."""
    changes = [told for told in score().known if told.row.kind in CHANGES]
    assert len(changes) == 39
    assert sum(told.claimed_after == 0 for told in changes) >= 0.95 * len(changes)


def test_what_two_sources_show_is_confirmed() -> None:
    """At least 90 % of it."""
    several = [told for told in score().known if told.row.kind in CHANGES and told.several]
    assert len(several) == 22
    assert sum(told.confirmed_after is not None for told in several) >= 0.9 * len(several)


def test_no_glitch_becomes_a_confirmed_change() -> None:
    """Not one of the 559."""
    assert len(score().glitches) == 559
    assert [each.row for each in score().glitches if each.confirmed] == []


def test_everything_is_told_as_what_it_is() -> None:
    """At least 90 % of promotions, aliases and launches, and of the glitches."""
    labelled = [told.right for told in score().known if told.row.kind not in CHANGES]
    glitches = [each.right for each in score().glitches]
    assert sum(labelled) >= 0.9 * len(labelled)
    assert sum(glitches) >= 0.9 * len(glitches)


def test_a_router_is_known_by_its_prices() -> None:
    """Though nobody names it as one: nine of ten promotions and aliases are told as what they are."""
    identities = Join(shipped(), {}).identities
    truth = Truth(offers(identities), lambda _: False)
    truth.watch(records().looks, records().announced)
    unnamed = score_of(records(), truth.events())
    labelled = [told.right for told in unnamed.known if told.row.kind not in CHANGES]
    assert sum(labelled) >= 0.9 * len(labelled)
    assert not any(each.confirmed for each in unnamed.glitches)


def test_confirmed_notices_are_few() -> None:
    """A plain fall of a fifth would have been cried 1,126 times on one list alone."""
    confirmed = [event for event in score().events if event.status is Status.CONFIRMED]
    assert len(notices(confirmed)) < 30


def test_a_model_that_flaps_is_told_once_a_day() -> None:
    """Prices by host, every five minutes over twenty days."""
    found = flapping(records())
    assert (found.looks, found.busiest) == (800, 1)
