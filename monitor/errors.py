"""The whole error tree; every error says where, what was got, what was expected and, as its hint, what to do next.

MonitorError
├── SettingsError                 wrong or unknown settings
├── RuleError                     one or more problems in rule files (carries every Problem)
├── CatalogError                  one or more problems in catalog.yaml
├── ImportRefusedError            a file refused whole, with the position of its first faults
├── LedgerError
│   ├── LedgerLockedError         another process owns the ledger
│   ├── LedgerVersionError        written by a newer program
│   ├── LedgerReadOnlyError       the file or its folder can not be written
│   ├── LedgerDamagedError        what the file holds is not what was written
│   └── LedgerFullError           the disk is full; nothing of the transaction was kept
├── SourceError                   a poll brought nothing usable (permanent=True: asking again will not help)
│   └── ContractError             it answered, and not as it was agreed: other fields, another shape, a moved path
├── SinkError                     a sink took nothing
│   ├── RefusedError              it will never take these lines together
│   └── DeniedError               it does not let this token do that, or has nothing of that name
├── DeliveryError                 a notification was not, or perhaps not, delivered
├── ActionError                   what somebody wants done can not be done
└── ServiceError                  systemd, or this machine, does not let the monitor be a service
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MonitorError(Exception):
    """Base of all errors that a user is told; `hint` says what to do next."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\n    {self.hint}"


class Severity(StrEnum):
    """Whether a problem stops what is asked for."""

    ERROR = "error"
    WARNING = "warning"  # it works, but most likely not as its author thinks


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault at one place of a file; line and column count from 1, 0 when the whole file is meant."""

    path: str
    line: int
    column: int
    message: str
    hint: str | None = None
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        weight = "warning: " if self.severity is Severity.WARNING else ""
        return f"{where}: {weight}{self.message}" + (f"\n    {self.hint}" if self.hint else "")


class ProblemsError(MonitorError):
    """Every problem of every file at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class SettingsError(MonitorError):
    """A setting is wrong or unknown."""


class RuleError(ProblemsError):
    """Rule files that can not be judged."""


class CatalogError(ProblemsError):
    """A catalogue that can not be used."""


class ImportRefusedError(ProblemsError):
    """A file that was refused whole; nothing of it was stored."""


class LedgerError(MonitorError):
    """The ledger can not do what was asked; nothing was half-applied."""


class LedgerLockedError(LedgerError):
    """Another process owns the ledger."""


class LedgerVersionError(LedgerError):
    """The ledger was written by a newer program."""


class LedgerReadOnlyError(LedgerError):
    """The ledger or its folder can not be written."""


class LedgerDamagedError(LedgerError):
    """The file is not what was written: a torn page, a cut-off end, or no ledger at all."""


class LedgerFullError(LedgerError):
    """The disk is full; the transaction was rolled back whole."""


class SourceError(MonitorError):
    """A poll that brought nothing usable.

    `permanent`: the same request will fail again until a person changes something (a wrong key, a moved path).
    `not_before`: seconds to wait before the next request, as the source asked (Retry-After).
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        permanent: bool = False,
        not_before: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.permanent = permanent
        self.not_before = not_before


class ContractError(SourceError):
    """A source answered, and not in the shape that this program knows."""


class SinkError(MonitorError):
    """A sink took nothing.

    `permanent`: it will take nothing until a person changes something (a wrong token, a missing bucket).
    `not_before`: seconds to wait before the next write, as the sink asked (Retry-After).
    """

    def __init__(
        self, message: str, *, hint: str | None = None, permanent: bool = False, not_before: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.permanent = permanent
        self.not_before = not_before


class RefusedError(SinkError):
    """A sink will not take these lines as they are, all together. `said`: its own words.

    `by_size`: as they are too many, so that none of them need be at fault. `doubtful`: it may be an outage as well.
    """

    def __init__(self, message: str, *, said: str, by_size: bool = False, doubtful: bool = False) -> None:
        super().__init__(message, permanent=not doubtful)
        self.said = said
        self.by_size = by_size
        self.doubtful = doubtful


class DeniedError(SinkError):
    """A sink does not let this token do that, or has nothing of that name."""


class DeliveryError(MonitorError):
    """A notification was not delivered, or (outcome_unknown) nobody can say whether it was.

    `permanent`: the same send will fail again until a person changes something: the notification is given up, unless
    `not_before` is given too (a refused token): then it is kept and tried again after so many seconds.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        permanent: bool = False,
        outcome_unknown: bool = False,
        not_before: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.permanent = permanent
        self.outcome_unknown = outcome_unknown
        self.not_before = not_before


class ActionError(MonitorError):
    """What somebody wants done can not be done; nothing was changed."""


class ServiceError(MonitorError):
    """The monitor can not be made a service of this machine, or is none."""
