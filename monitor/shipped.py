"""What ships beside the code: inside an installed package, beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def shipped(path: str) -> Path:
    """A file or folder by its path in a checkout: `rules`, `deploy/monitor.service`."""
    packaged = _HERE / "_shipped" / path
    return packaged if packaged.exists() else _HERE.parent / path
