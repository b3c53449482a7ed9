"""What rule files say, and what was in force before → what an edit does to every alert; `monitor plan` asks first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from monitor.rules.identity import identity
from monitor.rules.load import RuleSet, load
from monitor.rules.rule import Rule
from monitor.rules.written import Written, rewritten

_TOLD = frozenset({"labels", "annotations"})
"""Keys that say nothing of when it fires."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The last good version of an alert: the file that had it, and itself as a file of its own (`Written.text`).

    Epoch seconds: `taken_at`, since when this version is in force; `kept_at`, since when it is so in place of what its
    file says (None = the file says it).
    """

    alert: str
    path: str
    text: str
    taken_at: int
    kept_at: int | None = None

    @property
    def written(self) -> Written:
        """The rule in it."""
        return rewritten(self.path, self.text)


def compiled(book: Mapping[str, Accepted]) -> tuple[Rule, ...]:
    """The rules of a rulebook; what this program does not understand any more is not among them."""
    return load((each.path, each.text) for each in book.values()).rules


class Fate(StrEnum):
    """What an edit does to an alert."""

    NEW = "new"  # is armed silently
    SAME = "same"
    CHANGED = "changed"  # its open episodes go on
    RESET = "reset"  # has become another rule: armed silently, its open episodes end
    KEPT = "kept"  # is broken: its last good version stays
    REFUSED = "refused"  # is broken and never was sound: not in force
    DROPPED = "dropped"  # is gone: its open episodes end


@dataclass(frozen=True, slots=True)
class Edit:
    """What becomes of one alert. `before`: its last good version; `after`: what a file says now."""

    alert: str
    fate: Fate
    before: Accepted | None = None
    after: Written | None = None


def merge(loaded: RuleSet, book: Mapping[str, Accepted]) -> tuple[Edit, ...]:
    """Every alert that files name or that was in force, in the order of the files.

    Of a name that is taken twice nobody can say which is meant: the one that had it stays. A rule that is not there any
    more is dropped, unless its file, or the folder that it was found in, could not be read as a whole.
    """
    written = {each.name: each for each in loaded.written}
    named = tuple(
        _broken(name, book.get(name)) if name in loaded.broken else _sound(after, book.get(name))
        for name, after in written.items()
    )
    gone = sorted(book.keys() - written.keys())
    return (*named, *(_gone(book[name], loaded) for name in gone))


def looks_anew(edit: Edit, rule: Rule) -> bool:
    """Whether a changed rule must see its past anew: it remembers something, and not only its labels and texts changed.

    A value of 1.5 % that was above a line of 1 % did not fall below one of 2 % today, only because the line was moved.
    """
    if edit.fate is not Fate.CHANGED or edit.before is None or edit.after is None:
        return False
    moved = {key.partition(".")[0] for key, _, _ in differences(edit.before.written, edit.after)}
    return not moved <= _TOLD and any(condition.slots for condition in rule.conditions)


def differences(before: Written, after: Written) -> Iterator[tuple[str, str | None, str | None]]:
    """(key, old, new) of what an edit changes; None where one of them does not have it."""
    old, new = before.flat, after.flat
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) != new.get(key):
            yield key, old.get(key), new.get(key)


def _sound(after: Written, before: Accepted | None) -> Edit:
    if before is None:
        return Edit(after.name, Fate.NEW, None, after)
    if before.text == after.text:
        return Edit(after.name, Fate.SAME, before, after)
    same = identity(before.written) == identity(after)
    return Edit(after.name, Fate.CHANGED if same else Fate.RESET, before, after)


def _broken(name: str, before: Accepted | None) -> Edit:
    return Edit(name, Fate.REFUSED if before is None else Fate.KEPT, before)


def _gone(before: Accepted, loaded: RuleSet) -> Edit:
    doubt = any(before.path == path or before.path.startswith(f"{path}/") for path in loaded.doubtful)
    return Edit(before.alert, Fate.KEPT if doubt else Fate.DROPPED, before)
