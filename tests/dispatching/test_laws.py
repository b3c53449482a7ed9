"""Laws of holding back, over any market, with anything that people do in between."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.dispatch import Inhibition, Route, Routes
from monitor.ledger import Ledger
from monitor.model.matcher import matchers
from monitor.model.notification import Notification
from monitor.model.recurrence import recurrence
from monitor.model.silence import Silence, pinned
from monitor.model.transition import Change, EpisodeKey, episode_of
from tests.daemon.fakes import DAY
from tests.dispatching.market import Market, owed

VALUES = st.sampled_from([1.0, 1.0, 200.0, 1999.0])
DEEDS = st.sampled_from(["", "", "", "silence a", "silence all", "acknowledge", "wait"])
LIVES = st.lists(st.tuples(VALUES, VALUES, DEEDS), min_size=1, max_size=12)
ROUTES = st.builds(
    lambda group_by, mute, inhibit, remind, most: Routes(
        ("slack",),
        (Route((), ("slack",), False, group_by, mute, remind),),  # noqa: FBT003 - it does not go on
        (Inhibition(matchers('alertname="Flood"'), matchers('alertname="Busy"'), (), "inhibited"),) if inhibit else (),
        most,
    ),
    st.sampled_from([("alertname",), ("source",), ("alertname", "model")]),
    st.sampled_from([(), (recurrence("fri-sun"),)]),
    st.booleans(),
    st.sampled_from([None, 3 * 86_400]),
    st.sampled_from([1, 60]),
)


@settings(max_examples=20, deadline=None)
@given(ROUTES, LIVES)
def test_nothing_is_lost_told_twice_or_ended_unheard(routes: Routes, life: list[tuple[float, float, str]]) -> None:
    """What still fires when nothing holds it back was told; no end is told of what was not; no change comes twice."""
    with TemporaryDirectory() as folder, Ledger.open(Path(folder) / "ledger.sqlite") as ledger:
        market = Market(ledger, routes)
        for number, (a, b, deed) in enumerate(life):
            market.day(a=a, b=b)
            _do(market, deed, number)
        a, b, _ = life[-1]
        for _ in range(25):  # every silence, mute time and flapping is over
            market.day(a=a, b=b)
        said = [each for each in owed(ledger) if not each.quiet]
        told = {episode_of(each) for one in said for each in one.transitions}
        firing = [EpisodeKey(each.alert, each.labels, each.state.since) for each in ledger.open_instances()]
        known = {each.episode for each in ledger.silences.since(0)}
        hidden = bool(routes.inhibitions) and any(each.alert == "Flood" for each in firing)
        meant = {each for each in firing if each.start not in known and not (hidden and each.alert == "Busy")}
        assert meant <= told, "what still fires was not told"
        _check_order(said)
        before = len(owed(ledger))
        asyncio.run(market.watching.review())
        asyncio.run(market.watching.reload())
        assert len(owed(ledger)) == before


def _do(market: Market, deed: str, number: int) -> None:
    at = market.now
    if deed == "silence a":
        market.silence('model="a"', until=2 * DAY)
    elif deed == "silence all":
        market.silence('severity=~".*"', until=DAY)
    elif deed == "wait":
        market.passing(DAY / 3)
    elif deed == "acknowledge":
        for each in market.ledger.open_instances():
            meant = pinned({"alertname": each.alert, **each.labels.as_dict()})
            key = f"{number}{each.alert}{each.labels}"
            market.ledger.silences.add(Silence(key, meant, at, None, "ada", "test", episode=each.state.since))


def _check_order(said: Sequence[Notification]) -> None:
    heard: set[EpisodeKey] = set()
    news: set[tuple[EpisodeKey, Change]] = set()
    for one in said:
        still = one.title.startswith("Still firing")
        for each in sorted(one.transitions, key=lambda each: each.kind is Change.RESOLVED):
            episode = episode_of(each)
            assert each.kind is Change.FIRING or episode in heard, f"{one.title}: its beginning was not told"
            assert still or (episode, each.kind) not in news, f"{one.title}: told twice"
            heard.add(episode)
            news.add((episode, each.kind))
