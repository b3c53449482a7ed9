"""The shared data beside the repository: recorded payloads and history, for tests only."""

from __future__ import annotations

from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared"


def payload(name: str) -> bytes:
    """The bytes of `../shared/payloads/<name>`; fails with the path looked for when it is missing."""
    path = SHARED / "payloads" / name
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such recorded payload; the tests need ../shared beside the repository")
    return path.read_bytes()
