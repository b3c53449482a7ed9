"""`after`: whether another alert fired shortly before, by what was known when each bar was judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from monitor.catalog import Join
from monitor.model.frame import Flags, Frame
from monitor.model.judgement import Judgement, Recollection
from monitor.model.labels import Labels
from monitor.model.transition import Change, Transition
from monitor.rules.corrections import stories
from monitor.rules.feed import member_of
from monitor.rules.rule import After, Rule

_ALWAYS = -(2**62)


class Firings:
    """What fired, as recorded and as decided in this evaluation. `rules`: where the alerts looked for come from."""

    def __init__(self, recollection: Recollection, rules: Iterable[Rule], join: Join) -> None:
        self._recollection = recollection
        self._metrics = {rule.name: min(rule.metrics) for rule in rules}
        self._join = join
        self._decided: dict[str, dict[str, Judgement]] = {}

    def note(self, judgement: Judgement) -> None:
        """A judgement of this evaluation; what it decided stands in place of what was recorded of its bars."""
        self._decided.setdefault(judgement.alert, {})[judgement.partition] = judgement

    def soon_after(self, after: After, frame: Frame, start: int) -> Flags:
        """(T - start, S): whether the other alert fired in that bar or one that began at most `within` before."""
        soon = np.zeros((len(frame.bars) - start, len(frame.members)), np.bool_)
        for _, rows, meant in self._soon(after, frame, start):
            soon[:, meant] |= rows[:, None]
        return soon

    def newest(self, after: After, frame: Frame, row: int) -> dict[int, Transition]:
        """By column, the last of the firings that make it soon enough in this row."""
        found: dict[int, Transition] = {}
        for fired, rows, meant in self._soon(after, frame, row):
            later = [each for each in meant if each not in found or found[each].valid_at < fired.valid_at]
            found |= dict.fromkeys(later, fired) if rows[0] else {}
        return found

    def _soon(self, after: After, frame: Frame, start: int) -> Iterator[tuple[Transition, Flags, list[int]]]:
        """Each firing, the rows from `start` on that come soon after it and know of it, and the columns it is about."""
        bars, judged_at = frame.bars[start:], frame.judged_at[start:]
        ends = frame.bar.end(bars)
        columns: dict[Labels, list[int]] = {}
        for column, member in enumerate(frame.members):
            columns.setdefault(member.joined.only(after.same), []).append(column)
        for fired in self._fired(after.alert, int(bars[0]) - after.within):
            rows = (fired.judged_at <= judged_at) & (ends > fired.valid_at) & (bars - fired.valid_at <= after.within)
            yield fired, rows, columns.get(self._joined(fired).only(after.same), [])

    def _fired(self, alert: str, since: int) -> Iterator[Transition]:
        decided = self._decided.get(alert, {})
        for story in stories(self._recollection.recorded(alert, None, since)).values():
            for each in story.fired.values():
                judgement = decided.get(each.labels.get("source")) or decided.get("")
                through = None if judgement is None else judgement.past.through
                if judgement is None or each.valid_at < (_ALWAYS if through is None else through):
                    yield each
        for judgement in decided.values():
            yield from (each for each in judgement.transitions if each.kind is Change.FIRING)

    def _joined(self, fired: Transition) -> Labels:
        known = fired.alert in self._metrics and not fired.joined.pairs
        return member_of(self._metrics[fired.alert], fired.labels, self._join).joined if known else fired.joined
