"""How things stand, read from the ledger alone: works beside a running monitor."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.ledger import Instance, LastSnapshot, Ledger
from monitor.model.bar import seconds
from monitor.model.quantity import moment
from monitor.model.text import counted
from monitor.model.trouble import Trouble, TroubleKind
from monitor.rules.merge import Accepted


@dataclass(frozen=True, slots=True)
class Asked:
    """A source and its last snapshot.

    `off`: why it is not polled, empty = it is. `failing`: whether its last poll brought nothing that could be used.
    `last_good`: when it last brought something that was believed, be it that nothing is new.
    """

    name: str
    last: LastSnapshot | None
    off: str
    failing: bool
    last_good: datetime | None


@dataclass(frozen=True, slots=True)
class Status:
    """How things stand.

    `size` in bytes; `space`: bytes by table, the largest first.
    `samples`: the number of the newest. `troubles`: those of polls that are on, of which a person was
    told. `sealed`: by metric and source label, epoch seconds. `rules`: how many are in force; `kept`: those on their
    last good version, as their files are broken. `behind`: by sink, how many samples it has not taken yet.
    """

    at: datetime
    path: Path
    size: int
    space: Mapping[str, int]
    samples: int
    sources: Sequence[Asked]
    troubles: Sequence[Trouble]
    sealed: Mapping[tuple[str, str], int]
    rules: int
    kept: Sequence[Accepted]
    firing: Sequence[Instance]
    outbox: Mapping[str, int]
    behind: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Names:
    """What is configured: sources that are polled, those that are not and why, and sinks."""

    on: Iterable[str]
    off: Mapping[str, str]
    sinks: Iterable[str]


def status(ledger: Ledger, names: Names, at: datetime) -> Status:
    """How things stand at `at`; raises LedgerError."""
    sealed = ledger.sealed()
    newest = ledger.cursors.newest()
    rules = ledger.rulebook.accepted().values()
    on = {*names.on}
    return Status(
        at=at,
        path=ledger.path,
        size=_size(ledger.path),
        space=ledger.space(),
        samples=newest,
        sources=_asked(ledger, names, at),
        troubles=[each for each in ledger.troubles() if each.told_at is not None and _counts(each, on)],
        sealed=sealed,
        rules=len(rules),
        kept=[each for each in rules if each.kept_at is not None],
        firing=ledger.open_instances(),
        outbox=ledger.outbox.counts(),
        behind={name: newest - ledger.cursors.position(name) for name in names.sinks},
    )


def summary(standing: Status) -> Iterator[str]:
    """The same in few lines, for a chat."""
    failing = [each.name for each in standing.sources if each.failing]
    asked = sum(not each.off for each in standing.sources)
    yield f"sources: {asked} asked" + (f", failing: {', '.join(failing)}" if failing else ", none fails")
    for each in standing.troubles:
        yield f"{each.poll}: {each.kind.value} since {moment(each.since)}"
    kept = f", {counted(len(standing.kept), 'rule')} on the last good version" if standing.kept else ""
    yield f"rules: {standing.rules:,} in force{kept}; {counted(len(standing.firing), 'alert')} firing"
    yield f"outbox: {', '.join(f'{count:,} {state}' for state, count in standing.outbox.items())}"
    behind = [f"{name} {count:,} samples behind" for name, count in standing.behind.items() if count]
    yield f"sinks: {', '.join(behind) or 'none is behind'}"


def _asked(ledger: Ledger, names: Names, at: datetime) -> list[Asked]:
    up = ledger.columns("source_up", since=seconds(at))
    last = {up.series[series].labels.get("source"): value for series, value in zip(up.index, up.values, strict=True)}
    return [
        Asked(
            name,
            next(iter(ledger.snapshots(name, 1)), None),
            names.off.get(name, ""),
            failing=bool(last.get(name) == 0.0),
            last_good=ledger.last_good(name),
        )
        for name in (*names.on, *names.off)
    ]


def _counts(trouble: Trouble, on: Collection[str]) -> bool:
    return trouble.poll in on or trouble.kind is TroubleKind.BACKUP


def _size(path: Path) -> int:
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())
