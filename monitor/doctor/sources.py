"""Whether sources answer as it was agreed, and what is left of their budgets. Each is asked once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.adapters import Adapters
from monitor.asking import Failure, asked
from monitor.compose import source_of
from monitor.errors import LedgerError
from monitor.ledger import Ledger
from monitor.model.bar import DAY, seconds
from monitor.model.finding import Finding, failed, of_error, ok, warning
from monitor.model.sample import Snapshot
from monitor.ports import HttpState, Window
from monitor.settings import Settings
from monitor.sources.fetch import Fetch

_LOOK_BACK = timedelta(days=2)


@dataclass(slots=True)
class _Blank:
    """A memory for one examination: nothing of it is kept."""

    states: dict[str, HttpState] = field(default_factory=dict)

    def http_state(self, key: str) -> HttpState:
        """See `FetchMemory`."""
        return self.states.get(key, HttpState())

    def remember_http(self, key: str, state: HttpState) -> None:
        """See `FetchMemory`."""
        self.states[key] = state

    def spend(self, budget: str, at: float, *, per_minute: int, per_day: int) -> float:  # noqa: ARG002 - see below
        """See `FetchMemory`; one request more is not counted."""
        return 0.0


async def sources(settings: Settings, found: Adapters, now: Callable[[], datetime]) -> AsyncIterator[Finding]:
    """A line for each source that is on."""
    fetch = Fetch(_Blank(), contact=settings.contact, now=now)
    try:
        for name, adapter in found.sources.items():
            at = now()
            answer = await asked(name, source_of(name, adapter, fetch), Window(at, at - _LOOK_BACK))
            for finding in _of_answer(name, answer):
                yield finding
    finally:
        await fetch.aclose()
    for finding in _budgets(settings, now()):
        yield finding


def _of_answer(name: str, answer: Snapshot | Failure) -> Iterator[Finding]:
    about = f"source {name}"
    if isinstance(answer, Failure):
        what = "does not answer as it was agreed: " if answer.contract else ""
        finding = of_error(about, answer.why)
        yield failed(about, f"{what}{finding.said}", finding.todo or "see docs/sources.md for what it needs")
        return
    yield ok(about, f"{answer.entries:,} entries, {len(answer.samples):,} samples")
    if answer.faults:
        yield warning(about, f"{len(answer.faults)} values are left unknown: {answer.faults[0]}", "nothing, if few")


def _budgets(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Requests of today by budget, as the ledger counted them."""
    if not settings.ledger.path.exists():
        return
    try:
        with Ledger.open(settings.ledger.path, owner=False) as ledger:
            spent = ledger.spent(since=seconds(now) // DAY * DAY)
    except LedgerError:
        return  # it has a line of its own
    for budget, count in spent.items():
        yield ok(f"budget {budget}", f"{count:,} requests today (UTC)")
