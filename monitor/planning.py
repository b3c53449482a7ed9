"""What an edit of rule files would do, read from the ledger alone: works beside a running monitor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.ledger import Instance, Ledger
from monitor.rules.identity import causes
from monitor.rules.load import RuleSet
from monitor.rules.merge import Edit, Fate, differences, looks_anew, merge
from monitor.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Armed:
    """The history that a rule is judged over silently; `begin` and `end` of it in epoch seconds."""

    bars: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Planned:
    """What becomes of one alert, over which history it is armed (None = over none), and which of its episodes end.

    `anew`: it is changed, and sees that history again with its new amounts.
    """

    edit: Edit
    armed: Armed | None
    ending: Sequence[Instance]
    anew: bool

    @property
    def changes(self) -> list[tuple[str, str | None, str | None]]:
        """(key, old, new) of what is written."""
        before, after = self.edit.before, self.edit.after
        return [] if before is None or after is None else list(differences(before.written, after))

    @property
    def causes(self) -> tuple[str, ...]:
        """The keys that make it another rule."""
        before, after = self.edit.before, self.edit.after
        return () if before is None or after is None else causes(before.written, after)


def planned(loaded: RuleSet, ledger: Ledger) -> list[Planned]:
    """What taking over these rules would do to every alert; raises LedgerError."""
    rules = {rule.name: rule for rule in loaded.rules}
    open_ = ledger.open_instances()
    found = []
    for edit in merge(loaded, ledger.rulebook.accepted()):
        rule, ends = rules.get(edit.alert), edit.fate in (Fate.RESET, Fate.DROPPED)
        anew = rule is not None and looks_anew(edit, rule)
        armed = _history(rule, ledger) if rule and (anew or edit.fate in (Fate.NEW, Fate.RESET)) else None
        found.append(Planned(edit, armed, [each for each in open_ if ends and each.alert == edit.alert], anew))
    return found


def _history(rule: Rule, ledger: Ledger) -> Armed | None:
    """From the first sample of any of its metrics to the newest bar of any of them that is complete."""
    firsts = [first for first in map(ledger.began, rule.metrics) if first is not None]
    through = max((end for (metric, _), end in ledger.sealed().items() if metric in rule.metrics), default=None)
    if not firsts or through is None:
        return None
    bars = rule.bar.grid(min(firsts), through - 1)
    ends = rule.bar.end(bars)
    complete = int((ends <= through).sum())
    return Armed(complete, int(bars[0]), int(ends[complete - 1])) if complete else None
