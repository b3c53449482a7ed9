"""What fired, ended and is open: by the bars that ended in the period."""

from __future__ import annotations

from monitor.digest import alerts_of
from monitor.digest.words import alert_lines
from monitor.model.bar import DAY, Bar
from monitor.model.transition import Change, episode_of
from tests.digest.made import MONDAY, WEEK, alerts, change

SUNDAY = MONDAY + 6 * DAY


def test_a_bar_counts_where_it_ends() -> None:
    """Law: the bar of the week belongs to it, and to no other; a day of the next week does not."""
    fired = [change(Change.FIRING, MONDAY), change(Change.FIRING, MONDAY - 7 * DAY, model="b")]
    found = alerts_of(fired, (), alerts(Bar.WEEK), WEEK)
    assert list(found.fired) == fired[:1]
    days = [change(Change.FIRING, SUNDAY), change(Change.FIRING, SUNDAY + DAY, model="b")]
    assert list(alerts_of(days, (), alerts(), WEEK).fired) == days[:1]


def test_an_episode_that_ended_later_was_open() -> None:
    """Law: open is what had begun and not ended when the period was over, whatever happened since."""
    begun = change(Change.FIRING, MONDAY)
    ended = change(Change.RESOLVED, SUNDAY + 3 * DAY, MONDAY)
    assert alerts_of([begun, ended], (), alerts(), WEEK).open == {"Low": 1}
    assert alerts_of([begun], [episode_of(begun)], alerts(), WEEK).open == {"Low": 1}
    assert not alerts_of([begun, change(Change.RESOLVED, SUNDAY, MONDAY)], (), alerts(), WEEK).open


def test_what_fires_later_is_not_open_yet() -> None:
    """Case: pending since Sunday, firing on Tuesday."""
    later = change(Change.FIRING, SUNDAY + 2 * DAY, SUNDAY)
    assert not alerts_of([later], [episode_of(later)], alerts(), WEEK).open


def test_what_was_withdrawn_has_not_fired() -> None:
    """Case: both in one week."""
    found = alerts_of(
        [change(Change.FIRING, MONDAY), change(Change.WITHDRAWN, MONDAY + DAY, MONDAY)], (), alerts(), WEEK
    )
    assert not found.fired
    assert len(found.withdrawn) == 1


def test_ends_that_nobody_is_told_are_left_out() -> None:
    """Case: a record has no end."""
    changes = [change(Change.FIRING, MONDAY), change(Change.RESOLVED, SUNDAY, MONDAY)]
    known = alerts(tells_end=False)
    found = alerts_of(changes, [episode_of(changes[0])], known, WEEK)
    assert (len(found.fired), len(found.ended), found.open) == (1, 0, {})


def test_few_are_told_in_their_words_many_are_counted() -> None:
    """Case: two of one alert, then three."""
    some = [change(Change.FIRING, MONDAY + number * DAY, model=f"m{number}") for number in range(3)]
    assert list(alert_lines(alerts_of(some[:2], (), alerts(), WEEK), alerts(), {})) == [
        "Alerts: 2 fired, 0 still open",
        "Fired: Low: m0: 1",
        "Fired: Low: m1: 1",
    ]
    assert list(alert_lines(alerts_of(some, (), alerts(), WEEK), alerts(), {}))[1:] == ["Fired: Low, 3 times"]
