"""`monitor silence`: tell nothing of what matches, for a while."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import click

from monitor.adapters import adapters
from monitor.cli.acting import done
from monitor.cli.options import Options
from monitor.cli.output import aligned, json_line, lines
from monitor.compose import desk_over
from monitor.desk.wishes import wished
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.silence import Silence

_SHORT = 8  # characters of an id, as many as are shown


@click.command()
@click.argument("match", default="", metavar="[MATCHERS]")
@click.option("--for", "lasts", default="", metavar="SPAN", help="for how long: 90m, 24h, 7d, 2w")
@click.option(
    "--times", default="", metavar="TIMES", help="only then: 'sat,sun' or 'mon-fri 18:00-08:00 Europe/Berlin'"
)
@click.option("--reason", default="", help="why, for all who are told")
@click.option("--preview", is_flag=True, help="say what it would have kept quiet, and do nothing")
@click.option("--end", "ends", default="", metavar="ID", help="end the silence of this id")
@click.option("--json", "as_json", is_flag=True, help="with no MATCHERS: one object a line")
@click.pass_obj
def command(  # noqa: PLR0913 - one for each option
    options: Options, *, match: str, lasts: str, times: str, reason: str, preview: bool, ends: str, as_json: bool
) -> None:
    """Tell nothing of what matches MATCHERS, such as 'vendor="openai",severity="info"'; rules are judged as ever.

    Without MATCHERS lists the silences that stand. What still fires when one ends is told then.
    """
    if match and ends:
        raise click.UsageError("either MATCHERS or --end")
    if ends:
        click.echo(done(options, "unsilence", id=ends))
    elif not match:
        _list(options, as_json=as_json)
    elif preview:
        click.echo(_preview(options, match, lasts, times))
    else:
        click.echo(done(options, "silence", match=match, times=times, reason=reason, **{"for": lasts}))


def _preview(options: Options, match: str, lasts: str, times: str) -> str:
    settings = options.settings()
    found = adapters(settings)
    wanted = wished(match, seconds(datetime.now(UTC)), lasts=lasts or "1d", times=times)
    with Ledger.open(settings.ledger.path, owner=False) as ledger:
        return desk_over(settings, ledger, found).preview(wanted)


def _list(options: Options, *, as_json: bool) -> None:
    with Ledger.open(options.settings().ledger.path, owner=False) as ledger:
        standing = ledger.silences.standing()
    if as_json:
        for each in standing:
            json_line(_fields(each))
    elif standing:
        lines(aligned(list(_rows(standing))))
    else:
        click.echo("nothing is silenced")


def _rows(standing: Sequence[Silence]) -> Iterator[tuple[str, ...]]:
    for each in standing:
        kind = "acknowledged" if each.episode is not None else "silenced"
        yield each.id[:_SHORT], each.meant, f"{kind} by {each.author}", each.until, each.reason


def _fields(silence: Silence) -> dict[str, object]:
    return {
        "id": silence.id,
        "matchers": silence.meant,
        "acknowledges": silence.episode is not None,
        "author": silence.author,
        "via": silence.via,
        "reason": silence.reason,
        "until": silence.until,
    }
