"""Looks for secrets wherever they must not be: texts, files, the arguments of every process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path


def assert_hidden(secrets: Iterable[str], *, texts: Iterable[str] = (), folder: Path | None = None) -> None:
    """No secret is in a text, in a file of the folder, or in the arguments of any process."""
    files = (path for path in (folder.rglob("*") if folder else ()) if path.is_file())
    every = [text.encode() for text in texts]
    every += [path.read_bytes() for path in files]
    every += _arguments()
    assert every
    for secret in secrets:
        assert not any(secret.encode() in each for each in every), f"a secret that begins {secret[:5]!r} shows"


def chained(error: BaseException | None) -> Iterator[str]:
    """An error with all that it holds, and with those that led to it."""
    while error is not None:
        yield from (str(error), repr(error), repr(vars(error)), repr(error.args))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _arguments() -> Iterator[bytes]:
    """Of every process, where the system shows them as files."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_bytes()
        except OSError:  # it has ended
            continue
