"""From settings to what a daemon is given of the world: validates the adapters' own tables, then builds them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import ModuleType
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from monitor import notifiers, sinks, sources
from monitor.complaint import complaints, unknown
from monitor.daemon import Daemon, Outside, Poll
from monitor.delivery import Delivery, Receiver
from monitor.dispatch import Timeliness
from monitor.errors import SettingsError
from monitor.feed import Feed
from monitor.files import load_catalog, load_rules, rules_look
from monitor.judging import Judging
from monitor.layers import Place
from monitor.ledger import Ledger
from monitor.model.copying import Stream
from monitor.ports import Copies, Source
from monitor.registry import modules
from monitor.schedule import fire_times
from monitor.settings import Settings, Table, written_span
from monitor.sources.fetch import Fetch

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")  # of a source of the user's own; the environment can write it
_FALLBACK = "console"  # the receiver where no other is configured


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter that is switched on: its module and its own settings."""

    module: ModuleType
    config: BaseModel


@dataclass(frozen=True, slots=True)
class Adapters:
    """All that is switched on, by name. `off`: sources that are not, and why."""

    sources: Mapping[str, Adapter]
    receivers: Mapping[str, Adapter]
    sinks: Mapping[str, Adapter]
    off: Mapping[str, str]

    @property
    def secrets(self) -> frozenset[str]:
        """Every secret of theirs, for whoever must not show one."""
        every = (*self.sources.values(), *self.receivers.values(), *self.sinks.values())
        return frozenset(secret.get_secret_value().strip() for each in every for secret in _secrets(each.config))


def adapters(settings: Settings) -> Adapters:
    """Validate the tables of all adapters; raises SettingsError with every problem of every one."""
    reading = _Reading(settings)
    polled = {name: reading.source(name, module) for name, module in reading.kinds(modules(sources)).items()}
    told = {name: reading.other(name, module) for name, module in modules(notifiers).items()}
    copied = {name: reading.other(name, module) for name, module in modules(sinks).items()}
    if reading.problems:
        raise SettingsError("\n".join(reading.problems))
    return Adapters(_on(polled), _on(told) or _fallback(), _on(copied), reading.off)


def daemon(settings: Settings, found: Adapters, ledger: Ledger, fetch: Fetch, now: Callable[[], datetime]) -> Daemon:
    """A monitor over a ledger; raises CatalogError, and in its start RuleError."""
    reached = receivers(found)
    judging = judging_for(settings, ledger, tuple(reached))
    outside = Outside(
        polls=polls(found, fetch),
        delivery=Delivery(ledger.outbox, reached),
        feeds=tuple(feeds(found, ledger, tuple(reached), now)),
        load_rules=lambda: load_rules(settings.rules),
        accept=fetch.accept,
        now=now,
        look_at_rules=lambda: rules_look(settings.rules),
        watch_rules=settings.watch_rules,
        keep_bodies=settings.ledger.keep_bodies,
    )
    return Daemon(ledger, judging, outside)


def judging_for(settings: Settings, ledger: Ledger, told: Sequence[str]) -> Judging:
    """What judges, and what is said of it to the receivers `told`; raises CatalogError."""
    return Judging(ledger, load_catalog(settings.catalog), told, timeliness(settings), settings.page_url)


def timeliness(settings: Settings) -> Timeliness:
    """What is called late, and what is too late to be told by itself."""
    return Timeliness(settings.late_after, settings.late_notice)


def polls(found: Adapters, fetch: Fetch) -> tuple[Poll, ...]:
    """Every source that is on, ready to be polled."""
    return tuple(_poll(name, adapter, fetch) for name, adapter in found.sources.items())


def source_of(name: str, adapter: Adapter, fetch: Fetch) -> Source:
    """The source itself; one of the user's own goes by its name."""
    own = (name,) if _may_be_named(adapter.module) else ()
    source: Source = adapter.module.build(adapter.config, fetch, *own)
    return source


def receivers(found: Adapters) -> dict[str, Receiver]:
    """Every receiver with its pace."""
    return {
        name: Receiver(adapter.module.build(adapter.config), adapter.module.GAP)
        for name, adapter in found.receivers.items()
    }


def feeds(found: Adapters, ledger: Ledger, told: Sequence[str], now: Callable[[], datetime]) -> Iterator[Feed]:
    """A worker for each sink and stream; the receivers `told` hear of what lasts, once of all streams of a sink."""
    for name, adapter in found.sinks.items():
        for stream, kept in streams(ledger).items():
            first = stream is Stream.SAMPLES
            sink = adapter.module.build(adapter.config, stream)
            yield Feed(stream.cursor(name), sink, kept, receivers=told, now=now, tells_outages=first)


def streams(ledger: Ledger) -> dict[Stream, Copies[Any]]:
    """What is copied, and where the ledger keeps how far."""
    return {
        Stream.SAMPLES: ledger.cursors,
        Stream.ALERTS: ledger.transition_cursors,
        Stream.REMARKS: ledger.remark_cursors,
    }


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads tables one by one and collects what is wrong with them."""

    settings: Settings
    problems: list[str] = field(default_factory=list)
    off: dict[str, str] = field(default_factory=dict)

    def kinds(self, every: Mapping[str, ModuleType]) -> Mapping[str, ModuleType]:
        """The module of each source by its name: kinds under their own, and tables that name their kind."""
        single = {kind: module for kind, module in every.items() if not _may_be_named(module)}
        tables = {name: every.get(self._kind(name, every)) for name in sorted(self.settings.sources)}
        return single | {name: module for name, module in tables.items() if module is not None}

    def _kind(self, name: str, every: Mapping[str, ModuleType]) -> str:
        """The kind of a table; empty, and a problem noted, where it can not be that or have this name."""
        place = ("sources", name)
        kind = str(_plain(self.settings.sources[name].get("kind", name)))
        named = [each for each, module in every.items() if _may_be_named(module)]
        if "kind" not in self.settings.sources[name] and kind not in every:
            told = unknown(place, every, self.settings.layers)
            self.problems.append(f"{told}\n    a source of your own needs kind, which is {_either(named)}")
        elif kind not in every or (kind != name and kind not in named):
            self._refuse((*place, "kind"), f"expected {_either(named)}: others go by their own name")
        elif kind != name and (name in every or name in _labels(every)):
            self._refuse(place, "is the name of another source; give the table a name of its own")
        elif kind in named and not _NAME.fullmatch(name):
            self._refuse(place, "expected a name of small letters, digits and _, at most 40, beginning with a letter")
        else:
            return kind
        return ""

    def _refuse(self, place: Place, told: str) -> None:
        self.problems.append(f"{self.settings.where(place)}: {told}")

    def source(self, name: str, module: ModuleType) -> Adapter | None:
        """A source is on unless it is switched off, or is not named and has to be: by its ABOUT, or for a value."""
        table = dict(self.settings.sources.get(name, {}))
        table.pop("kind", None)  # `kinds` has read it
        place = ("sources", name)
        enabled = self._enabled(place, table.pop("enabled", True))
        config = self._valid(place, module.Config, table, whole=enabled and name in self.settings.sources)
        if name not in self.settings.sources and not module.ABOUT.by_default:
            self.off[name] = "not named in the settings"
            return None
        if not enabled:
            self.off[name] = "switched off"
        elif config is None:
            self.off[name] = f"needs {', '.join(_required(module.Config))}"
        if not enabled or config is None:
            return None
        self._check_schedule(name, config)
        return Adapter(module, config)

    def other(self, name: str, module: ModuleType) -> Adapter | None:
        """A receiver or a sink is on if there is a table for it."""
        table: Table | None = getattr(self.settings, name, None)
        config = None if table is None else self._valid((name,), module.Config, table, whole=True)
        return None if config is None else Adapter(module, config)

    def _enabled(self, place: Place, written: object) -> bool:
        try:
            return _Switch.model_validate({"enabled": _plain(written)}).enabled
        except ValidationError as error:
            self.problems.extend(complaints(error, _Switch, self.settings.layers, under=place))
            return False

    def _valid(self, place: Place, model: type[BaseModel], table: Table, *, whole: bool) -> BaseModel | None:
        """The table as the adapter's own settings; not `whole`: it is no problem if something is missing."""
        try:
            return model.model_validate(_read(model, table))
        except ValidationError as error:
            found = complaints(error, model, self.settings.layers, under=place, missing=whole)
            self.problems.extend(found)
        return None

    def _check_schedule(self, name: str, config: BaseModel) -> None:
        now = datetime.now(UTC)
        try:
            fire_times(name, getattr(config, "schedule", ""), now, now)
        except SettingsError as error:
            self._refuse(("sources", name, "schedule"), str(error).removeprefix(f"schedule of {name}: "))


class _Switch(BaseModel):
    enabled: bool = True


def _read(model: type[BaseModel], table: Table) -> dict[str, object]:
    """The table with its texts laid open for validation, and spans read as people write them."""
    plain = {name: _plain(value) for name, value in table.items()}
    for name, setting in model.model_fields.items():
        if setting.annotation is timedelta and name in plain:
            with suppress(ValueError):  # whatever else pydantic can make of it
                plain[name] = written_span(plain[name])
    return plain


def _plain(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _may_be_named(module: ModuleType) -> bool:
    """Whether tables of any name may be of this kind."""
    return getattr(module, "NAMED", False)


def _either(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _labels(every: Mapping[str, ModuleType]) -> frozenset[str]:
    """What the kinds write as `source` of their samples, without slices."""
    return frozenset(module.ABOUT.label.partition("/")[0] for module in every.values())


def _secrets(config: BaseModel) -> Iterator[SecretStr]:
    for name in type(config).model_fields:
        value = getattr(config, name)
        for each in value.values() if isinstance(value, Mapping) else (value,):
            if isinstance(each, SecretStr):
                yield each


def _required(model: type[BaseModel]) -> list[str]:
    return [name for name, setting in model.model_fields.items() if setting.is_required()]


def _on(found: Mapping[str, Adapter | None]) -> dict[str, Adapter]:
    return {name: adapter for name, adapter in found.items() if adapter is not None}


def _fallback() -> dict[str, Adapter]:
    module = modules(notifiers)[_FALLBACK]
    return {_FALLBACK: Adapter(module, module.Config())}


def _poll(name: str, adapter: Adapter, fetch: Fetch) -> Poll:
    history: date | None = getattr(adapter.config, "history_from", None)
    since = None if history is None else datetime.combine(history, time.min, UTC)
    schedule: str = getattr(adapter.config, "schedule", "")
    return Poll(name, source_of(name, adapter, fetch), schedule, since)
