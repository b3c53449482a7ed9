"""The report of a backtest in blocks for a screen: what was looked at, then each rule with episodes and timeline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.model.text import counted, shortened
from monitor.report.blocks import Block, Grid, Heading, Lines
from monitor.report.episodes import Episode, kept
from monitor.report.extent import Extent
from monitor.report.original import condensed
from monitor.report.outcome import Outcome
from monitor.report.timeline import axis, strips
from monitor.report.wording import (
    bar_at,
    cited,
    ended,
    extent_cells,
    length,
    marks,
    mode_in_words,
    number,
    rules_in_words,
    short,
    summed,
    within_in_words,
)
from monitor.rules.rule import Rule

_MOST_STRIPS = 12
_NAME, _NARROW_NAME = 34, 24  # columns of an instance's name beside its line
_NARROW = 100


@dataclass(frozen=True, slots=True)
class Report:
    """What a screen of `width` columns shows. `files`: rule files by path; `most`: episodes of each rule, 0 = all."""

    outcome: Outcome
    citations: Mapping[tuple[str, str], str]
    files: Mapping[str, str]
    width: int
    most: int

    def blocks(self) -> Iterator[Block]:
        """What was looked at, each rule that found something, the others, and whose figures these are."""
        yield from looked_at(self.outcome)
        quiet = [rule.name for rule in self.outcome.rules if not self.outcome.found(rule)]
        for rule in self.outcome.rules:
            if self.outcome.found(rule):
                yield from self._rule(rule)
        if quiet:
            yield Heading(f"Nothing from {counted(len(quiet), 'rule')}")
            yield Lines((", ".join(quiet),))
        lines = cited(self.outcome.extents, self.citations)
        if lines:
            yield Heading("Figures")
            yield Lines(lines, faint=True)

    def _rule(self, rule: Rule) -> Iterator[Block]:
        yield Heading(rule.name, f"({rule.bar}): {summed(rule, self.outcome)}")
        yield Lines((f"{rule.path}:{rule.line}", condensed(rule, self.files)), faint=True)
        yield from _table(rule, self.outcome, self.most)
        yield Lines(tuple(_timeline(rule, self.outcome, self.width)))


def looked_at(outcome: Outcome, judged: str = "") -> Iterator[Block]:
    """What history there was, what of it was asked for, and how it was judged; `judged`: what, if not its rules."""
    yield Heading("Looked at")
    for metrics, extents in _alike(outcome.extents):
        rows = tuple(extent_cells(each) for each in extents)
        yield Grid((metrics, "bar", "first", "last", "bars missing"), rows, frozenset(), 0)
    known = {each.metric for each in outcome.extents}
    missing = sorted({metric for rule in outcome.rules for metric in rule.metrics} - known)
    lines = [f"nothing is stored of {', '.join(missing)}"] if missing else []
    lines += [
        judged or rules_in_words(outcome.rules),
        mode_in_words(outcome.mode),
        f"bars: {within_in_words(outcome.within)}",
    ]
    yield Lines(tuple(lines))


def _alike(extents: Iterable[Extent]) -> Iterator[tuple[str, tuple[Extent, ...]]]:
    """Extents by metric; metrics that the same sources answered at the same times stand together."""
    by_metric: dict[str, list[Extent]] = {}
    for each in extents:
        by_metric.setdefault(each.metric, []).append(each)
    together: dict[tuple[Extent, ...], list[str]] = {}
    for metric, own in by_metric.items():
        together.setdefault(tuple(replace(each, metric="") for each in own), []).append(metric)
    return ((", ".join(metrics), own) for own, metrics in together.items())


def _table(rule: Rule, outcome: Outcome, most: int) -> Iterator[Block]:
    """The newest episodes, oldest of them first."""
    found = sorted(outcome.found(rule), key=lambda each: (each.fired, each.labels))
    shown = found[-most:] if most else found
    yield episode_grid(rule, outcome, shown)
    if len(shown) < len(found):
        left = counted(len(found) - len(shown), "older episode")
        yield Lines((f"and {left} (--most {len(found)} shows all)",), faint=True)


def episode_grid(rule: Rule, outcome: Outcome, shown: Sequence[Episode]) -> Grid:
    """Episodes as rows; columns that say nothing of any of them are left out."""
    cells = [episode_cells(rule, outcome, each) for each in shown]
    header = ("start", "end", "length", "value", "reference", "instance", "")
    used = [column for column in range(len(header)) if column == 0 or any(row[column] for row in cells)]
    return Grid(
        tuple(header[column] for column in used),
        tuple(tuple(row[column] for column in used) for row in cells),
        frozenset(used.index(column) for column in (2, 3, 4) if column in used),
        used.index(5) if 5 in used else 0,  # noqa: PLR2004 - the instance
    )


def episode_cells(rule: Rule, outcome: Outcome, episode: Episode) -> tuple[str, ...]:
    """Start, end, length, value, reference, instance, marks."""
    bar, unit = rule.bar, rule.alert.unit
    _, last = outcome.seen(rule, episode.labels)
    return (
        bar_at(episode.began, bar),
        ended(episode, bar),
        length(episode, last, bar),
        number(episode.value, unit, outcome.texts),
        number(episode.reference, unit, outcome.texts),
        short(episode.labels),
        marks(episode, bar),
    )


def _timeline(rule: Rule, outcome: Outcome, width: int) -> Iterator[str]:
    window = outcome.window(rule)
    if window.last <= window.first:
        return
    found = list(kept(outcome.found(rule)))
    names = {labels: short(labels) for labels in {each.labels for each in found}}
    room = min(_NAME if width >= _NARROW else _NARROW_NAME, max(map(len, names.values()), default=0))
    known = [(labels, *outcome.seen(rule, labels)) for labels in names]
    cells = max(width - room - 4, 10)
    drawn = strips(found, window, known, cells)
    for strip in drawn[:_MOST_STRIPS]:
        yield f"{shortened(names[strip.labels], room):<{room}}  {strip.drawn}".rstrip()
    if len(drawn) > _MOST_STRIPS:
        left = drawn[_MOST_STRIPS:]
        yield f"and {counted(len(left), 'instance')} with {counted(sum(each.count for each in left), 'episode')}"
    yield from (f"{'':<{room}}  {line}" for line in axis(window, cells) if drawn)
