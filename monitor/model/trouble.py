"""Troubles: what can be wrong with a feed, or with backups, for longer than one look."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TroubleKind(StrEnum):
    """What is wrong, as a person reads it in `monitor status`."""

    QUARANTINED = "not believed"
    CONTRACT = "contract broken"  # it answers in another shape, or no longer at this address
    FROZEN = "frozen"  # it answers, and brings nothing new
    BACKUP = "no backup"  # of no feed: the ledger can not be copied


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble of one poll. `since`: epoch seconds of the first of the `looks` in a row that show it.

    `told_at`: when a person was told, None = not yet.
    """

    poll: str
    kind: TroubleKind
    why: str
    since: int
    looks: int
    told_at: int | None
