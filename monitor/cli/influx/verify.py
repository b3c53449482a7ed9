"""`monitor influx verify`: whether InfluxDB holds what the ledger holds, and how what differs is written again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime

import click

from monitor.adapters import Adapter
from monitor.cli.influx.copies import copied, switched_on
from monitor.cli.options import Options
from monitor.cli.output import counted, iso, json_line, lines
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.copying import Stream, Tally
from monitor.model.quantity import date
from monitor.settings import Settings
from monitor.sinks import influxdb
from monitor.verify import Day, Others, Verified, Way, repair, verify

_MOST = 20  # differences that are shown; --json has all


@click.command("verify")
@click.option("--repair", "again", is_flag=True, help="write again what differs; stop a running monitor first")
@click.option("--json", "as_json", is_flag=True, help="one object with everything")
@click.pass_obj
def command(options: Options, *, again: bool, as_json: bool) -> int:
    """Compare what InfluxDB took with what it holds, and say what differs.

    Of samples the number of points, of values, and the sums of both of each day; seals, names and alerts one by one.
    Points that the ledger does not have are told, and never deleted. Exit code 1 if anything differs, or still does.
    """
    settings = options.settings()
    adapter = switched_on(settings)
    with Ledger.open(settings.ledger.path, owner=again) as ledger, _ways(ledger, settings) as ways:
        found = _verify(ledger, adapter, ways)
        written = repair(ledger, found, ways, _now()) if again and _differs(found) else 0
        left = _verify(ledger, adapter, ways) if written else found
    if as_json:
        json_line({**_fields(left), "written_again": written})
    else:
        lines(_report(left, written))
    return int(_differs(left))


@contextmanager
def _ways(ledger: Ledger, settings: Settings) -> Iterator[dict[Stream, Way]]:
    adapter = switched_on(settings)
    with ExitStack() as stack:
        yield {
            stream: Way(
                stream.cursor(influxdb.KIND),
                kept,
                stack.enter_context(closing(adapter.module.build(adapter.config, stream))),
            )
            for stream, kept in copied(ledger, settings).items()
        }


def _verify(ledger: Ledger, adapter: Adapter, ways: Mapping[Stream, Way]) -> Verified:
    with closing(adapter.module.contents(adapter.config)) as contents:
        return verify(ledger, contents, ways, _now())


def _now() -> int:
    return seconds(datetime.now(UTC))


def _differs(found: Verified) -> bool:
    return bool(found.days or found.others)


def _report(found: Verified, written: int) -> Iterator[str]:
    if written:
        yield f"{counted(written, 'item')} written again"
    told = [*map(_day, found.days), *map(_of_stream, found.others)]
    yield from told[:_MOST]
    if len(told) > _MOST:
        yield f"and {len(told) - _MOST:,} more: --json has all"
    verdict = f"{counted(len(told), 'difference')}" if told else "nothing differs"
    yield f"{counted(found.compared, 'point')} of samples compared, and all that is written beside them: {verdict}"
    if found.since is not None:
        yield f"the bucket keeps points from {date(found.since)} on: what is older was not compared"
    if found.moving:
        yield f"{counted(found.moving, 'day')} left out, of which something is not copied yet: `monitor influx status`"
    if told and written:
        yield "what only InfluxDB has stays there: another monitor may write to this bucket"
    elif told:
        yield "`monitor influx verify --repair` writes again what differs"


def _day(day: Day) -> str:
    what = f"{day.metric}{', as known,' if day.as_known else ''} {date(day.start)}"
    if day.ledger.points != day.sink.points:
        return f"{what}: {counted(day.ledger.points, 'point')} in the ledger, {day.sink.points:,} in InfluxDB"
    return f"{what}: {counted(day.ledger.points, 'point')} in both, but not of the same values"


def _of_stream(others: Others) -> str:
    told = [f"{len(others.missing):,} missing or otherwise than in the ledger"] if others.missing else []
    told += [f"{others.strange:,} that the ledger does not have"] if others.strange else []
    return f"{others.stream.value}: {', '.join(told)}"


def _fields(found: Verified) -> dict[str, object]:
    return {
        "compared": found.compared,
        "days": [
            {
                "metric": day.metric,
                "as_known": day.as_known,
                "day": iso(day.start),
                "ledger": _tally(day.ledger),
                "influxdb": _tally(day.sink),
            }
            for day in found.days
        ],
        "others": [
            {"stream": each.stream.value, "missing": len(each.missing), "strange": each.strange}
            for each in found.others
        ],
        "left_out_days": found.moving,
        "kept_since": None if found.since is None else iso(found.since),
    }


def _tally(tally: Tally) -> dict[str, object]:
    return {
        "points": tally.points,
        "known_at_sum": tally.known_at,
        "values": tally.values,
        "value_sum": tally.total,
    }
