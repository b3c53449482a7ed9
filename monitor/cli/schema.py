"""`monitor schema`: the JSON Schema of rule files, for editors."""

from __future__ import annotations

import json

import click

from monitor.rules.schema import schema


@click.command()
def command() -> None:
    """Print the JSON Schema of rule files, as it is kept in rules/rules.schema.json.

    An editor with the YAML language server uses it where the first line of a rule file says so:
    # yaml-language-server: $schema=./rules.schema.json
    """
    click.echo(json.dumps(schema(), indent=2, ensure_ascii=False))
