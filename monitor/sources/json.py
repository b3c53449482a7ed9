"""Any JSON file or address: a path for each value, label and time, as the settings name them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from monitor.model.sample import Snapshot
from monitor.ports import Source
from monitor.sources.answer import Place, decoded
from monitor.sources.fetch import Body, Fetch
from monitor.sources.json_path import beside, found, parsed
from monitor.sources.mapped import Cell, snapshot
from monitor.sources.own import OWN_METRICS, OwnConfig, about
from monitor.sources.own import Series as OwnSeries
from monitor.sources.own_source import OwnSource

KIND = "json"
METRICS = OWN_METRICS
NAMED = True  # tables of any name may be of this kind; the name becomes the `source` of their samples
ABOUT = about("any JSON file or address")


def _understood(path: str) -> str:
    parsed(path)
    return path


Path = Annotated[str, AfterValidator(_understood)]


class Series(OwnSeries):
    """Where the values of one metric stand; `value` and `labels` are paths."""

    value: Path
    labels: dict[str, Path] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_label_each(self) -> Self:
        for path in self.labels.values():
            _go_together(path, self.value)
        return self


class Config(OwnConfig):
    """Settings of this kind; `value`, `labels` and `time` are paths."""

    series: tuple[Series, ...] = Field(min_length=1)
    time: Path | None = None

    @model_validator(mode="after")
    def _one_time_each(self) -> Self:
        for series in self.series:
            if self.time is not None:
                _go_together(self.time, series.value)
        return self


def build(config: Config, fetch: Fetch, name: str) -> Source:
    """The source of these settings, under the name of their table."""
    return OwnSource(name, config, fetch, parse)


def parse(name: str, config: Config, answer: Body) -> Snapshot:
    """Read a file; raises SourceError naming the path, what was got and what was expected."""
    root = decoded(name, answer.body)
    return snapshot(name, config, answer, lambda series: _cells(root, series, config.time))


def _cells(root: Place, series: OwnSeries, time: str | None) -> Iterator[Cell]:
    labels = {label: parsed(path) for label, path in series.labels.items()}
    at = None if time is None else parsed(time)
    for keys, value in found(root, parsed(series.value)):
        yield Cell(
            value=value,
            labels={label: beside(root, path, keys) for label, path in labels.items()},
            time=None if at is None else beside(root, at, keys),
        )


def _go_together(path: str, value: str) -> None:
    if not parsed(path).goes_with(parsed(value)):
        raise ValueError(f"got {path!r} beside the value {value!r}, expected the same path up to its last [*]")
