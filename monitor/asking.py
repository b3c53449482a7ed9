"""Asking a source once: whatever goes wrong is a value that says so."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from monitor.errors import ContractError, SourceError
from monitor.model.sample import Snapshot
from monitor.ports import Source, Window

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a source brought nothing. `contract`: it answered, and not as it was agreed."""

    why: str
    contract: bool = False


async def asked(name: str, source: Source, window: Window) -> Snapshot | Failure:
    """What a source brings, under the name of its poll, or why it brought nothing."""
    try:
        return replace(await source.poll(window), source=name)
    except SourceError as error:
        return Failure(str(error), isinstance(error, ContractError))
    except Exception as fault:  # noqa: BLE001 - a source that fails in a way it does not declare is down as well
        return Failure(own_fault(fault))


def own_fault(fault: Exception) -> str:
    """What a person is told of a fault of the program; the log has all of it."""
    _log.error("a fault of this program", exc_info=fault)
    return f"a fault of this program ({type(fault).__name__}); the log says where, please report it"
