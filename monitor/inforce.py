"""The rules in force: takes over what rule files say, alert by alert, and tells what it could not take over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.dispatch import Routes, ended_notice, rules_notice
from monitor.errors import RuleError
from monitor.ledger import Ledger
from monitor.ledger.deeds import Deed
from monitor.model.alert import Alert
from monitor.model.bar import seconds
from monitor.model.notification import Notification
from monitor.rules.load import RuleSet
from monitor.rules.merge import Accepted, Edit, Fate, compiled, looks_anew, merge
from monitor.rules.rule import Rule

_log = logging.getLogger(__name__)

Judge = Callable[[Sequence[Rule], datetime], object]
"""Judges rules over every bar that they have not judged yet, as `Judging.judge`."""

_FILES = ("rule files", "reload")
"""Who edits rules, for the record: whoever may write the files."""
_AS_WRITTEN = (Fate.NEW, Fate.SAME, Fate.CHANGED, Fate.RESET)
_WHY = {
    Fate.RESET: "The rule was changed: what it watches, its condition or its bar. It is judged as a new one now.",
    Fate.DROPPED: "The rule is gone from the rule files.",
}
"""Why open episodes end, in the words of a message."""
_SAID = {
    Fate.NEW: "new",
    Fate.CHANGED: "changed",
    Fate.RESET: "armed anew",
    Fate.DROPPED: "dropped",
    Fate.KEPT: "on their last good version",
    Fate.REFUSED: "not in force",
}
"""How the log says what became of alerts."""


@dataclass(frozen=True, slots=True)
class _Takeover:
    """What is about to be in force: the rules, what became of each alert, and the rules that were, by name."""

    rules: tuple[Rule, ...]
    edits: tuple[Edit, ...]
    before: Mapping[str, Rule]

    def of(self, *fates: Fate) -> list[Edit]:
        """Those with one of these fates."""
        return [edit for edit in self.edits if edit.fate in fates]


class InForce:
    """The rules in force over a ledger, which keeps the last good version of each."""

    def __init__(self, ledger: Ledger, routes: Routes, judge: Judge) -> None:
        self._ledger = ledger
        self._routes = routes
        self._judge = judge
        self.rules: tuple[Rule, ...] = ()

    def take_over(self, loaded: RuleSet, at: datetime, *, attempt: int | None = None) -> None:
        """Bring in force what files say, a broken rule excepted: its last good version stays and a person is told.

        In one transaction with it, what is remembered of rules that have become others or are gone is put aside.
        `attempt`: the same problems are told once for each (default: `at`). Raises RuleError with every problem if
        there are some and no rule was ever taken over or none would be in force, and LedgerError; nothing is changed
        then.
        """
        book = self._ledger.rulebook.accepted()
        taken = self._taken(loaded, book)
        if loaded.problems and not (book and taken.rules):
            raise RuleError(loaded.problems)
        with self._ledger.transaction():
            if taken.of(Fate.CHANGED, Fate.RESET, Fate.DROPPED):
                # What was sealed before the edit, during a stop for example, is judged by the rules of that time.
                self._judge(tuple(taken.before.values()), at)
            for notice in (*self._ended(taken, at), *self._notice(loaded, taken, at, attempt)):
                self._ledger.outbox.add(notice, at)
            self._write(taken, at, first=not book)
            self._record(taken, at, first=not book)
            self._look_anew(taken, at)
        self.rules = taken.rules
        _say(loaded, taken)

    def _taken(self, loaded: RuleSet, book: Mapping[str, Accepted]) -> _Takeover:
        edits = merge(loaded, book)
        before = {rule.name: rule for rule in self.rules}
        if not before and any(edit.fate not in (Fate.NEW, Fate.SAME, Fate.REFUSED) for edit in edits):
            before = {rule.name: rule for rule in compiled(book)}
        edits = tuple(
            edit if edit.fate is not Fate.KEPT or edit.alert in before else _unreadable(edit) for edit in edits
        )
        fates = {edit.alert: edit.fate for edit in edits}
        written = [rule for rule in loaded.rules if fates[rule.name] in _AS_WRITTEN]
        kept = [rule for rule in before.values() if fates.get(rule.name) is Fate.KEPT]
        return _Takeover((*written, *kept), edits, before)

    def _ended(self, taken: _Takeover, at: datetime) -> Iterator[Notification]:
        for edit in taken.of(Fate.RESET, Fate.DROPPED):
            before = taken.before.get(edit.alert)
            alert = Alert(edit.alert, {}) if before is None else before.alert
            told = self._ledger.rulebook.told(edit.alert) if alert.tells_end else []
            if told:
                origin, why = self._ledger.origin(told[0]), _WHY[edit.fate]
                yield from ended_notice(self._routes, alert, told, why, origin=origin, at=seconds(at))

    def _notice(self, loaded: RuleSet, taken: _Takeover, at: datetime, attempt: int | None) -> tuple[Notification, ...]:
        if not loaded.problems:
            return ()
        kept = {edit.alert: edit.before.taken_at for edit in taken.of(Fate.KEPT) if edit.before}
        refused = [edit.alert for edit in taken.of(Fate.REFUSED)]
        return rules_notice(self._routes, loaded.problems, kept=kept, refused=refused, at=seconds(at), attempt=attempt)

    def _record(self, taken: _Takeover, at: datetime, *, first: bool) -> None:
        """What became of each rule that is not as it was; at first all are new, which is one line."""
        if first:
            self._ledger.deeds.record(
                Deed(seconds(at), *_FILES, f"{len(taken.rules)} rules taken over", "for the first time")
            )
            return
        for edit in taken.edits:
            known = edit.before is not None and edit.before.kept_at is not None
            if edit.fate is not Fate.SAME and not (edit.fate is Fate.KEPT and known):
                written = edit.after or edit.before
                path = "" if written is None else written.path
                said = _SAID[edit.fate].replace("their", "its")
                self._ledger.deeds.record(Deed(seconds(at), *_FILES, f"rule {said}", path, edit.alert))

    def _look_anew(self, taken: _Takeover, at: datetime) -> None:
        """Let rules that look back see their past with their new amounts, silently; open episodes go on as they are."""
        after = {rule.name: rule for rule in taken.rules}
        names = [edit.alert for edit in taken.of(Fate.CHANGED) if looks_anew(edit, after[edit.alert])]
        if names:
            courses = [self._ledger.rulebook.forget_past(name) for name in names]
            self._judge(
                taken.rules, at
            )  # all, as one may come `after` another; only these and new ones have bars to judge
            for course in courses:
                self._ledger.rulebook.restore(course)

    def _write(self, taken: _Takeover, at: datetime, *, first: bool) -> None:
        """`first`: nothing was ever taken over, so that what is remembered of an alert is of this very rule."""
        rulebook = self._ledger.rulebook
        for edit in taken.of(Fate.RESET, Fate.DROPPED, *(() if first else (Fate.NEW,))):
            rulebook.put_aside(edit.alert, seconds(at))
        for edit in taken.of(Fate.DROPPED):
            rulebook.forget(edit.alert)
        rulebook.accept(each for edit in taken.edits if (each := _entry(edit, seconds(at))) not in (None, edit.before))


def _unreadable(edit: Edit) -> Edit:
    """A last good version that this program does not understand any more can not stay."""
    return replace(edit, fate=Fate.REFUSED)


def _entry(edit: Edit, at: int) -> Accepted | None:
    """What the rulebook has of an alert from now on; None if nothing is to be written."""
    before, after = edit.before, edit.after
    if edit.fate is Fate.KEPT and before is not None:
        return before if before.kept_at is not None else replace(before, kept_at=at)
    if after is None:
        return None
    since = before.taken_at if before is not None and edit.fate is Fate.SAME else at
    return Accepted(edit.alert, after.path, after.text, since)


def _say(loaded: RuleSet, taken: _Takeover) -> None:
    told = {said: [edit.alert for edit in taken.of(fate)] for fate, said in _SAID.items()}
    parts = (f"; {said}: {', '.join(alerts)}" for said, alerts in told.items() if alerts)
    _log.info("rules: %d taken over%s", len(taken.of(*_AS_WRITTEN)), "".join(parts))
    if loaded.problems:
        count = len(loaded.problems)
        problems = "1 problem" if count == 1 else f"{count} problems"
        _log.error("rules: %s, the last good rules stay\n%s", problems, RuleError(loaded.problems))
