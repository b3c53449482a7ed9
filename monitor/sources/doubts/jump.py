"""Prices of one provider that jump by an absurd factor at once: another unit, or the correction of one."""

from __future__ import annotations

from datetime import timedelta

from monitor.model.metric import METRICS, Unit
from monitor.model.sample import Snapshot
from monitor.model.shift import shifts
from monitor.sources.believed import Believed

KIND = "jump"
PATIENCE = timedelta(days=1)  # the corrections of two such errors stayed; an error of a few models lasted five hours
_ABSURD = 1000.0
_NEARLY = 0.99  # 4,000 → 4.05 is meant as well
_SHOWN = 3  # names of models


def doubt(snapshot: Snapshot, believed: Believed) -> str | None:
    """Three models or more of one group move by the same factor of a thousand or more, up or down."""
    after = {
        (sample.series.metric, sample.series.labels): sample.value
        for sample in snapshot.samples
        if sample.value is not None and METRICS[sample.series.metric].unit is Unit.USD
    }
    before = {(series.metric, series.labels): value for series, value in believed.levels.items()}
    for shift in shifts(before, after):
        if shift.factor > 0 and max(shift.factor, 1 / shift.factor) >= _NEARLY * _ABSURD:
            named = ", ".join(shift.models[:_SHOWN]) + (", …" if len(shift.models) > _SHOWN else "")
            return (
                f"got prices of {len(shift.models)} models of {shift.group or 'one list'} at {shift.factor:,.3g} times"
                f" those before ({named}), expected less than {_ABSURD:,.0f} times: it looks like another unit"
            )
    return None
