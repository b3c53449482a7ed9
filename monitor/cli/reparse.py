"""`monitor reparse`: kept answers of sources, read again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import click

from monitor.adapters import Adapters, adapters
from monitor.cli.choice import chosen
from monitor.cli.options import MOMENT, Options
from monitor.cli.output import counted, iso, json_line, lines
from monitor.compose import source_of
from monitor.ledger import Ledger, Revision
from monitor.model.bar import Bar, seconds
from monitor.model.fact import Texts
from monitor.model.metric import METRICS, Unit
from monitor.model.quantity import date, moment, written
from monitor.ports import Reparsing
from monitor.reparse import Reparsed, reparse
from monitor.settings import Settings
from monitor.sources.fetch import Fetch

_MOST = 20  # values that are shown of each source


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--since", type=MOMENT, metavar="TIME", help="only answers fetched since then, UTC")
@click.option("--dry-run", is_flag=True, help="say what would change, and change nothing")
@click.option("--json", "as_json", is_flag=True, help="one object a line for each source, with all that changes")
@click.pass_obj
def command(options: Options, sources: tuple[str, ...], *, since: datetime | None, dry_run: bool, as_json: bool) -> int:
    """Read kept answers of sources again, after a parser was corrected. Without SOURCE: all that are switched on.

    Says what differs from what is known, then learns it: as revisions, known from now on. What was known before stays
    on record. Rules judge the bars anew when the monitor starts again.

    Needs the ledger for itself: stop a running monitor first.
    """
    settings = options.settings()
    found = adapters(settings)
    names = chosen(sources, found)
    oldest = None if since is None else since.replace(tzinfo=UTC)
    with Ledger.open(settings.ledger.path) as ledger:
        able = _able(settings, found, ledger, names, every=not sources)
        for name, source in able.items():
            with suppress(_NothingKeptError), ledger.transaction():
                done = reparse(ledger, name, source, since=oldest, at=datetime.now(UTC))
                _tell(done, ledger.texts(), as_json=as_json, dry_run=dry_run)  # before it is kept
                _refuse_if(dry_run)
    if dry_run and not as_json:
        click.echo("nothing was changed: --dry-run")
    return 0


class _NothingKeptError(Exception):
    """Takes a transaction back."""


def _refuse_if(dry_run: bool) -> None:  # noqa: FBT001 - its name says what it is
    if dry_run:
        raise _NothingKeptError


def _tell(done: Reparsed, texts: Texts, *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        json_line(_fields(done, texts, dry_run=dry_run))
    else:
        lines(_report(done, texts))


def _able(
    settings: Settings, found: Adapters, ledger: Ledger, names: Sequence[str], *, every: bool
) -> dict[str, Reparsing]:
    """The sources that can read their answers again; raises BadParameter if one that was named can not."""
    fetch = Fetch(ledger, contact=settings.contact, now=lambda: datetime.now(UTC))  # for nothing: nobody is asked
    able: dict[str, Reparsing] = {}
    for name in names:
        source = source_of(name, found.sources[name], fetch)
        if isinstance(source, Reparsing):
            able[name] = source
        elif not every:
            raise click.BadParameter(f"{name} can not read kept answers again", param_hint="SOURCE")
    return able


def _report(done: Reparsed, texts: Texts) -> Iterator[str]:
    if done.span is None:
        yield f"{done.poll}: no answers are kept"
        return
    span = " to ".join(moment(seconds(at)) for at in done.span)
    released = f", {done.released:,} of them not believed at the time" if done.released else ""
    count = counted(len(done.revisions), "value")
    yield f"{done.poll}: {counted(done.answers, 'answer')} of {span}{released}; {count} other than known"
    yield from (f"    {_sentence(each, texts)}" for each in done.revisions[:_MOST])
    if len(done.revisions) > _MOST:
        yield f"    and {len(done.revisions) - _MOST:,} more (--json has all)"
    yield from (f"    not read: {fault.splitlines()[0]}" for fault in done.faults[:_MOST])
    if len(done.faults) > _MOST:
        yield f"    and {len(done.faults) - _MOST:,} more"


def _sentence(revision: Revision, texts: Texts) -> str:
    """`2026-02-03 00:20 UTC price_output source=… model=…: $5 → $6`."""
    series, at = revision.series, seconds(revision.valid_at)
    when = moment(at) if series.bar is Bar.HOUR else f"{series.bar} {date(at)}"
    labels = " ".join(f"{name}={value}" for name, value in series.labels)
    before, after = (_shown(value, METRICS[series.metric].unit, texts) for value in (revision.before, revision.after))
    return f"{when} {series.metric} {labels}: {before} → {after}"


def _shown(value: float | None, unit: Unit, texts: Texts) -> str:
    if value is None:
        return "none"
    return texts.get(value, "another text") if unit is Unit.TEXT else written(value, unit)


def _fields(done: Reparsed, texts: Texts, *, dry_run: bool) -> dict[str, object]:
    return {
        "source": done.poll,
        "answers": done.answers,
        "released": done.released,
        "changed": not dry_run and bool(done.revisions),
        "revisions": [
            {
                "metric": each.series.metric,
                "labels": each.series.labels.as_dict(),
                "valid_at": iso(seconds(each.valid_at)),
                "before": _plain(each.before, each, texts),
                "after": _plain(each.after, each, texts),
            }
            for each in done.revisions
        ],
        "faults": list(done.faults),
    }


def _plain(value: float | None, revision: Revision, texts: Texts) -> float | str | None:
    text = METRICS[revision.series.metric].unit is Unit.TEXT
    return texts.get(value) if text and value is not None else value
