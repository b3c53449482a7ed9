"""Sources and alerts that are named on the command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import click

from monitor.adapters import Adapters
from monitor.rules.rule import Rule
from monitor.rules.words import nearest


def chosen(sources: Sequence[str], found: Adapters) -> Sequence[str]:
    """These, or all that are switched on if none is named; raises BadParameter for one that is unknown or off."""
    for name in sources:
        if name in found.off:
            raise click.BadParameter(f"{name} is off: {found.off[name]}", param_hint="SOURCE")
        if name not in found.sources:
            near = get_close_matches(name, found.sources, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join((*found.sources, *found.off))}"
            raise click.BadParameter(f"unknown source {name!r}; {hint}", param_hint="SOURCE")
    if not (sources or found.sources):
        raise click.UsageError("no source is switched on; see [sources] in the settings")
    return sources or tuple(found.sources)


def named(alert: str, rules: Iterable[Rule]) -> Rule:
    """The rule of this name; raises BadParameter with the nearest where there is none."""
    by_name = {rule.name: rule for rule in rules}
    if alert not in by_name:
        raise click.BadParameter(f"no alert '{alert[:60]}'; {nearest(alert, by_name)}", param_hint="ALERT")
    return by_name[alert]
