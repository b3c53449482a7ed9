"""Polls the user's own file or address, whatever its format."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from monitor.model.sample import Snapshot
from monitor.ports import Window
from monitor.sources.fetch import Body, Fetch
from monitor.sources.located import file_content, is_address
from monitor.sources.mapped import listing
from monitor.sources.own import OwnConfig

_Config = TypeVar("_Config", bound=OwnConfig)


@dataclass(frozen=True, slots=True)
class OwnSource(Generic[_Config]):
    """A source of the user's own. `name`: of its table. `parse`: from name, settings and content to a snapshot."""

    name: str
    config: _Config
    fetch: Fetch
    parse: Callable[[str, _Config, Body], Snapshot]

    async def poll(self, window: Window) -> Snapshot:
        """All that stands there now; raises SourceError."""
        config = self.config
        if is_address(config.url):
            conditional = config.time is None  # what has a time may hold from now on, though nothing changed
            answer = await self.fetch.get(config.url, secret_headers=config.sent, conditional=conditional)
        else:
            answer = await file_content(self.name, config.url, window.now)
        if answer.not_modified:
            return listing(self.name, config).unchanged(answer.fetched_at)
        return await asyncio.to_thread(self.parse, self.name, config, answer)
