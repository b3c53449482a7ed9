"""`monitor plan`: what an edit of rule files does to every alert, before it is applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from monitor.cli.options import Options
from monitor.cli.output import aligned, counted, iso, json_line, lines
from monitor.errors import RuleError
from monitor.files import rule_texts, rules_of
from monitor.ledger import Instance, Ledger
from monitor.model.bar import DAY
from monitor.model.quantity import date, moment
from monitor.planning import Armed, Planned, planned
from monitor.rules.load import RuleSet
from monitor.rules.merge import Fate

_MOST_ENDING = 20


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--json", "as_json", is_flag=True, help="one object with everything")
@click.pass_obj
def command(options: Options, paths: tuple[Path, ...], *, as_json: bool) -> None:
    """Tell what becomes of every alert if these rule files are taken over.

    PATH is a file or a folder: all that would be in force. Without any, the rules of the settings are compared with
    what is in force. Only reads, also beside a running monitor.
    """
    settings = options.settings()
    texts = rule_texts(paths or settings.rules)
    if not texts.files:
        raise RuleError(texts.problems)
    loaded = rules_of(texts)
    with Ledger.open(settings.ledger.path, owner=False) as ledger:
        found = planned(loaded, ledger)
    if as_json:
        json_line(_fields(loaded, found))
    else:
        lines(_report(loaded, found))


def _report(loaded: RuleSet, found: Sequence[Planned]) -> Iterator[str]:
    moved = [each for each in found if each.edit.fate is not Fate.SAME]
    stay = len(found) - len(moved)
    if stay or not moved:
        yield f"{counted(stay, 'rule')} {'stays as it is' if stay == 1 else 'stay as they are'}"
    rows = [row for each in moved for row in _rows(each)]
    yield from (aligned(rows) if rows else ())
    if loaded.problems:
        yield f"{counted(len(loaded.problems), 'problem')}:"
        yield from (f"  {line}" for problem in loaded.problems for line in str(problem).splitlines())


def _rows(each: Planned) -> Iterator[tuple[str, str, str]]:
    """What becomes of it, its name and what that means; the details below."""
    broken = each.edit.fate in (Fate.KEPT, Fate.REFUSED)
    first, *more = (_meaning(each), *_changed(each), *_ending(each.ending))
    yield ("broken" if broken else each.edit.fate.value, each.edit.alert, first)
    yield from (("", "", line) for line in more)


def _meaning(each: Planned) -> str:
    match each.edit.fate, each.edit.before:
        case Fate.NEW, _:
            return _armed(each.armed)
        case Fate.RESET, _:
            return f"another rule by its {' and '.join(each.causes)}; {_armed(each.armed)}"
        case Fate.DROPPED, _:
            return "is not judged any more; what is remembered of it is dropped"
        case Fate.KEPT, before if before is not None:
            return f"its version of {moment(before.taken_at)} stays"
        case Fate.REFUSED, _:
            return "not in force: it never was sound"
        case _:
            return f"open episodes go on, the others are {_armed(each.armed)}" if each.anew else "keeps its states"


def _armed(armed: Armed | None) -> str:
    if armed is None:
        return "armed as soon as there is history"
    days = armed.begin % DAY == 0 and armed.end % DAY == 0
    first, last = (date(armed.begin), date(armed.end - 1)) if days else (moment(armed.begin), moment(armed.end))
    return f"armed silently over {counted(armed.bars, 'bar')} of history, {first} to {last}"


def _changed(each: Planned) -> Iterator[str]:
    for key, old, new in each.changes:
        yield f"{key}: {'nothing' if old is None else old} → {'nothing' if new is None else new}"


def _ending(ending: Sequence[Instance]) -> Iterator[str]:
    for each in ending[:_MOST_ENDING]:
        names = " ".join(f"{name}={value}" for name, value in each.labels)
        yield f"ends: {f'{names}, ' if names else ''}since {date(each.state.since)}"
    if len(ending) > _MOST_ENDING:
        yield f"ends: {len(ending) - _MOST_ENDING:,} more"


def _fields(loaded: RuleSet, found: Iterable[Planned]) -> dict[str, object]:
    return {
        "alerts": [_alert_fields(each) for each in found],
        "problems": [asdict(problem) for problem in loaded.problems],
    }


def _alert_fields(each: Planned) -> dict[str, object]:
    edit, armed = each.edit, each.armed
    return {
        "alert": edit.alert,
        "fate": edit.fate.value,
        "in_force_since": edit.before and iso(edit.before.taken_at),
        "changes": [{"key": key, "old": old, "new": new} for key, old, new in each.changes],
        "causes": list(each.causes),
        "armed": armed and {"bars": armed.bars, "from": iso(armed.begin), "to": iso(armed.end)},
        "ends": [{"labels": one.labels.as_dict(), "since": iso(one.state.since)} for one in each.ending],
    }
