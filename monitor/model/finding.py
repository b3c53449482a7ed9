"""What an examination found: one line about one thing, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How it is, the best first."""

    OK = "ok"
    WARNING = "warning"  # it works, and may not for long or not as meant
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about`: the thing. `said`: how it is. `todo`: what to do next, empty where there is nothing to do."""

    about: str
    verdict: Verdict
    said: str
    todo: str = ""


def ok(about: str, said: str) -> Finding:
    """It is as it should be."""
    return Finding(about, Verdict.OK, said)


def warning(about: str, said: str, todo: str) -> Finding:
    """It works; somebody should look all the same."""
    return Finding(about, Verdict.WARNING, said, todo)


def failed(about: str, said: str, todo: str) -> Finding:
    """It does not work."""
    return Finding(about, Verdict.FAILED, said, todo)


def of_error(about: str, error: object) -> Finding:
    """An error whose second line says what to do."""
    said, _, todo = str(error).partition("\n")
    return failed(about, said, todo.strip())
