"""What every command over the copy starts from: the sink of the settings, and the streams of the ledger."""

from __future__ import annotations

from functools import cache
from typing import Any

from monitor.adapters import Adapter, adapters
from monitor.compose import streams
from monitor.copies import Copy, copy_of
from monitor.errors import SettingsError
from monitor.files import load_catalog
from monitor.ledger import Ledger
from monitor.model.copying import Stream
from monitor.ports import Copies
from monitor.settings import Settings
from monitor.sinks import influxdb


def switched_on(settings: Settings) -> Adapter:
    """The sink of the settings; raises SettingsError if there is none."""
    found = adapters(settings).sinks.get(influxdb.KIND)
    if found is None:
        raise SettingsError("nothing is copied to InfluxDB", hint="add [influxdb] with url, bucket and token")
    return found


def copied(ledger: Ledger, settings: Settings) -> dict[Stream, Copies[Any]]:
    """Every stream; the catalogue is only read where something is derived, and raises CatalogError then."""
    return streams(ledger, cache(lambda: load_catalog(settings.catalog)))


def copies(ledger: Ledger, settings: Settings) -> list[Copy]:
    """How every stream stands."""
    return [copy_of(stream.cursor(influxdb.KIND), kept) for stream, kept in copied(ledger, settings).items()]
