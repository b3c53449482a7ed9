"""What holds for every command: where its settings come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.settings import Settings


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
