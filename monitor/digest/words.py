"""How the parts of a digest read: a line each, figures as everywhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from monitor.digest.alerts import Alerts
from monitor.digest.market import LARGEST, Market, Overtaking, Part
from monitor.digest.period import Period
from monitor.digest.prices import PriceMove
from monitor.dispatch.details import change_of
from monitor.dispatch.wording import headline as told
from monitor.model.alert import Alert
from monitor.model.detail import Detail
from monitor.model.fact import Texts
from monitor.model.metric import Unit
from monitor.model.quantity import percent, plain, points, tokens, usd
from monitor.model.scene import Trail
from monitor.model.text import counted, one_line, shortened
from monitor.model.transition import Transition

_NAME = 60  # characters of a model
_LEAST_SHARE = 0.005  # of an origin that is named
_LEAST_MOVE = 0.0005  # of a share that is named
_ORIGINS, _VENDORS, _MOVERS, _LISTED, _CONFIRMED, _CLAIMED, _ALERTS = 5, 5, 3, 5, 6, 4, 8
_ONE_BY_ONE = 2  # changes of one alert that are told each in its own words


def headline(market: Market | None, alerts: Alerts, period: Period) -> str:
    """The one thing to know: who overtook whom, else who leads, else what the rules found."""
    name = f"Digest, {period.name}"
    if market is not None and market.overtakings:
        return f"{name}: {_overtook(market.overtakings[0])}"
    if market is not None and market.origins:
        leaders = ", ".join(f"{each.name} {percent(each.share)}" for each in market.origins[:2])
        return f"{name}: {leaders} of the tokens"
    return f"{name}: {counted(len(alerts.fired), 'alert')} fired"


def origin_details(market: Market, period: Period) -> Iterator[Detail]:
    """All that was counted, and the part of each origin, each with its trail for those who can draw it."""
    change = change_of(market.amount, market.amount_before, Unit.TOKENS)
    against = f", {change} against the {period.bar} before" if change else ""
    yield Detail(f"{tokens(market.amount)} tokens counted{against}", trail=_trail(market, "", period, Unit.TOKENS))
    for each in [part for part in market.origins if part.share >= _LEAST_SHARE][:_ORIGINS]:
        yield Detail(_origin(each), trail=_trail(market, each.name, period, Unit.RATIO))


def standing_lines(market: Market) -> Iterator[str]:
    """Who overtook whom, the nine largest by origin, and the largest vendors."""
    for each in market.overtakings:
        yield f"{_overtook(each)}: {tokens(each.amount)} against {tokens(each.other)}{_but(each, market)}"
    ordered = sorted(market.shortlist.items(), key=lambda item: -item[1])
    if len(ordered) > 1:
        yield f"The {LARGEST} largest models: {', '.join(f'{name} {tokens(amount)}' for name, amount in ordered)}"
    vendors = [f"{each.name} {percent(each.share)}{_moved(each)}" for each in market.vendors[:_VENDORS]]
    if vendors:
        yield f"Vendors: {' · '.join(vendors)}"


def mover_lines(market: Market) -> Iterator[str]:
    """The models that won and lost most, and who came to the list and left it."""
    for mark, movers in (("▲", market.risen), ("▼", market.fallen)):
        yield from (f"{mark} {_mover(each)}" for each in movers[:_MOVERS] if abs(each.moved) >= _LEAST_MOVE)
    for said, models in (("New on the list", market.came), ("Gone from the list", market.went)):
        if models:
            yield f"{said}: {_some([_named(name, share) for name, share in models.items()], _LISTED)}"


def price_lines(moves: Sequence[PriceMove]) -> Iterator[str]:
    """Confirmed prices, then those that one source alone shows; each kind says so."""
    for said, most, confirmed in (
        ("Price confirmed", _CONFIRMED, True),
        ("Price claimed, not confirmed", _CLAIMED, False),
    ):
        own = [each for each in moves if each.confirmed is confirmed]
        yield from (f"{said}: {_price(each)}" for each in own[:most])
        if len(own) > most:
            yield f"{said}: {len(own) - most} more"


def alert_lines(found: Alerts, alerts: Mapping[str, Alert], texts: Texts) -> Iterator[str]:
    """How many fired, ended and are open; the first of them in their own words."""
    counts = {"fired": len(found.fired), "withdrawn": len(found.withdrawn), "ended": len(found.ended)}
    said = [f"{count:,} {word}" for word, count in counts.items() if count]
    still = sum(found.open.values())
    if said or still:
        yield f"Alerts: {', '.join((*said, f'{still:,} still open'))}"
    lines = [*_changes("Fired", found.fired, alerts, texts), *_changes("Ended", found.ended, alerts, texts)]
    yield from lines[:_ALERTS]
    if len(lines) > _ALERTS:
        yield f"and {len(lines) - _ALERTS} more; `monitor status` lists what is open"
    if found.open:
        yield f"Still open: {_some([f'{name} {count:,}' for name, count in found.open.items()], _ALERTS)}"


def _overtook(each: Overtaking) -> str:
    among = f" among the {each.among} largest models" if each.among else " over all models listed"
    return f"{each.ahead} overtook {each.behind}{among}"


def _but(each: Overtaking, market: Market) -> str:
    """That another one leads where all models are counted."""
    first = market.origins[0] if market.origins else None
    if not each.among or first is None or first.name == each.ahead:
        return ""
    return f"; over all models listed {first.name} leads with {tokens(first.amount)}"


def _origin(each: Part) -> str:
    return f"{each.name} {percent(each.share)} of the tokens{_moved(each)}, {tokens(each.amount)}"


def _moved(each: Part) -> str:
    return f" ({points(each.moved)})" if math.isfinite(each.moved) else " (new)"


def _mover(each: Part) -> str:
    """`x/y 11.1% (+4 points), rank 1, was 7; tokens 4.2 times`."""
    ranks = (math.isfinite(each.rank), math.isfinite(each.rank_before) and each.rank_before != each.rank)
    rank = f", rank {plain(each.rank)}" if ranks[0] else ""
    was = f", was {plain(each.rank_before)}" if all(ranks) else ""
    change = change_of(each.amount, each.amount_before, Unit.TOKENS)
    name = shortened(one_line(each.name, 200), _NAME)
    return f"{name} {percent(each.share)}{_moved(each)}{rank}{was}{f'; tokens {change}' if change else ''}"


def _named(model: str, share: float) -> str:
    known = f" {percent(share)}" if math.isfinite(share) else ""
    return f"{shortened(one_line(model, 200), _NAME)}{known}"


def _price(move: PriceMove) -> str:
    steps = ", ".join(
        f"{step.metric.removeprefix('price_').replace('_', ' ')} {usd(step.old)} → {usd(step.new)}"
        f"{_change(step.old, step.new)}"
        for step in move.steps
    )
    at = f" at {move.host}" if move.host else ""
    shown = move.evidence if move.confirmed and move.evidence else f"by {', '.join(move.sources)}"
    return f"{shortened(one_line(move.model, 200), _NAME)}{at}: {steps}; {shown}"


def _change(old: float, new: float) -> str:
    change = change_of(new, old, Unit.USD) if new else ""
    return f" ({change})" if change else ""


def _changes(said: str, every: Sequence[Transition], alerts: Mapping[str, Alert], texts: Texts) -> Iterator[str]:
    """Each in its own words where an alert has few of them, else how many."""
    for name, group in groupby(every, key=lambda each: each.alert):
        own, alert = list(group), alerts.get(name)
        if alert is None or len(own) > _ONE_BY_ONE:
            yield f"{said}: {name}, {counted(len(own), 'time')}"
        else:
            yield from (f"{said}: {told(each, alert, {}, texts).removeprefix('Resolved: ')}" for each in own)


def _some(names: Sequence[str], most: int) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _trail(market: Market, name: str, period: Period, unit: Unit) -> Trail:
    values = tuple(market.trails.get(name, ()))
    starts = tuple(period.earlier(count).start for count in reversed(range(len(values))))
    return Trail(unit, period.bar, starts, values, (math.nan,) * len(values))
