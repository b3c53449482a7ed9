"""What holds for every command: where its settings come from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.layers import Place, gathered, written

if TYPE_CHECKING:
    from monitor.settings import Settings


MOMENT = click.DateTime(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ"])
"""A UTC day or minute as an option; what is read has no zone yet."""


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the program, given before the command."""

    config: Path | None
    ledger: Path | None

    def settings(self, rules: Sequence[Path] = ()) -> Settings:
        """The settings, with what was given on the command line on top; raises SettingsError."""
        from monitor.settings import load  # noqa: PLC0415 - a quarter of a second that help does not need

        given = {("ledger", "path"): self.ledger, ("rules",): tuple(rules) or None}
        return load(given, config=self.config)

    def path(self, *place: str) -> Path | None:
        """One path of the settings as it is written somewhere, without a look at the others; raises SettingsError.

        For commands that are done sooner than all settings are read.
        """
        given: dict[Place, object] = {("ledger", "path"): self.ledger}
        found = written(place, gathered(given, self.config, os.environ, Path.cwd()))
        return Path(found).expanduser() if isinstance(found, str | Path) else None
