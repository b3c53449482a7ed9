"""`monitor influx setup`: a bucket that the monitor may write to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

import click
from pydantic import SecretStr

from monitor.cli.influx.copies import switched_on
from monitor.cli.options import Options
from monitor.cli.output import lines
from monitor.errors import DeniedError, SettingsError
from monitor.model.quantity import span
from monitor.sinks import influxdb
from monitor.sinks.administration import FOREVER, SHORTEST, Administration, Right, administration, written
from monitor.sinks.connection import Access, Server

if TYPE_CHECKING:
    from monitor.sinks.influxdb import Config

_CREDENTIALS: Mapping[Right, str] = {"write": "influxdb__token", "read": "influxdb__read_token"}
_FOREVER = "inf"


def _retention(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    """Seconds; None: not given."""
    if text is None or text == _FOREVER:
        return None if text is None else FOREVER
    try:
        seconds = span(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}, or {_FOREVER}") from None
    if seconds < SHORTEST:
        raise click.BadParameter(f"got {text}, expected {written(SHORTEST)} or more: InfluxDB keeps nothing for less")
    return seconds


@click.command("setup")
@click.option("--retention", metavar="SPAN", callback=_retention, help="how long the bucket keeps points: 400d, or inf")
@click.option("--tokens", metavar="DIR", type=click.Path(path_type=Path), help="make two tokens, in new files there")
@click.option("--admin-token", metavar="FILE", type=click.File(errors="replace"), help="with this token; - reads it")
@click.pass_obj
def command(options: Options, *, retention: int | None, tokens: Path | None, admin_token: TextIO | None) -> int:
    """Make the bucket of the settings, and tokens that may write or read it and nothing else.

    Uses influxdb.token of the settings unless --admin-token is given. A bucket that is there stays; its retention is
    changed only if --retention is given. No file is written over. Where the token may not do this: prints what an
    administrator has to run, exit code 1.
    """
    access = _access(cast("Config", switched_on(options.settings()).config), admin_token)
    with ExitStack() as stack:
        files = _new_files(tokens, stack) if tokens else {}
        server = stack.enter_context(closing(Server(access)))
        version, admin = administration(server, access, retention)
        click.echo(f"InfluxDB {version} at {access.url}")
        return _set_up(admin, access, retention, files)


def _set_up(admin: Administration, access: Access, retention: int | None, files: Mapping[Right, Path]) -> int:
    try:
        wanted = bool(files) and admin.asks_for_tokens()
        click.echo(f"bucket {access.bucket!r}: {_bucket(admin, retention)}")
        retention = None  # it is done
        for right, path in files.items() if wanted else ():
            path.write_text(admin.token(right).get_secret_value() + "\n", encoding="ascii")
            click.echo(f"{path}: may {right} it and nothing else")
    except DeniedError as error:
        lines(_denied(error, admin), err=True)
        lines(admin.by_hand(retention))
        return 1
    lines(_next(files, wanted=wanted))
    return 0


def _denied(error: DeniedError, admin: Administration) -> Iterator[str]:
    yield error.message
    yield "    check url, org and bucket; give a token that may do that with --admin-token; or an administrator runs,"
    yield f"    {admin.where} influxdb.token and influxdb.read_token"


def _bucket(admin: Administration, retention: int | None) -> str:
    """Make it, or change it; says what was done."""
    kept = admin.kept()
    if kept is None:
        admin.keep(retention or FOREVER)
        return f"made, keeps {_span(retention or FOREVER)}"
    if retention is None or retention == kept:
        short = "" if kept in (retention, FOREVER) else f"; everything, with --retention {_FOREVER}"
        return f"is there already, keeps {_span(kept)}{short}"
    admin.keep(retention)
    return f"is there already, keeps {_span(retention)} from now on, {_span(kept)} before"


def _span(retention: int) -> str:
    return written(retention) if retention else "everything"


def _next(files: Mapping[Right, Path], *, wanted: bool) -> Iterator[str]:
    if wanted:
        yield "next: name both as credentials of the service, or set CREDENTIALS_DIRECTORY to their folder"
    elif files:
        yield "it lets everyone in (auth-enabled = false), tokens would be of no use: none were made"
    else:
        yield "next: influxdb.token is to be one that may write there; --tokens DIR makes one that may do no more"


def _access(config: Config, admin_token: TextIO | None) -> Access:
    if admin_token is None:
        return config.writing
    try:
        token = influxdb.sendable(SecretStr(admin_token.read()))
    except ValueError as error:
        raise SettingsError(f"{admin_token.name}: {error}") from None
    if not token.get_secret_value():
        raise SettingsError(f"{admin_token.name}: is empty, expected the token of an administrator")
    return replace(config.writing, token=token)


def _new_files(folder: Path, stack: ExitStack) -> dict[Right, Path]:
    """An empty file for each token, that only its owner may read; gone at the end if it is still empty."""
    files: dict[Right, Path] = {right: folder / name for right, name in _CREDENTIALS.items()}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in files.values():
            path.touch(mode=0o600, exist_ok=False)
            stack.callback(_remove_empty, path)
    except OSError as error:
        hint = "--tokens makes new files and writes over none; nothing was made in InfluxDB"
        raise SettingsError(f"{error.filename}: {error.strerror}", hint=hint) from None
    return files


def _remove_empty(path: Path) -> None:
    if path.stat().st_size == 0:
        path.unlink()
