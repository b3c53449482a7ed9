"""What people do at the desk: once, on record, and told where the alert was told."""

from __future__ import annotations

import pytest

from monitor.desk import Desk
from monitor.desk.wishes import wish
from monitor.errors import ActionError
from monitor.ledger import Ledger
from monitor.ledger.deeds import Deed
from monitor.model.labels import Labels
from monitor.model.notification import Mood, Reason
from monitor.ports import Actor, Quiet
from tests.daemon.fakes import DAY
from tests.dispatching.market import Market, owed

ADA = Actor("ada", "slack")


def desk_of(market: Market) -> Desk:
    """Over the ledger of a market, at its time."""
    return Desk(market.judging, lambda: market.watching.rules, market.clock.now, status=lambda: ["all is well"])


def deeds(ledger: Ledger) -> list[Deed]:
    """What people did; the rules that were taken over stand there too."""
    return [each for each in ledger.deeds.since(0) if each.via != "reload"]


def delivered(market: Market) -> list[str]:
    """Deliver what the desk owes; the titles."""
    return market.passing(DAY / 24)


def test_to_acknowledge_says_so_in_the_story_and_keeps_the_rest_quiet(ledger: Ledger) -> None:
    """Who did it is told to all who heard of it; the end is an edit; the next episode is told again."""
    market = Market(ledger)
    market.day(a=200)
    (told,) = market.sent
    said = desk_of(market).acknowledge(told.id, ADA)
    assert said == (
        'acknowledged alertname="Busy", model="a", source="openrouter", severity=["info", "warning"], '
        "until it is over or becomes graver"
    )
    assert delivered(market) == ["Acknowledged by ada: Busy: a: 200 against 100"]
    notice = market.sent[-1]
    assert (notice.thread, notice.reason, notice.mood) == (told.thread, Reason.ACTION, Mood.ACKNOWLEDGED)
    assert market.day() == []
    assert market.day(a=200) == ["Busy: a: 200 against 100"]


def test_what_becomes_graver_is_told_though_it_was_acknowledged(ledger: Ledger) -> None:
    """An acknowledgement is of what was known then."""
    levels = """
groups:
  - name: usage
    every: day
    rules:
      - alert: Busy
        watch: tokens(model="a")
        above: 100
        levels: {warning: 100, critical: 1000}
"""
    market = Market(ledger, rules=levels)
    market.day(a=200)
    desk_of(market).acknowledge(market.sent[-1].id, ADA)
    delivered(market)
    assert market.day(a=5000) == ["Now critical: Busy: a: 5k against 100"]


def test_what_is_over_can_not_be_acknowledged(ledger: Ledger) -> None:
    """Nor twice; nothing is changed by a deed that is refused."""
    market = Market(ledger)
    market.day(a=200)
    first = market.sent[-1].id
    desk = desk_of(market)
    desk.acknowledge(first, ADA)
    with pytest.raises(ActionError, match="somebody did that already"):
        desk.acknowledge(first, Actor("bob", "slack"))
    market.day()
    with pytest.raises(ActionError, match="nothing of this fires any more"):
        desk.acknowledge(first, ADA)
    with pytest.raises(ActionError, match="not one of this monitor's"):
        desk.acknowledge("nobody-knows-it", ADA)
    assert [each.deed for each in deeds(ledger)] == ["acknowledged"]


@pytest.mark.parametrize(("quiet", "days"), [(Quiet.DAY, 1), (Quiet.WEEK, 7)])
def test_a_button_silences_the_instance_for_so_long(ledger: Ledger, quiet: Quiet, days: int) -> None:
    """Others of the same alert are told; at its end what still fires is told."""
    market = Market(ledger)
    market.day(a=200)
    desk_of(market).silence(market.sent[-1].id, ADA, quiet)
    assert delivered(market) == ["Silenced by ada: Busy: a: 200 against 100"]
    assert [market.day(a=200) for _ in range(days - 1)] == [[]] * (days - 1)
    assert market.day(a=200, b=200) == [
        "Still firing: Busy: a: 200 against 100",
        "Busy: b: 200 against 100",
    ]


def test_until_it_has_changed_by_five_points_more(ledger: Ledger) -> None:
    """Of a share; of what has no points, by a twentieth."""
    share = """
groups:
  - name: usage
    every: day
    rules:
      - alert: Big
        watch: share(tokens, by="model")
        above: 30%
"""
    whole = 9e6
    market = Market(ledger, rules=share)
    assert market.day(a=whole * 2 / 3)[-1].startswith("Big: a: 40")
    desk_of(market).silence(market.sent[-1].id, ADA, Quiet.MOVED)
    delivered(market)
    assert market.day(a=whole * 44 / 56) == []
    (still,) = market.day(a=whole * 46 / 54)
    assert still.startswith("Still firing: Big: a: 46")


def test_a_group_is_silenced_as_a_whole(ledger: Ledger) -> None:
    """Each of its instances by itself."""
    market = Market(ledger)
    market.day(a=200, b=200)
    assert desk_of(market).silence(market.sent[-1].id, ADA, Quiet.DAY).startswith("silenced 2 alerts, until 2026-02-06")
    assert len(ledger.silences.standing()) == 2
    assert delivered(market) == ["Silenced by ada: Busy: 2 firing"]


def test_every_deed_is_on_record_for_good(ledger: Ledger) -> None:
    """Who, when, by which way, about what; nobody can change it."""
    market = Market(ledger)
    market.day(a=200)
    desk = desk_of(market)
    desk.silence_matching(wish('vendor="unknown" 2d planned', market.now), Actor("bob", "command line"))
    (made,) = ledger.silences.standing()
    desk.unsilence(made.id[:6], ADA)
    first, second = deeds(ledger)
    assert (first.at, first.actor, first.via, first.deed) == (market.now, "bob", "command line", "silenced")
    assert first.about == f'{made.id} vendor="unknown"'
    assert (second.actor, second.deed) == ("ada", "ended a silence")
    for statement in ("DELETE FROM deeds", "UPDATE deeds SET actor = 'eve'"):
        with pytest.raises(Exception, match="deeds are kept"):
            ledger._connection.execute(statement)  # noqa: SLF001 - as somebody with the file would


def test_to_end_a_silence_tells_what_still_fires(ledger: Ledger) -> None:
    """At once, and once."""
    market = Market(ledger)
    desk = desk_of(market)
    desk.silence_matching(wish('alertname="Busy" 9d', market.now), ADA)
    assert market.day(a=200) == []
    (made,) = ledger.silences.standing()
    assert desk.unsilence(made.id, ADA) == 'ended: alertname="Busy"'
    assert delivered(market) == ["Still firing: Busy: a: 200 against 100"]
    with pytest.raises(ActionError, match="no silence"):
        desk.unsilence(made.id, ADA)


def test_a_preview_counts_what_it_would_have_kept_quiet(ledger: Ledger) -> None:
    """Of all changes on record, and what fires now; nothing is silenced by it."""
    market = Market(ledger)
    for a, b in ((200, 1), (1, 200), (200, 1)):
        market.day(a=a, b=b)
    said = desk_of(market).preview(wish('model="a" 1d', market.now))
    assert said.splitlines() == [
        "in the last 90 days it would have kept 3 of 5 changes quiet: Busy 3",
        'it is about Busy {model="a", source="openrouter"} that fires now',
    ]
    assert ledger.silences.standing() == []


def test_questions_are_answered(ledger: Ledger) -> None:
    """Why it fired, what it did before, what fires, how things stand, and how to ask."""
    market = Market(ledger)
    market.day(a=200)
    market.day()
    market.day(a=300)
    desk, told = desk_of(market), market.sent[-1].id
    assert "above: true, 300 against 100" in desk.why(told)
    assert desk.history(told).splitlines() == [
        "day 2026-02-06 (UTC): Busy: a: 300 against 100",
        "day 2026-02-05 (UTC): Resolved: Busy: a: 1 against 100",
        "day 2026-02-04 (UTC): Busy: a: 200 against 100",
    ]
    assert desk.command("alerts", ADA) == "warning: Busy: a: 300 against 100, for 1 day"
    assert "above: true, 300 against 100" in desk.command("why Busy model=a", ADA)
    assert desk.command("status", ADA) == "all is well"
    assert desk.command("help", ADA).startswith("status — ")
    assert desk.command('silence model="a" 2d it is known', ADA).startswith('silenced model="a", until 2026-02-09')
    assert desk.command("alerts", ADA).endswith("(silenced by ada, until 2026-02-09 00:20 UTC)")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("silence", "expected matchers and a span"),
        ('silence vendor="x"', "expected matchers and a span"),
        ('silence vendor=x" 2d', "column 1"),
        ("silence ' 2d", "column 1"),
        ("why", "no alert ''"),
        ("why Bussy", "Busy"),
        ("why Busy model", "expected label=value"),
        ("why Busy model=z", "no bar with an instance"),
    ],
)
def test_what_is_not_understood_says_what_was_expected(ledger: Ledger, words: str, said: str) -> None:
    """And does nothing."""
    market = Market(ledger)
    market.day(a=200)
    with pytest.raises(ActionError) as caught:
        desk_of(market).command(words, ADA)
    assert said in str(caught.value)
    assert deeds(ledger) == []


def test_labels_of_a_deed_are_those_of_the_catalogue_too(ledger: Ledger) -> None:
    """As for routes."""
    market = Market(ledger)
    market.day(**{"openai/gpt-5": 200.0, "a": 200.0})
    said = desk_of(market).acknowledge_alert("Busy", Labels.of(vendor="openai"), ADA)
    assert 'model="openai/gpt-5"' in said
    with pytest.raises(ActionError, match="does not fire"):
        desk_of(market).acknowledge_alert("Busy", Labels.of(vendor="deepseek"), ADA)
    assert [each.title for each in owed(ledger) if each.reason is Reason.ACTION] == [
        "Acknowledged by ada: Busy: 2 firing"
    ]
