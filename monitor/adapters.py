"""From settings to adapters: validates every adapter's own table, and says which of them are on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import TypeVar

from pydantic import BaseModel, SecretStr, ValidationError

from monitor import notifiers, sinks, sources
from monitor.complaint import complaints, unknown
from monitor.dispatch import Inhibition, Route, Routes
from monitor.errors import SettingsError
from monitor.layers import Place, dotted
from monitor.model.matcher import matchers
from monitor.model.recurrence import recurrence
from monitor.registry import modules
from monitor.rules.words import nearest
from monitor.schedule import fire_times
from monitor.settings import InhibitionSettings, RouteSettings, Settings, Table, written_span

_Said = TypeVar("_Said")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")  # of what users name; the environment can write it
_NAMED_SO = "expected a name of small letters, digits and _, at most 40, beginning with a letter"
_SHORT = "slack"  # the kind of receiver that has a table of its own: the receiver of that name
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
    routes: Routes

    @property
    def secrets(self) -> frozenset[str]:
        """Every secret of theirs, for whoever must not show one."""
        every = (*self.sources.values(), *self.receivers.values(), *self.sinks.values())
        return frozenset(secret.get_secret_value().strip() for each in every for secret in _secrets(each.config))


def adapters(settings: Settings) -> Adapters:
    """Validate the tables of all adapters; raises SettingsError with every problem of every one."""
    reading = _Reading(settings)
    polled = {name: reading.source(name, module) for name, module in reading.kinds(modules(sources)).items()}
    told = reading.receivers(modules(notifiers))
    copied = {name: reading.sink(name, module) for name, module in modules(sinks).items()}
    reading.reports()
    routes = reading.routes(sorted(told) or [_FALLBACK])
    if settings.ledger.backup:
        reading.check_schedule(("ledger", "backup"), settings.ledger.backup)
    if reading.problems:
        raise SettingsError("\n".join(reading.problems))
    return Adapters(_on(polled), _on(told) or _fallback(), _on(copied), reading.off, routes)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads tables one by one and collects what is wrong with them."""

    settings: Settings
    problems: list[str] = field(default_factory=list)
    off: dict[str, str] = field(default_factory=dict)

    def kinds(self, every: Mapping[str, ModuleType]) -> Mapping[str, ModuleType]:
        """The module of each source by its name: kinds under their own, and tables that name their kind."""
        single = {kind: module for kind, module in every.items() if not may_be_named(module)}
        tables = {name: every.get(self._kind(name, every)) for name in sorted(self.settings.sources)}
        return single | {name: module for name, module in tables.items() if module is not None}

    def _kind(self, name: str, every: Mapping[str, ModuleType]) -> str:
        """The kind of a table; empty, and a problem noted, where it can not be that or have this name."""
        place = ("sources", name)
        kind = str(_plain(self.settings.sources[name].get("kind", name)))
        named = [each for each, module in every.items() if may_be_named(module)]
        if "kind" not in self.settings.sources[name] and kind not in every:
            told = unknown(place, every, self.settings.layers)
            self.problems.append(f"{told}\n    a source of your own needs kind, which is {_either(named)}")
        elif kind not in every or (kind != name and kind not in named):
            self._refuse((*place, "kind"), f"expected {_either(named)}: others go by their own name")
        elif kind != name and (name in every or name in _labels(every)):
            self._refuse(place, "is the name of another source; give the table a name of its own")
        elif kind in named and not _NAME.fullmatch(name):
            self._refuse(place, _NAMED_SO)
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
        self.check_schedule((*place, "schedule"), getattr(config, "schedule", ""))
        return Adapter(module, config)

    def sink(self, name: str, module: ModuleType) -> Adapter | None:
        """A sink is on if there is a table for it."""
        table: Table | None = getattr(self.settings, name, None)
        return None if table is None else self._built((name,), module, table)

    def receivers(self, kinds: Mapping[str, ModuleType]) -> dict[str, Adapter | None]:
        """Every receiver that has a table, by its name."""
        found = {name: self._receiver(name, table, kinds) for name, table in sorted(self.settings.receivers.items())}
        short = self.settings.slack
        if short is not None and _SHORT in found:
            self._refuse(("receivers", _SHORT), f"is the name of the receiver in [{_SHORT}]; keep one of them")
        elif short is not None:
            found[_SHORT] = self._built((_SHORT,), kinds[_SHORT], short)
        return found

    def _receiver(self, name: str, table: Table, kinds: Mapping[str, ModuleType]) -> Adapter | None:
        place, kind = ("receivers", name), str(_plain(table.get("kind", name)))
        if "kind" not in table and kind not in kinds:
            self._refuse(place, f"'kind' is missing, expected {_either([*kinds])}")
        elif kind not in kinds:
            self._refuse(
                (*place, "kind"), f"got {kind[:40]!r}, expected {_either([*kinds])}\n    {nearest(kind, kinds)}"
            )
        elif kind != name and name in kinds:
            self._refuse(place, "is the name of a kind; give the table a name of its own")
        elif not _NAME.fullmatch(name):
            self._refuse(place, _NAMED_SO)
        else:
            own = {each: value for each, value in table.items() if each != "kind"}
            return self._built(place, kinds[kind], own)
        return None

    def routes(self, receivers: Sequence[str]) -> Routes:
        """The routes to these receivers."""
        written = self.settings.routes
        for number, each in enumerate(written[:-1]):
            if not each.match.strip() and not each.goes_on:
                self._refuse(("routes", str(number)), "takes everything, so that no later route is ever tried")
        found = tuple(self._route(("routes", str(number)), each, receivers) for number, each in enumerate(written))
        inhibit = self.settings.inhibit
        inhibitions = tuple(self._inhibition(("inhibit", str(number)), each) for number, each in enumerate(inhibit))
        return Routes(tuple(receivers), found, inhibitions, self.settings.most_per_hour)

    def _route(self, place: Place, written: RouteSettings, receivers: Sequence[str]) -> Route:
        for name in written.receivers:
            if name not in receivers:
                told = f"no receiver is called {name[:40]!r}\n    {nearest(name, receivers)}"
                self._refuse((*place, "receivers"), told)
        mute = (self._understood((*place, "mute"), recurrence, each) for each in written.mute)
        remind = written.remind_after
        return Route(
            self._understood((*place, "match"), matchers, written.match) or (),
            written.receivers,
            written.goes_on,
            written.group_by,
            tuple(time for time in mute if time is not None),
            None if remind is None else int(remind.total_seconds()),
        )

    def _inhibition(self, place: Place, written: InhibitionSettings) -> Inhibition:
        source = self._understood((*place, "source"), matchers, written.source) or ()
        target = self._understood((*place, "target"), matchers, written.target) or ()
        return Inhibition(source, target, written.equal, f"inhibited: {written.source} fires")

    def _understood(self, place: Place, read: Callable[[str], _Said], text: str) -> _Said | None:
        """What a text says; None, and a problem noted, where it says nothing that is understood."""
        try:
            return read(text)
        except ValueError as error:
            self._refuse(place, str(error))
        return None

    def _built(self, place: Place, module: ModuleType, table: Table) -> Adapter | None:
        config = self._valid(place, module.Config, table, whole=True)
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

    def reports(self) -> None:
        """Schedules of reports; an empty one is off."""
        for name, schedule in self.settings.digest:
            if schedule:
                self.check_schedule(("digest", name), schedule)

    def check_schedule(self, place: Place, cron: str) -> None:
        """Note a problem with a crontab line."""
        now = datetime.now(UTC)
        try:
            fire_times(dotted(place), cron, now, now)
        except SettingsError as error:
            self._refuse(place, str(error).removeprefix(f"schedule of {dotted(place)}: "))


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
    """As it was written, at any depth."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def may_be_named(module: ModuleType) -> bool:
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
