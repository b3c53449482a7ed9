"""Sources of the user's own: what their settings say of any file or address, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from monitor.model.bar import Bar
from monitor.model.metric import METRICS, Kind, Metric
from monitor.sources.about import About, Shows
from monitor.sources.config import Schedule, Span
from monitor.sources.located import located
from monitor.sources.units import UNITS

OWN_METRICS = ("amount", "figure")
"""What only such a source brings; it may bring any other metric as well."""
_SOURCE = "source"  # the label that is the name of the settings table
_MONITORS = frozenset({"source_up", "source_age"})  # what the monitor says of itself


def _brought(metric: str) -> str:
    known = sorted(METRICS.keys() - _MONITORS)
    if metric not in known:
        raise ValueError(f"got {metric!r}, expected one of the metrics {', '.join(known)}")
    return metric


def about(title: str, site: str = "the file itself") -> About:
    """What people are told of a kind of source whose content is the user's."""
    return About(
        title=title,
        label="<name>",
        shows=Shows.ANYTHING,
        site=site,
        licence="yours to know",
        duty="what you write as `citation` stands wherever the figures are shown",
        limits="yours to know",
    )


class Series(BaseModel):
    """Where the values of one metric stand.

    `value`: the column, or the path. `unit`: in which they are written. `labels`: by label, the column or path of its
    text; `fixed`: by label, its text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: Annotated[str, AfterValidator(_brought)]
    value: str = Field(min_length=1)
    unit: str
    labels: dict[str, str] = Field(default_factory=dict)
    fixed: dict[str, Annotated[str, Field(pattern=r"^\S(.{0,198}\S)?$")]] = Field(default_factory=dict)

    @property
    def of(self) -> Metric:
        """What the metric is."""
        return METRICS[self.metric]

    @property
    def places(self) -> tuple[str, ...]:
        """Every column or path that is named."""
        return self.value, *self.labels.values()

    @property
    def is_flow(self) -> bool:
        """Whether values add up over bars."""
        return self.of.kind is Kind.FLOW

    @model_validator(mode="after")
    def _fits_its_metric(self) -> Self:
        units = UNITS[self.of.unit]
        if self.unit not in units:
            raise ValueError(f"got the unit {self.unit!r}, expected for {self.metric}: {' or '.join(units)}")
        known = [label for label in self.of.identity if label != _SOURCE]
        for label in (*self.labels, *self.fixed):
            if label not in known:
                raise ValueError(f"got the label {label!r}, expected for {self.metric}: {', '.join(known) or 'none'}")
        if twice := self.labels.keys() & self.fixed.keys():
            raise ValueError(f"got the label {min(twice)!r} twice, expected it in labels or in fixed")
        return self


class MappedConfig(BaseModel):
    """Settings of any source of the user's own; see docs/sources.md.

    `time`: the column or path of when a value holds, or of the start of its bar; None = the moment of the look.
    `sealed`: which bars of a flow that are over are complete: up to the newest that is there, or only those before it.
    `complete`: what is not there any more is gone. `guarded`: far fewer values than before, or other totals, are reason
    for doubt.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    series: tuple[Series, ...] = Field(min_length=1)
    schedule: Schedule = "H * * * *"
    stale_after: Span = timedelta(hours=24)
    time: str | None = Field(None, min_length=1)
    bar: Bar | None = None
    sealed: Literal["newest", "before_newest"] = "newest"
    complete: bool = True
    guarded: bool = False
    citation: str = Field("", max_length=300)

    @model_validator(mode="after")
    def _bars_for_flows(self) -> Self:
        flows = [series.metric for series in self.series if series.is_flow]
        if flows and (self.bar is None or self.time is None):
            raise ValueError(f"got {flows[0]} without bar and time, expected both: it adds up over bars")
        if self.bar is not None and not flows:
            raise ValueError("got a bar, expected none: no metric of this table adds up over bars")
        return self


class OwnConfig(MappedConfig):
    """Settings of a file or an address. `url`: where it is. `headers`: sent with the request."""

    url: Annotated[str, AfterValidator(located)]
    headers: dict[str, SecretStr] = Field(default_factory=dict)

    @property
    def sent(self) -> Mapping[str, SecretStr]:
        """The headers; `_` in a name is `-`, as the environment can not write that."""
        return {name.replace("_", "-"): value for name, value in self.headers.items()}
