"""Process settings: flags > environment > credentials folder > monitor.toml > defaults; unknown names are errors.

The tables of adapters (sources, receivers, slack, influxdb) stay as they were written: `monitor.adapters` validates
them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from monitor.complaint import complaints
from monitor.errors import SettingsError
from monitor.layers import Layer, Place, default_ledger, dotted, gathered, where
from monitor.model.quantity import span
from monitor.shipped import shipped

_LAST_PORT = 65_535
_LEDGER = ("ledger", "path")
_SECONDS = re.compile(r"([0-9]{1,9})\s*s")


def written_span(text: object) -> object:
    """A span as people write it (30s, 90m, 24h, 7d) as a timedelta; what is no text stays. Raises ValueError."""
    if not isinstance(text, str):
        return text
    seconds = _SECONDS.fullmatch(text.strip())
    return timedelta(seconds=int(seconds[1]) if seconds else span(text))


def listed(value: object) -> object:
    """A text is a list with commas: so it comes from the environment."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _paths(value: object) -> object:
    """A single text is a list of paths as in $PATH."""
    return value.split(os.pathsep) if isinstance(value, str) else value


def _endpoint(value: object) -> object:
    """127.0.0.1:8642 or [::1]:8642 as address and port."""
    if not isinstance(value, str):
        return value
    host, _, port = value.rpartition(":")
    try:
        return str(ip_address(host.removeprefix("[").removesuffix("]"))), _port(port)
    except ValueError:
        raise ValueError("expected an IP address and a port, such as 127.0.0.1:8642 or [::1]:8642") from None


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= _LAST_PORT:
        raise ValueError
    return port


def _expanded(value: object) -> object:
    return Path(value).expanduser() if isinstance(value, str) else value


def _wrapped(value: object) -> object:
    """Every text of an adapter's table as a secret, at any depth: nobody here knows which of them are."""
    if isinstance(value, Mapping):
        return {name: _hidden(item) for name, item in value.items()}
    return value


def _hidden(value: object) -> object:
    if isinstance(value, str):
        return SecretStr(value)
    return [_hidden(item) for item in value] if isinstance(value, list) else _wrapped(value)


Table = Annotated[dict[str, object], BeforeValidator(_wrapped)]
"""An adapter's settings as written, every text a SecretStr."""
UserPath = Annotated[Path, BeforeValidator(_expanded)]
Span = Annotated[timedelta, BeforeValidator(written_span), Field(gt=timedelta(0))]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LedgerSettings(_Part):
    """Where all that was learnt is kept."""

    path: UserPath = Field(description="the ledger's file; its folder is made if it is missing")
    keep_bodies: Span = Field(timedelta(days=30), description="how long answers of sources are kept as they came")
    backups: UserPath | None = Field(None, description="the folder of backups instead of `backups` beside the ledger")
    backup: str = Field("H 3 * * *", description="when a backup is made: a crontab line, UTC; empty: never")
    when_damaged: Literal["restore", "stop"] = Field(
        "restore", description="whether the newest sound backup takes the place of a damaged ledger by itself"
    )
    keep_backups: int = Field(7, ge=1, description="how many backups are kept in their folder")


class RouteSettings(_Part):
    """Who hears of what; the routes are tried in the order in which they stand."""

    match: str = Field("", description="matchers over labels; without them everything matches")
    receivers: tuple[str, ...] = Field(description="the names of receivers; none: nobody hears of it")
    goes_on: bool = Field(False, alias="continue", description="whether later routes are tried as well")  # noqa: FBT003
    group_by: tuple[str, ...] = Field(
        ("alertname",), description="labels; what changes in one bar and is equal in them is one message"
    )
    mute: tuple[str, ...] = Field(
        (), description="times in which nothing is sent, as 'mon-fri 18:00-08:00 Europe/Berlin'; told together after"
    )
    remind_after: Span | None = Field(None, description="when to remind of what still fires; then twice as long, …")


class InhibitionSettings(_Part):
    """What is not told while something else fires."""

    source: str = Field(min_length=1, description="matchers of what has to fire")
    target: str = Field(min_length=1, description="matchers of what is not told meanwhile")
    equal: tuple[str, ...] = Field((), description="labels in which both have to be equal")


class LogSettings(_Part):
    """What is said on standard error while running."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "text", "json"] = Field("auto", description="auto: text, or what the journal reads")


class DigestSettings(_Part):
    """When reports are written: minute, hour, day, month, weekday in UTC as in a crontab; empty: never."""

    daily: str = Field("", description="the digest of the last closed day")
    weekly: str = Field("", description="the digest of the last closed week")
    noise: str = Field("", description="which rules spoke how often, and what would calm them")


class HttpSettings(_Part):
    """The page, probes and metrics that a running monitor serves."""

    enabled: bool = Field(True, description="whether anything is served")  # noqa: FBT003
    listen: Annotated[tuple[str, int], BeforeValidator(_endpoint)] = Field(
        ("127.0.0.1", 8642), description="an IP address and a port; port 0: any that is free"
    )
    hosts: Annotated[tuple[str, ...], BeforeValidator(listed)] = Field(
        (), description="names by which it is reached, beside those of this machine itself"
    )


class HeartbeatSettings(_Part):
    """A dead man's switch, which hears from the monitor while every step of it goes well."""

    url: SecretStr | None = Field(None, description="where it is told, by POST; None: nowhere")
    every: Span = Field(timedelta(minutes=5), description="how often")

    @field_validator("url")
    @classmethod
    def _is_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not re.fullmatch(r"https?://[!-~]+", url.get_secret_value()):
            raise ValueError("expected an address with https:// or http://")
        return url


class Settings(BaseSettings):
    """All settings of a process. `load` reads them; made directly, only what is passed counts."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    layers: ClassVar[tuple[Layer, ...]] = ()

    ledger: LedgerSettings = Field(default_factory=lambda: LedgerSettings(path=default_ledger(os.environ)))
    rules: Annotated[tuple[UserPath, ...], BeforeValidator(_paths)] = Field(
        default_factory=lambda: (shipped_rules(),), min_length=1, description="rule files, or folders of them"
    )
    watch_rules: bool = Field(True, description="take over rule files as soon as they change, not only at SIGHUP")  # noqa: FBT003
    catalog: UserPath | None = Field(None, description="a catalogue instead of the one that ships")
    contact: str = Field("no contact given", min_length=1, description="how sources can reach you; in the User-Agent")
    late_after: Span = Field(timedelta(hours=3), description="later than that after its bar, a notice says late")
    late_notice: Span = Field(timedelta(hours=24), description="what is later than that is told in one message")
    page_url: str = Field(
        "", pattern=r"^(https?://[^\s<>|]{1,500})?$", description="a page with more, which messages link to"
    )
    drain: Span = Field(timedelta(seconds=20), description="how long a stop waits for what is under way")
    log: LogSettings = LogSettings()
    digest: DigestSettings = DigestSettings()
    http: HttpSettings = HttpSettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    sources: dict[str, Table] = Field(default_factory=dict, repr=False, description="by name of the source")
    receivers: dict[str, Table] = Field(default_factory=dict, repr=False, description="by name of the receiver")
    routes: tuple[RouteSettings, ...] = Field((), description="who hears of what; without one, everybody of everything")
    inhibit: tuple[InhibitionSettings, ...] = Field((), description="what is not told while something else fires")
    most_per_hour: int = Field(60, ge=1, description="messages on alerts a receiver gets alone; more come together")
    slack: Table | None = Field(None, repr=False, description="short for the receiver of that name")
    influxdb: Table | None = Field(None, repr=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - would parse numbers of tables as JSON
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - would skip a missing folder
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is passed, then the layers, first to last."""
        return (init_settings, *(_LayerSource(settings_cls, layer) for layer in cls.layers))

    @property
    def secrets(self) -> frozenset[str]:
        """Those that are no adapter's, for whoever must not show one."""
        url = self.heartbeat.url
        return frozenset() if url is None else frozenset({url.get_secret_value()})

    def where(self, place: Place) -> str:
        """Who set it, in that place's own words: MONITOR_SLACK__TOKEN, or monitor.toml: slack.token."""
        return where(place, self.layers)


def load(
    given: Mapping[Place, object] | None = None,
    *,
    config: Path | None = None,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Settings:
    """The settings of this process; raises SettingsError with every problem.

    `given`: by flags, None = not given. `config`: the TOML file of --config. `folder`: where ./monitor.toml may be.
    """
    surroundings = os.environ if environ is None else environ
    found = gathered(given or {}, config, surroundings, folder or Path.cwd())
    if all(layer.depth(_LEDGER) < len(_LEDGER) for layer in found):
        found += (Layer({"ledger": {"path": default_ledger(surroundings)}}, dotted),)

    class Loaded(Settings):
        layers = found

    try:
        return Loaded()
    except ValidationError as error:
        raise SettingsError("\n".join(complaints(error, Settings, found))) from None


def shipped_rules() -> Path:
    """The folder of the rules that ship."""
    return shipped("rules")


class _LayerSource(PydanticBaseSettingsSource):
    """A layer as pydantic-settings wants it."""

    def __init__(self, settings_cls: type[BaseSettings], layer: Layer) -> None:
        super().__init__(settings_cls)
        self._layer = layer

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[object, str, bool]:  # noqa: ARG002
        return self._layer.values.get(field_name), field_name, False

    def __call__(self) -> dict[str, object]:
        return self._layer.values
