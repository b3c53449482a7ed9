"""`overtakes: {floor: 1%}`: any member passes any other of its source; each ordered pair is an instance of its own.

Both must be at or over the floor for their order to count: who is under it neither overtakes nor is overtaken, and the
order that counted last is remembered meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor.model.alert import Compared
from monitor.model.frame import Frame, Member, Verdicts
from monitor.model.labels import Labels
from monitor.rules.conditions.condition import Bounds, Build, Condition, Context, View
from monitor.rules.conditions.turning import OPTIONS_OF_TURNING, Margin, Turning, margin, turning
from monitor.rules.shapes import Shape, amount, entries

OTHER = "over_"
"""What a label of the one that was passed begins with: `labels.vendor` passed `labels.over_vendor`."""

_Columns = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Overtakes(Condition):
    """The first of a pair rises above the second."""

    floor: float
    margin: Margin
    turning: Turning
    tells_end: bool = False
    compared: Compared = Compared.OTHER

    @property
    def remembers(self) -> tuple[str, ...]:
        """The side."""
        return self.turning.remembers

    def instances(self, watch: Frame) -> Frame:
        """(T, P): a column a pair that ever counts, with what the first of it has."""
        first, second = self._pairs(watch)
        members = [_pair(watch.members[i], watch.members[j]) for i, j in zip(first, second, strict=True)]
        upper = None if watch.upper is None else watch.upper[:, first]
        absent = watch.absent[:, first] | watch.absent[:, second]
        met = watch.met[:, first] & watch.met[:, second]
        return replace(
            watch, members=tuple(members), values=watch.values[:, first], absent=absent, met=met, upper=upper
        )

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        first, second = self._pairs(view.base)
        values = view.base.values[view.start :]
        ours, theirs = values[:, first], values[:, second]
        side = self.margin.sides(Bounds(ours, ours, ours), Bounds(theirs, theirs, theirs))
        counts = (ours >= self.floor) & (theirs >= self.floor)
        return self.turning.verdicts(view, np.where(counts, side, np.nan), ours, theirs)

    def _pairs(self, watch: Frame) -> tuple[_Columns, _Columns]:
        """Columns of ordered pairs of one source that are both over the floor in some bar."""
        over = (watch.values >= self.floor).astype(np.float32)
        together = over.T @ over > 0
        sources = np.array([member.labels.get("source") for member in watch.members], np.str_)
        together &= sources[:, None] == sources[None, :]
        np.fill_diagonal(together, val=False)
        first, second = np.nonzero(together)
        return first.astype(np.intp), second.astype(np.intp)


def _pair(ours: Member, theirs: Member) -> Member:
    return Member(_beside(ours.labels, theirs.labels), _beside(ours.joined, theirs.joined))


def _beside(ours: Labels, theirs: Labels) -> Labels:
    """Our labels, and theirs where they differ."""
    differ = {OTHER + name: value for name, value in theirs if ours.get(name) != value}
    return Labels.of(dict(ours.pairs) | differ)


def build(key: str, body: object, context: Context) -> Condition:
    """From the floor and the rule's `margin`, `max_gap` and `gap`."""
    if not isinstance(body, dict) or set(body) != {"floor"}:
        raise context.fail((key,), f"got {str(body)[:60]}, expected a floor", "for example overtakes: {floor: 1%}")
    floor = context.amount((key, "floor"), body["floor"])
    if floor <= 0:
        raise context.fail((key, "floor"), f"got {body['floor']}, expected more than zero", None)
    return Overtakes(floor, margin(context), turning(1, context))


OPTIONS: tuple[str, ...] = OPTIONS_OF_TURNING
KEYS: Mapping[str, Build] = {"overtakes": build}
SCHEMA: Mapping[str, Shape] = {
    "overtakes": {
        **entries(
            {"floor": amount("who is under it neither overtakes nor is overtaken", "1%", "100B")},
            "any member rises above any other of its source; each ordered pair is an instance",
            required=["floor"],
        ),
        "examples": [{"floor": "1%"}],
    }
}
