"""`monitor import`: history from CSV files into the ledger."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from monitor.cli.options import Options
from monitor.cli.output import counted, json_line
from monitor.importer import FileReport, import_files
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.quantity import date


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="one object a line for each file")
@click.pass_obj
def command(options: Options, files: tuple[Path, ...], *, as_json: bool) -> None:
    """Take history from CSV files, plain or gzip, into the ledger: all of them, or nothing of any.

    What is stored already is left alone, so that importing again changes nothing. Usage, totals and prices are told
    apart by the first line.
    """
    settings = options.settings()
    with Ledger.open(settings.ledger.path) as ledger, _progress(files) as progress:
        report = import_files(files, ledger, progress)
    for file in report.files:
        if as_json:
            json_line(_fields(file))
        else:
            click.echo(_sentence(file))


@contextmanager
def _progress(files: Sequence[Path]) -> Iterator[Callable[[int], None] | None]:
    """Shows how far it is while a person looks on."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - 0.1 s that only a person waits for
    from rich.progress import Progress  # noqa: PLC0415

    size = sum(path.stat().st_size for path in files if path.is_file())
    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("reading", total=size)

        def progress(done: int) -> None:
            shown.update(task, completed=done, description="reading" if done < size else "storing")

        yield progress


def _sentence(file: FileReport) -> str:
    if file.first is None or file.last is None:
        return f"{file.path}: {file.format}, no rows"
    span = f"{date(seconds(file.first))} to {date(seconds(file.last))}"
    told = f"{file.path}: {file.format}, {counted(file.rows, 'row')}, {file.new:,} of them new, {span}"
    return f"{told}; {file.not_judged:,} kept but of no use to rules" if file.not_judged else told


def _fields(file: FileReport) -> dict[str, object]:
    return {
        "file": str(file.path),
        "format": file.format,
        "rows": file.rows,
        "new": file.new,
        "series": file.series,
        "first": file.first and file.first.isoformat().replace("+00:00", "Z"),
        "last": file.last and file.last.isoformat().replace("+00:00", "Z"),
        "not_judged": file.not_judged,
    }
