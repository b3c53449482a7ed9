"""Shares of tasks in what OpenRouter's users ask for, and of models within each task; a week that rolls on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from pydantic import Field, SecretStr

from monitor.model.labels import Labels
from monitor.model.sample import Snapshot
from monitor.ports import Source, Window
from monitor.sources.about import About, Shows
from monitor.sources.answer import Place, decoded
from monitor.sources.config import ListConfig, Schedule, Span, Url
from monitor.sources.fetch import Fetch
from monitor.sources.levels import Level, Listing
from monitor.sources.openrouter_data import DUTY, LICENCE, LIMITS, Api, cited, slug_of
from monitor.sources.share import ratio
from monitor.sources.span import date_of

KIND = "openrouter_tasks"
_SOURCE = "openrouter/tasks"  # the label of the samples
_BY_MODEL = "openrouter/task-models"  # of those of models within a task: they are parts of parts
_PAGE = "openrouter.ai/rankings"
_DAYS = 7  # the only window there is
METRICS = ("usage_share",)
ABOUT = About(
    title="OpenRouter's shares of tasks",
    label=_SOURCE,
    shows=Shows.USAGE,
    site=_PAGE,
    licence=LICENCE,
    duty=DUTY,
    limits=LIMITS,
)
_MEASURES = {"usage": "usage_share", "tokens": "token_share"}
"""By the label `measure`, the field of the answer."""


class Config(ListConfig):
    """Settings of this kind."""

    key: SecretStr = Field(min_length=1, description="any OpenRouter API key")
    url: Url = "https://openrouter.ai/api/v1/classifications/task"
    schedule: Schedule = "H 23 * * *"  # a look in its last hour completes the day for rules
    stale_after: Span = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Part:
    """The share of one slice (0 to 1), named by its labels, such as task="code:debugging" and measure="tokens"."""

    labels: Labels
    share: Decimal


@dataclass(frozen=True, slots=True)
class Tasks:
    """An answer. `parts`: of groups and tasks, of all traffic that was classified; `by_model`: within a task.

    `count`: how many tasks; `as_of`: the last day of the window.
    """

    parts: tuple[Part, ...]
    by_model: tuple[Part, ...]
    count: int
    as_of: date


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings."""
    return _Tasks(config, Api(fetch, config.url, config.key))


@dataclass(frozen=True, slots=True)
class _Tasks:
    config: Config
    api: Api

    async def poll(self, window: Window) -> Snapshot:  # noqa: ARG002  (there is one window only)
        """The shares of the last seven days; raises SourceError."""
        answer = await self.api.get(window=f"{_DAYS}d")
        found = parse(answer.body)
        line = cited(_PAGE, found.as_of.isoformat())
        whole, within = (Listing(KIND, label, METRICS, line, self.config.stale_after) for label in (_SOURCE, _BY_MODEL))
        levels = (*_levels(_SOURCE, found.parts), *_levels(_BY_MODEL, found.by_model))
        snapshot = whole.snapshot(answer, levels, entries=found.count)
        return replace(snapshot, seals=(*snapshot.seals, *within.unchanged(answer.fetched_at).seals))


def parse(body: bytes) -> Tasks:
    """Read one answer strictly; raises SourceError naming the field, what was got and what was expected."""
    answer = decoded(KIND, body).at("data")
    days = answer.at("window_days")
    if days.value != _DAYS:
        raise days.fault(f"{_DAYS}, as asked for")
    tasks, groups = answer.at("classifications").items(), answer.at("macro_categories").items()
    parts = (*_named(groups, "group", "key"), *_named(tasks, "task", "tag"))
    by_model = tuple(part for task in tasks for part in _models(task))
    return Tasks(parts, by_model, len(tasks), date_of(answer.at("as_of")))


def _named(places: Sequence[Place], label: str, field: str) -> Iterator[Part]:
    """Every share of each entry of a list."""
    seen: set[str] = set()
    for place in places:
        name = slug_of(place.at(field))
        if name in seen:
            raise place.at(field).fault(f"a {label} that stands once in the list")
        seen.add(name)
        yield from _shares(place, "", {label: name})


def _models(task: Place) -> Iterator[Part]:
    """The shares of the models of a task within it; a task without any is none that can not be read."""
    tag = slug_of(task.at("tag"))
    seen: set[str] = set()
    listed = task.at("models")
    for place in listed.items() if listed.of(list) else ():
        model = slug_of(place.at("id"))
        if model in seen:
            raise place.at("id").fault("a model that stands once in its task")
        seen.add(model)
        yield from _shares(place, "tag_", {"task": tag, "model": model})


def _shares(place: Place, prefix: str, labels: dict[str, str]) -> Iterator[Part]:
    for measure, field in _MEASURES.items():
        yield Part(Labels.of(labels, measure=measure), ratio(place.at(prefix + field), whole=1))


def _levels(source: str, parts: Sequence[Part]) -> Iterator[Level]:
    for part in parts:
        yield Level("usage_share", part.labels.merged(Labels.of(source=source)), part.share)
