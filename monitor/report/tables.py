"""A comparison and a sweep, as blocks for a screen and as fields for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from monitor.model.quantity import date
from monitor.model.text import counted
from monitor.report.blocks import Block, Grid, Heading, Lines
from monitor.report.compare import Comparison
from monitor.report.episodes import Episode, Standing
from monitor.report.outcome import Outcome
from monitor.report.sweep import Sweep, Tally
from monitor.report.wording import bar_at, ended, short
from monitor.rules.rule import Rule

_BAR, _NARROW_BAR, _NARROW = 24, 8, 100  # cells of the longest bar; on a screen of fewer columns
_EIGHTHS = "▏▎▍▌▋▊▉█"
_COUNTS = ("gained", "lost", "moved")

Fields = Callable[[Episode], dict[str, object]]
"""An episode for programs."""


def comparison(found: Sequence[Comparison], before: Outcome, after: Outcome, most: int) -> Iterator[Block]:
    """Each alert that differs with its first `most` differences (0 = all), then those alerts that do not differ."""
    olds, news = ({rule.name: rule for rule in each.rules} for each in (before, after))
    for each in found:
        if each.differs:
            yield Heading(each.alert, _summed(each))
            rows = tuple(_rows(each, olds.get(each.alert), news.get(each.alert)))
            shown = rows[:most] if most else rows
            if shown:
                yield Grid(("", "start", "end", "new start", "new end", "instance"), shown, frozenset(), 5)
            if len(shown) < len(rows):
                yield Lines((f"and {len(rows) - len(shown):,} more (--most {len(rows)} shows all)",), faint=True)
    same = [each for each in found if not each.differs]
    if same:
        episodes = counted(sum(each.unchanged for each in same), "episode")
        yield Heading(f"No difference in {counted(len(same), 'rule')}", f"with {episodes}")
        yield Lines((", ".join(each.alert for each in same),))


def _summed(each: Comparison) -> str:
    only = "" if each.before and each.after else "only in the other rules: " if each.after else "not in them: "
    counts = ", ".join(f"{len(getattr(each, name)):,} {name}" for name in _COUNTS)
    return f"{only}{counts}, {each.unchanged:,} unchanged"


def _rows(each: Comparison, old: Rule | None, new: Rule | None) -> Iterator[tuple[str, ...]]:
    """By instance and time, gained and lost and moved ones together."""
    rows: list[tuple[Episode, tuple[str, ...]]] = []
    if new is not None:
        rows += [(one, ("gained", "", "", *_cells(one, new), short(one.labels))) for one in each.gained]
    if old is not None:
        rows += [(one, ("lost", *_cells(one, old), "", "", short(one.labels))) for one in each.lost]
    if old is not None and new is not None:
        rows += [
            (pair.before, ("moved", *_cells(pair.before, old), *_cells(pair.after, new), short(pair.before.labels)))
            for pair in each.moved
        ]
    return (cells for _, cells in sorted(rows, key=lambda row: (row[0].labels, row[0].began)))


def _cells(episode: Episode, rule: Rule) -> tuple[str, str]:
    """Start and end: the bar at which it was told, for that is what an edit moves."""
    return bar_at(episode.fired, rule.bar), ended(episode, rule.bar) or Standing.MOMENT.value


def comparison_fields(each: Comparison, fields: Fields) -> dict[str, object]:
    """One alert for programs."""
    return {
        "alert": each.alert,
        "before": each.before,
        "after": each.after,
        "gained": [fields(one) for one in each.gained],
        "lost": [fields(one) for one in each.lost],
        "moved": [{"before": fields(pair.before), "after": fields(pair.after)} for pair in each.moved],
        "unchanged": each.unchanged,
    }


def swept(sweep: Sweep, found: Iterable[Tally], width: int) -> Iterator[Block]:
    """One row a value, with a bar as long as it has episodes; the value that is written in the rule stands out."""
    tallies = list(found)
    most = max((each.episodes for each in tallies), default=0)
    yield Heading(sweep.alert, f"with {sweep.key} from {tallies[0].value} to {tallies[-1].value}")
    header = (sweep.key, "episodes", "instances", "days", "first", "last", "")
    yield Grid(
        header,
        tuple(_tally_cells(each, most, _BAR if width >= _NARROW else _NARROW_BAR) for each in tallies),
        frozenset({0, 1, 2, 3}),
        6,
        frozenset(row for row, each in enumerate(tallies) if each.written),
    )
    said = "days: for how long at least one instance fired"
    if any(each.written for each in tallies):
        said += "; <- as the rule is written"
    yield Lines((said,), faint=True)


def _tally_cells(each: Tally, most: int, cells: int) -> tuple[str, ...]:
    first, last = ("" if at is None else date(at) for at in (each.first, each.last))
    drawn = _bar(each.episodes, most, cells)
    return (
        each.value,
        f"{each.episodes:,}",
        f"{each.instances:,}",
        f"{each.days:,.0f}" if each.days >= 1 or not each.seconds else f"{each.days:.1g}",
        first,
        last,
        f"{drawn} <-" if each.written else drawn,
    )


def _bar(count: int, most: int, cells: int) -> str:
    eighths = 0 if not most else max(round(count * cells * 8 / most), 1 if count else 0)
    return _EIGHTHS[-1] * (eighths // 8) + (_EIGHTHS[eighths % 8 - 1] if eighths % 8 else "")


def tally_fields(sweep: Sweep, each: Tally, iso: Callable[[int], str]) -> dict[str, object]:
    """One value for programs."""
    return {
        "alert": sweep.alert,
        "key": sweep.key,
        "value": each.value,
        "written": each.written,
        "episodes": each.episodes,
        "instances": each.instances,
        "days_firing": each.days,
        "first": None if each.first is None else iso(each.first),
        "last": None if each.last is None else iso(each.last),
    }
