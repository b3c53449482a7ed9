"""A digest as a notification: its id, its receivers, its lines, what it must cite."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from monitor.digest import Alerts, Digest, Period, PriceMove, worded
from monitor.digest.prices import PriceStep
from monitor.dispatch import Route, Routes
from monitor.dispatch.plan import for_all
from monitor.model.bar import DAY, Bar
from monitor.model.matcher import matchers
from monitor.model.notification import Notification, Reason
from monitor.model.transition import Change
from monitor.notifiers.slack.blocks import message
from tests.digest.made import MONDAY, WEEK, alerts, change, empty, market

CITATIONS = {
    ("s", "tokens"): "Source: usage",
    ("list", "price_input"): "Prices: list",
    ("other", "tokens"): "never shown",
}
PRICES = (
    PriceMove("a/m", "", confirmed=True, steps=(PriceStep("price_input", 2, 1),), sources=("list",), evidence=""),
)


def full() -> Digest:
    return Digest(WEEK, market({"b1": 60.0, "a1": 40.0}, {"a1": 70.0, "b1": 50.0}), PRICES, Alerts())


def said(digest: Digest) -> Notification:
    return worded(digest, alerts(), CITATIONS)


def test_the_title_is_the_one_thing_to_know() -> None:
    """Case: an overtaking, else who leads, else what fired."""
    name = "Digest, week of 2026-02-09 to 2026-02-15 (UTC)"
    assert said(full()).title == f"{name}: CN overtook US over all models listed"
    steady = replace(full(), market=market({"b1": 60.0, "a1": 40.0}, {"b1": 60.0, "a1": 40.0}))
    assert said(steady).title == f"{name}: US 60%, CN 40% of the tokens"
    assert said(empty()).title == f"{name}: 0 alerts fired"


def test_a_period_without_figures_says_so_in_one_line() -> None:
    """Law: nothing is pretended, and nothing empty is shown."""
    assert said(empty()).lines == ("No source of usage has completed it: nothing is said of shares and movers.",)
    assert not said(empty()).citations


def test_what_is_shown_is_cited() -> None:
    """Law: a line for each source whose figures are there, and for no other."""
    assert said(full()).citations == ("Source: usage", "Prices: list")
    fired = replace(empty(), alerts=Alerts(fired=[change(Change.FIRING, MONDAY, model="a", source="s")]))
    assert said(fired).citations == ("Source: usage",)


def test_the_same_digest_has_the_same_id() -> None:
    """Law: it follows from receiver and period alone, so that it is never owed twice, whatever was learnt since."""
    routes = Routes(("slack", "mail"))
    ids = {each.receiver: each.id for each in for_all(said(full()), routes)}
    assert len(set(ids.values())) == 2
    assert {each.receiver: each.id for each in for_all(said(empty()), routes)} == ids
    others = [Period(Bar.DAY, MONDAY), WEEK.earlier(1), Period(Bar.DAY, MONDAY + DAY)]
    found = {each.id for period in others for each in for_all(said(empty(period)), routes)}
    assert len(found) == 6
    assert not found & set(ids.values())


def test_routes_see_what_it_is() -> None:
    """Case: weekly digests to the team, daily ones to nobody, everything else to the duty."""
    routes = Routes(
        ("duty", "team"),
        (
            Route(matchers('reason="report", report="weekly"'), ("team",)),
            Route(matchers('report="daily"'), ()),
            Route((), ("duty",)),
        ),
    )
    (weekly,) = for_all(said(full()), routes)
    assert (weekly.receiver, weekly.reason) == ("team", Reason.REPORT)
    assert not for_all(said(empty(Period(Bar.DAY, MONDAY))), routes)


def test_slack_draws_the_trail_of_each_origin() -> None:
    """Case: the first lines have sparklines; the others stand below."""
    body = "\n".join(str(block) for block in message(said(full())).blocks)
    assert re.search(r"CN 58\.3% of the tokens \(\+18\.3 points\), 70 [▁-▇]█◂", body)
    assert "Vendors: " in body


def test_it_is_read_in_a_minute() -> None:
    """Law: at most forty lines and about four hundred words, however much there is."""
    shuffle = random.Random(3)  # noqa: S311 - for a test
    weeks = [
        {f"{shuffle.choice('abcd')}{number}": shuffle.uniform(1, 1e12) for number in range(400)} for _ in range(12)
    ]
    moves = tuple(replace(PRICES[0], model=f"m{number}", confirmed=number % 2 == 0) for number in range(300))
    fired = [change(Change.FIRING, MONDAY, alert=f"Low{number}", model="m" * 300) for number in range(300)]
    digest = Digest(WEEK, market(*weeks), moves, Alerts(fired=fired, open={each.alert: 1 for each in fired}))
    told = said(digest)
    assert len(told.lines) <= 40
    assert sum(len(line.split()) for line in told.lines) <= 450
    assert message(told).overflow is None
    assert "cut:" not in str(message(told).blocks)
