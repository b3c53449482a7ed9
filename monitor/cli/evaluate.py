"""`monitor evaluate`: how well changes of prices are told and wrong usage is held back, on records that are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from monitor.catalog import Join
from monitor.cli.options import Options
from monitor.cli.output import aligned, iso, json_line, lines
from monitor.evaluate import tables
from monitor.evaluate.prices import Flapping, flapping, replayed
from monitor.evaluate.records import Records, read
from monitor.evaluate.score import Score
from monitor.evaluate.tables import Row
from monitor.evaluate.usage import evaluated
from monitor.files import load_catalog


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--notices", is_flag=True, help="every confirmed notice with its evidence as well")
@click.option("--json", "as_json", is_flag=True, help="one object with all tables")
@click.pass_obj
def command(options: Options, folder: Path, *, notices: bool, as_json: bool) -> None:
    """Replay records of prices in order of observation, and compare what is told with what is known.

    FOLDER holds prices.csv.gz and, as far as there are, events_known.csv, glitches.csv, declared.csv and
    openrouter_endpoints_5min.csv.gz; or a folder `prices` with them. Of a folder `usage` beside it the guard is tried
    on usage, totals, faulty_as_recorded and partial_weeks.
    """
    records = read(folder)
    catalog = options.path("catalog")
    score = replayed(records, Join(load_catalog(catalog), {}))
    by_host = flapping(records)
    found = {name: list(rows) for name, rows in _tables(score, notices=notices)}
    if heard := evaluated(folder):
        found["usage"] = list(tables.usage(heard))
    if as_json:
        json_line(
            {**_extent(records), **{name: _objects(rows) for name, rows in found.items()}, "flapping": asdict(by_host)}
        )
        return
    extent = _extent(records)
    lines([f"{extent['rows']:,} prices in {extent['looks']:,} looks, {extent['from']} to {extent['to']}", ""])
    for rows in found.values():
        lines([*aligned(rows), ""])
    lines(_flapping(by_host))


def _tables(score: Score, *, notices: bool) -> Iterator[tuple[str, Iterator[Row]]]:
    yield "goals", tables.goals(score)
    yield "known", tables.known(score)
    yield "glitches", tables.glitches(score)
    yield "totals", tables.totals(score)
    if notices:
        yield "notices", tables.confirmed(score)


def _extent(records: Records) -> dict[str, object]:
    looks = records.looks
    span = {"from": iso(looks[0].at), "to": iso(looks[-1].at)} if looks else {"from": None, "to": None}
    return {"rows": records.rows, "looks": len(looks), **span}


def _objects(rows: list[Row]) -> list[dict[str, str]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def _flapping(found: Flapping) -> Iterator[str]:
    if found.looks:
        yield (
            f"prices by host: {found.changes:,} changes in {found.looks:,} looks; {found.claims} notices of a claim,"
            f" at most {found.busiest} of one model on one day"
        )
