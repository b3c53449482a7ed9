"""The picture of a market in a period: who has which part of the tokens, who moved, who came and who went."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.digest.period import Period
from monitor.model.history import Columns
from monitor.model.metric import REST
from monitor.model.share import Share

LARGEST = 9
"""Models of the short list that the press counts: OpenRouter's chart shows as many by name."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one origin, vendor or model had in a period and in the one before; NaN = unknown, or it had nothing.

    `share`: 0 to 1 of all that the source counted; `amount`: tokens; `rank`: 1 = the largest.
    """

    name: str
    share: float
    share_before: float
    amount: float
    amount_before: float
    rank: float
    rank_before: float

    @property
    def moved(self) -> float:
        """By how much its share changed; NaN = unknown."""
        return self.share - self.share_before


@dataclass(frozen=True, slots=True)
class Overtaking:
    """Who has the most and had less than the other before. `among`: how many models were counted, 0 = all listed."""

    ahead: str
    behind: str
    amount: float
    other: float
    among: int = 0


@dataclass(frozen=True, slots=True)
class Market:
    """What one source counted in a period; parts are the largest first.

    `amount`, `amount_before`: tokens in all. `trails`: by origin its shares of the last periods, oldest first, NaN =
    unknown, and under "" the tokens in all. `came`: models that it did not list in the period before, `went`: that it
    lists no more, with their share while they were there. `shortlist`: by origin, tokens among the `LARGEST` models.
    """

    source: str
    amount: float
    amount_before: float
    origins: Sequence[Part]
    vendors: Sequence[Part]
    models: Sequence[Part]
    shortlist: Mapping[str, float]
    overtakings: Sequence[Overtaking]
    trails: Mapping[str, Sequence[float]]
    came: Mapping[str, float]
    went: Mapping[str, float]

    @property
    def risen(self) -> list[Part]:
        """Models by how much their share rose."""
        return sorted((each for each in self.models if each.moved > 0), key=lambda each: -each.moved)

    @property
    def fallen(self) -> list[Part]:
        """Models by how much their share fell."""
        return sorted((each for each in self.models if each.moved < 0), key=lambda each: each.moved)


def market_of(
    shares: Iterable[Share], period: Period, periods: int, origin_of: Callable[[str], str], columns: Columns
) -> Market | None:
    """The picture of `period`, with the trail of so many `periods`; None where the source has no complete figures.

    `shares`: of one source, of all these periods; `origin_of` a model; `columns`: its tokens, for who is listed.
    """
    own = [each for each in shares if each.bar is period.bar and each.amount > 0]
    bars = _by_bar(own)

    def of(period: Period, by: str) -> Mapping[str, Share]:
        return bars.get((period.start, by), {})

    before = period.earlier(1)
    models, models_before = of(period, "model"), of(before, "model")
    if not models:
        return None
    source = own[-1].source
    origins, vendors, parts = (_parts(of(period, by), of(before, by)) for by in ("origin", "vendor", "model"))
    short, short_before = (_shortlist(each.values(), origin_of) for each in (models, models_before))
    overtaken = _overtaken(_amounts(of(period, "origin")), _amounts(of(before, "origin")))
    listed, listed_before = (listed_in(columns, source, each) for each in (period, before))
    return Market(
        source,
        _total(models),
        _total(models_before),
        origins,
        vendors,
        parts,
        short,
        (*overtaken, *_overtaken(short, short_before, LARGEST)),
        _trails([of(period.earlier(count), "origin") for count in reversed(range(periods))]),
        _among(models, listed, listed_before) if listed_before else {},
        _among(models_before, listed_before, listed),
    )


def listed_in(columns: Columns, source: str, period: Period) -> list[str]:
    """The models that a source lists in a period, those with the most tokens first."""
    names = {
        number: series.labels.get("model")
        for number, series in enumerate(columns.series)
        if series.labels.get("source") == source and {name for name, _ in series.labels} == {"source", "model"}
    }
    first, last = np.searchsorted(columns.valid_at, [period.start, period.end])
    newest: dict[tuple[int, int], float] = {}
    for row in range(int(first), int(last)):  # in order of learning: the newest counts
        newest[int(columns.index[row]), int(columns.valid_at[row])] = float(columns.values[row])
    found: dict[str, float] = {}
    for (number, _), tokens in newest.items():
        if number in names and names[number] not in REST and tokens > 0:
            found[names[number]] = found.get(names[number], 0.0) + tokens
    return sorted(found, key=lambda name: (-found[name], name))


def _by_bar(shares: Iterable[Share]) -> dict[tuple[int, str], dict[str, Share]]:
    """By start and by what they are of, each by its name."""
    found: dict[tuple[int, str], dict[str, Share]] = {}
    for each in shares:
        found.setdefault((each.at, each.by), {})[each.name] = each
    return found


def _among(shares: Mapping[str, Share], listed: Iterable[str], others: Container[str]) -> dict[str, float]:
    """The share of those that are not among the others, NaN where it is unknown."""
    return {name: shares[name].share if name in shares else math.nan for name in listed if name not in others}


def _parts(now: Mapping[str, Share], before: Mapping[str, Share]) -> list[Part]:
    """Of what has a name, the largest first."""
    found = [_part(each, before.get(name)) for name, each in now.items() if name and name not in REST]
    return sorted(found, key=lambda each: (-each.amount, each.name))


def _part(now: Share, before: Share | None) -> Part:
    earlier = (math.nan,) * 3 if before is None else (before.share, before.amount, before.rank)
    return Part(now.name, now.share, earlier[0], now.amount, earlier[1], now.rank, earlier[2])


def _total(shares: Mapping[str, Share]) -> float:
    """All that was counted."""
    return max((each.amount / each.share for each in shares.values() if each.share > 0), default=math.nan)


def _amounts(shares: Mapping[str, Share]) -> dict[str, float]:
    return {name: each.amount for name, each in shares.items() if name}


def _shortlist(models: Iterable[Share], origin_of: Callable[[str], str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for each in sorted(models, key=lambda share: share.rank):
        if each.rank <= LARGEST and (origin := origin_of(each.name)):
            found[origin] = found.get(origin, 0.0) + each.amount
    return found


def _overtaken(now: Mapping[str, float], before: Mapping[str, float], among: int = 0) -> list[Overtaking]:
    """Whether the first two have changed places."""
    first, second, *_ = (*sorted(now, key=lambda name: -now[name]), "", "")
    if not second or not before or before.get(first, 0.0) >= before.get(second, 0.0):
        return []
    return [Overtaking(first, second, now[first], now[second], among)]


def _trails(bars: Sequence[Mapping[str, Share]]) -> dict[str, list[float]]:
    names = {name for shares in bars for name in shares}
    trails = {
        name: [shares[name].share if name in shares else math.nan for shares in bars] for name in sorted(names) if name
    }
    return {"": [_total(shares) for shares in bars], **trails}
