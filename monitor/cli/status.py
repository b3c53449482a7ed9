"""`monitor status`: how things stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import click

from monitor.adapters import adapters
from monitor.backups import Backup
from monitor.cli.options import Options
from monitor.cli.output import aligned, counted, iso, json_line, lines
from monitor.compose import backups
from monitor.coverage import Coverage, covered
from monitor.files import load_catalog
from monitor.ledger import Instance, Ledger
from monitor.model.bar import DAY, seconds
from monitor.model.quantity import ago, date, moment, percent
from monitor.status import Asked, Names, Status, status

_MOST_FIRING = 50
_MOST_UNKNOWN = 20
_LARGEST = 4  # tables


@click.command()
@click.option("--json", "as_json", is_flag=True, help="one object with everything")
@click.pass_obj
def command(options: Options, *, as_json: bool) -> None:
    """What was learnt, what fires, what is owed. Only reads, also beside a running monitor."""
    settings = options.settings()
    found = adapters(settings)
    catalog = load_catalog(settings.catalog)
    with Ledger.open(settings.ledger.path, owner=False) as ledger:
        standing = status(ledger, Names(found.sources, found.off, found.sinks), datetime.now(UTC))
        coverage = covered(ledger, catalog, standing.at)
    made = backups(settings).all()
    if as_json:
        extra = {"coverage": coverage and _coverage_fields(coverage), "backups": [*map(_backup_fields, made)]}
        json_line(_fields(standing) | extra)
    else:
        lines((*_report(standing), *_covered(coverage), _backed_up(made, standing.at)))


def _report(standing: Status) -> Iterator[str]:
    yield f"ledger: {standing.path}, {standing.size / 1e6:,.1f} MB, {counted(standing.samples, 'sample')}"
    largest = [f"{table} {size / 1e6:,.1f} MB" for table, size in [*standing.space.items()][:_LARGEST]]
    yield f"  most of it: {', '.join(largest)}" if largest else "  what takes most is not known: SQLite has no dbstat"
    yield from _section("sources", [(each.name, _asked(each, standing.at)) for each in standing.sources])
    if standing.troubles:
        troubles = [
            (each.poll, each.kind.value, f"since {moment(each.since)}", each.why.splitlines()[0])
            for each in standing.troubles
        ]
        yield from _section("in trouble", troubles)
    yield from _section("sealed through", _sealed(standing.sealed))
    yield f"rules: {standing.rules:,} in force"
    if standing.kept:
        kept = [
            (each.alert, f"as of {moment(each.taken_at)}", f"since {moment(each.kept_at or 0)}")
            for each in standing.kept
        ]
        yield from _section("on their last good version (`monitor check` says why)", kept)
    firing = [(each.alert, f"since {date(each.state.since)}", _names(each)) for each in standing.firing[-_MOST_FIRING:]]
    more = f" (the newest {_MOST_FIRING} of {len(standing.firing):,})" if len(standing.firing) > _MOST_FIRING else ""
    yield from _section(f"firing{more}", firing)
    yield f"outbox: {', '.join(f'{count:,} {state}' for state, count in standing.outbox.items())}"
    yield from (f"sink {name}: {counted(behind, 'sample')} behind" for name, behind in standing.behind.items())


def _backed_up(made: Sequence[Backup], at: datetime) -> str:
    if not made:
        return "backup: none"
    newest = made[0]
    told = f"backup: {ago(seconds(newest.at), seconds(at))}, {newest.size / 1e6:,.1f} MB, {len(made):,} kept"
    days = (newest.at - made[-1].at).total_seconds() / DAY
    growth = (newest.size - made[-1].size) / days * 30 if days >= 1 else None
    return told if growth is None else f"{told}; grows by {growth / 1e6:,.1f} MB a month"


def _section(title: str, rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield f"{title}{'' if rows else ': none'}"
    yield from (f"  {line}" for line in aligned(rows))


def _asked(asked: Asked, at: datetime) -> str:
    if asked.last is None:
        asked_in_vain = "asked, but nothing usable came yet: the log says why" if asked.failing else "never asked yet"
        return f"off: {asked.off}" if asked.off else asked_in_vain
    last = asked.last
    off = f" (now off: {asked.off})" if asked.off else ""
    failing = ", failing since" if asked.failing and not last.reason else ""
    told = f"{last.status} {ago(seconds(last.fetched_at), seconds(at))}, {last.entries:,} entries{failing}"
    if last.reason and asked.last_good is not None:
        told += f"; last good {ago(seconds(asked.last_good), seconds(at))}"
    told += off
    return f"{told}: {last.reason}" if last.reason else told


def _sealed(sealed: Mapping[tuple[str, str], int]) -> list[tuple[str, str, str]]:
    """(until when, source, metrics): metrics that a source sealed together stand together."""
    together: dict[tuple[int, str], list[str]] = {}
    for (metric, source), through in sorted(sealed.items()):
        together.setdefault((through, source), []).append(metric)
    return [
        (moment(through) if through % DAY else date(through), source, " ".join(metrics))
        for (through, source), metrics in sorted(together.items())
    ]


def _names(instance: Instance) -> str:
    return " ".join(f"{name}={value}" for name, value in instance.labels)


def _covered(coverage: Coverage | None) -> Iterator[str]:
    if coverage is None:
        return
    yield f"usage of the {coverage.bar} {date(coverage.start)} by {coverage.source}:"
    yield f"  {percent(coverage.priced)} of the tokens are of models with a known price"
    if not coverage.unknown:
        yield "  every vendor is in the catalogue"
        return
    whole = sum(share for _, share in coverage.unknown)
    yield f"  {percent(whole)} are of vendors that the catalogue does not know:"
    rows = [(author, percent(share)) for author, share in coverage.unknown[:_MOST_UNKNOWN]]
    yield from (f"    {line}" for line in aligned(rows))
    if len(coverage.unknown) > _MOST_UNKNOWN:
        yield f"    and {len(coverage.unknown) - _MOST_UNKNOWN:,} more"


def _fields(standing: Status) -> dict[str, object]:
    return {
        "at": iso(seconds(standing.at)),
        "ledger": _ledger_fields(standing),
        "sources": [_source_fields(each, standing.at) for each in standing.sources],
        "troubles": [
            {"source": each.poll, "kind": each.kind.value, "since": iso(each.since), "why": each.why}
            for each in standing.troubles
        ],
        "sealed": [
            {"metric": metric, "source": source, "through": iso(through)}
            for (metric, source), through in sorted(standing.sealed.items())
        ],
        "rules": {
            "in_force": standing.rules,
            "kept": [
                {"alert": each.alert, "taken_at": iso(each.taken_at), "kept_at": iso(each.kept_at or 0)}
                for each in standing.kept
            ],
        },
        "firing": [
            {
                "alert": each.alert,
                "labels": each.labels.as_dict(),
                "phase": each.state.phase.value,
                "since": iso(each.state.since),
            }
            for each in standing.firing
        ],
        "outbox": dict(standing.outbox),
        "sinks": [{"sink": name, "behind": behind} for name, behind in standing.behind.items()],
    }


def _backup_fields(backup: Backup) -> dict[str, object]:
    return {"file": str(backup.path), "at": iso(seconds(backup.at)), "bytes": backup.size}


def _ledger_fields(standing: Status) -> dict[str, object]:
    tables = dict(standing.space)
    return {"path": str(standing.path), "bytes": standing.size, "samples": standing.samples, "tables": tables}


def _source_fields(asked: Asked, at: datetime) -> dict[str, object]:
    last = asked.last
    return {
        "source": asked.name,
        "off": asked.off or None,
        "failing": asked.failing,
        "last_good": None if asked.last_good is None else iso(seconds(asked.last_good)),
        "last_good_age_seconds": None if asked.last_good is None else seconds(at) - seconds(asked.last_good),
        "last": last
        and {
            "fetched_at": iso(seconds(last.fetched_at)),
            "age_seconds": seconds(at) - seconds(last.fetched_at),
            "status": last.status.value,
            "entries": last.entries,
            "reason": last.reason,
        },
    }


def _coverage_fields(coverage: Coverage) -> dict[str, object]:
    return {
        "source": coverage.source,
        "bar": coverage.bar.value,
        "start": iso(coverage.start),
        "priced": coverage.priced,
        "unknown_vendors": [{"vendor": author, "share": share} for author, share in coverage.unknown],
    }
