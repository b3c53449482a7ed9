"""When not to look for garbage: while much is made that stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Python searches what was made again and again, a tenth of the time of an import; here it does not."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
