"""`monitor install-service`: the monitor as a service of systemd."""

from __future__ import annotations

import click

from monitor.cli.options import Options
from monitor.cli.output import lines
from monitor.service import install, unit_here


@click.command()
@click.option("--print", "only_print", is_flag=True, help="print the unit, change nothing")
@click.pass_obj
def command(options: Options, *, only_print: bool) -> None:
    """Write the unit of systemd for this installation, and start it; also at boot. Needs root.

    Settings are those of --config, or /etc/monitor/monitor.toml. Each file in /etc/monitor/credentials that is called
    after a setting, such as slack__token, is that secret. Call it again after an upgrade or for a new secret: the
    ledger is copied to /var/backups/monitor first, and drop-ins stay.
    """
    if only_print:
        click.echo(unit_here(options.config), nl=False)
    else:
        lines(install(options.config))
