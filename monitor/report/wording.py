"""How numbers, instants and labels of a report read; the same words on a screen and on a page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from monitor.backtest import Mode
from monitor.model.bar import DAY, Bar
from monitor.model.fact import NO_TEXTS, Texts
from monitor.model.labels import Labels
from monitor.model.metric import Unit
from monitor.model.quantity import date, duration, moment, written
from monitor.model.text import counted, one_line
from monitor.report.episodes import Episode, Standing, kept
from monitor.report.extent import Extent
from monitor.report.outcome import Outcome
from monitor.rules.rule import Rule

_LABEL = 200  # characters of one value
_CITATION = 400  # characters
_MODES = {
    Mode.AS_FINAL: ("as final", "every bar is judged by the newest value known of it today"),
    Mode.AS_KNOWN: ("as known", "every bar is judged by what was known at the time, as a monitor running then"),
}


def bar_at(start: int, bar: Bar) -> str:
    """A bar by its start: its day, with the hour where bars are shorter than days."""
    return moment(start).removesuffix(" UTC") if bar.width < DAY else date(start)


def labelled(labels: Labels) -> str:
    """`vendor=deepseek source=openrouter`."""
    return " ".join(f"{name}={one_line(value, _LABEL)}" for name, value in _in_order(labels))


def short(labels: Labels) -> str:
    """`deepseek openrouter`."""
    return " ".join(one_line(value, _LABEL) for _, value in _in_order(labels))


def _in_order(labels: Labels) -> Iterator[tuple[str, str]]:
    """The source last: it is the one that repeats."""
    last = ("source",)
    yield from (*labels.without(last), *labels.only(last))


def number(value: float, unit: Unit, texts: Texts = NO_TEXTS) -> str:
    """In its unit, or the text that it stands for; nothing where there is none."""
    if value in texts and unit is Unit.TEXT:
        return one_line(texts[value], _LABEL)
    return written(value, unit) if math.isfinite(value) else ""


def ended(episode: Episode, bar: Bar) -> str:
    """When it ended, or what became of it instead."""
    if episode.ended is not None and episode.standing is not Standing.WITHDRAWN:
        return bar_at(episode.ended, bar)
    return "" if episode.standing is Standing.MOMENT else episode.standing.value


def length(episode: Episode, last: int, bar: Bar) -> str:
    """How long it was true, so far where it is open; a moment has no length."""
    if episode.standing in (Standing.MOMENT, Standing.WITHDRAWN):
        return ""
    return duration(episode.until(last, bar.width) - episode.began)


def marks(episode: Episode, bar: Bar) -> str:
    """Its levels, when it was told where that was later than it began, and what else happened to it."""
    levels = [f"{level} {bar_at(at, bar)}" if number else level for number, (at, level) in enumerate(episode.levels)]
    told = f"told {bar_at(episode.fired, bar)}" if episode.fired != episode.began else ""
    return ", ".join(each for each in (*levels, told, *episode.marks) if each)


def summed(rule: Rule, outcome: Outcome) -> str:
    """`9 episodes of 7 instances, 4 of them open`."""
    own = list(kept(outcome.found(rule)))
    if not own:
        return "nothing"
    said = f"{counted(len(own), 'episode')} of {counted(len({each.labels for each in own}), 'instance')}"
    still = sum(each.standing is Standing.OPEN for each in own)
    return f"{said}, {still:,} of them open" if still else said


def mode_in_words(mode: Mode) -> str:
    """The mode and what it means."""
    name, meaning = _MODES[mode]
    return f"{name}: {meaning}"


def within_in_words(within: tuple[int, int]) -> str:
    """The time that was asked for; `all` where no end was named."""
    first, last = date(within[0]), date(within[1])
    known = [
        word for word, name in (("from", first), ("to", last)) if name[0].isdigit() for word in (f"{word} {name}",)
    ]
    return " ".join(known) or "all of history"


def extent_cells(extent: Extent) -> tuple[str, ...]:
    """Source, bar, first and last day, and `none`, `2` or `12, 9 in a row`: how many bars have no answer."""
    missing = f"{extent.missing:,}" if extent.missing else "none"
    if extent.longest > 1:
        missing = f"{missing}, {extent.longest:,} in a row"
    return one_line(extent.source, _LABEL), extent.bar.value, date(extent.first), date(extent.last), missing


def rules_in_words(rules: Iterable[Rule]) -> str:
    """How many rules in how many files, and by which bars."""
    judged = list(rules)
    bars = [(bar, sum(rule.bar is bar for rule in judged)) for bar in Bar]
    by = ", ".join(f"{count} by the {bar}" for bar, count in bars if count)
    return f"{counted(len(judged), 'rule')} in {counted(len({rule.path for rule in judged}), 'file')}: {by}"


def cited(extents: Iterable[Extent], citations: Mapping[tuple[str, str], str]) -> tuple[str, ...]:
    """The line of every source whose figures are shown, each once."""
    lines = (citations.get((each.source, each.metric), "") for each in extents)
    return tuple(dict.fromkeys(one_line(line, _CITATION) for line in lines if line))
