"""Whether sinks and receivers would take what they are sent: each kind knows how to ask."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.adapters import Adapter, Adapters
from monitor.model.finding import Finding, ok


def sinks(found: Adapters) -> Iterator[Finding]:
    """Those that are on."""
    for name, adapter in found.sinks.items():
        yield from _examined(f"sink {name}", adapter)


def receivers(found: Adapters) -> Iterator[Finding]:
    """Those that are on."""
    for name, adapter in found.receivers.items():
        yield from _examined(f"receiver {name}", adapter)


def _examined(about: str, adapter: Adapter) -> Iterator[Finding]:
    examine = getattr(adapter.module, "examine", None)
    if examine is None:
        yield ok(about, f"{adapter.module.KIND}; only a message shows whether it arrives: `monitor notify test`")
    else:
        yield from examine(about, adapter.config)
