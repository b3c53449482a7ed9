"""The command line: one file a command, each imported only when it is called; parse, call, print, exit code."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import click

from monitor import __version__
from monitor.cli.options import Options
from monitor.garbage import uncollected


class Entry(NamedTuple):
    """A command that is not imported yet."""

    module: str
    summary: str


COMMANDS = {
    "run": Entry("run", "watch the market until stopped"),
    "demo": Entry("demo", "show the monitor at work on recorded events, without network"),
    "poll": Entry("poll", "ask sources once, now; judge and deliver what follows"),
    "import": Entry("import_files", "take history from CSV files into the ledger"),
    "reparse": Entry("reparse", "read kept answers of sources again, after a parser was corrected"),
    "check": Entry("check", "tell every problem of rule files, and what is likely not meant"),
    "catalog": Entry("catalog", "what the catalogue does not know of the models in the ledger"),
    "schema": Entry("schema", "the JSON Schema of rule files, for editors"),
    "plan": Entry("plan", "what an edit of rule files would do to the rules in force"),
    "test": Entry("test", "try rules on history written for them, and compare what they say"),
    "explain": Entry("explain", "why a rule fired at a bar, or what is missing for it to fire"),
    "backtest": Entry("backtest", "what the rules would have said over stored history"),
    "evaluate": Entry("evaluate", "how well changes of prices are told, on records that are known"),
    "influx": Entry("influx", "InfluxDB: set it up, how the copy there stands, whether it is whole"),
    "backup": Entry("backup", "copy the ledger, also while the monitor runs"),
    "restore": Entry("restore", "put a backup in the ledger's place"),
    "alerts": Entry("alerts", "what fires, who knows of it, what holds it back"),
    "ack": Entry("ack", "acknowledge what fires: no more is sent of it"),
    "silence": Entry("silence", "send nothing of what matches for a while; list silences, end one"),
    "history": Entry("history", "who did what: silences, acknowledgements, edits of rules, starts"),
    "route": Entry("route", "which receivers an alert would reach"),
    "notify": Entry("notify", "messages: see one before it is sent, or send a test to each receiver"),
    "doctor": Entry("doctor", "whether everything that a monitor needs is as it should be"),
    "digest": Entry("digest", "what the last closed day or week brought: shares, movers, prices, alerts"),
    "noise": Entry("noise", "which rules spoke how often, and what would calm them"),
    "status": Entry("status", "what was learnt, what fires, what is owed"),
    "install-service": Entry("install_service", "make it a service of systemd, or upgrade the one that is there"),
    "uninstall-service": Entry("uninstall_service", "take the service away; the ledger stays"),
}


class LazyGroup(click.Group):
    """Lists its commands without importing them, so that help is there at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        with uncollected():
            command: click.Command = import_module(f"{__name__}.{COMMANDS[cmd_name].module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The table as help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--config", type=click.Path(path_type=Path), help="settings file instead of ./monitor.toml")
@click.option("--ledger", type=click.Path(path_type=Path), help="ledger file instead of the one in the settings")
@click.version_option(__version__, prog_name="monitor")
@click.pass_context
def cli(context: click.Context, config: Path | None, ledger: Path | None) -> None:
    """Watches the model market and reports what changed.

    Without any settings: prices every hour, the rules that ship, a ledger in your state folder, this console.
    """
    context.obj = Options(config, ledger)
