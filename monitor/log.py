"""What the program says on standard error while it runs: text for people, priorities for the journal, or JSON lines."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TextIO

_OURS = "monitor"
_SHORTEST_SECRET = 6  # characters; replacing shorter ones would garble everything
_MASK = "***"
# Secrets that were not in the settings, or not in that form: tokens of Slack, keys of OpenRouter, webhook addresses.
_SHAPES = re.compile(
    r"xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,}|sk-[\w-]{12,}"
    r"|(?<=hooks\.slack\.com/services/)[\w/-]+|(?<=Bearer )[\w.~+/=-]{8,}"
)


def set_up(level: str, format_: str, *, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Send all logs to standard error.

    `format_`: text, json, or auto: text, with `<N>` priorities where systemd's journal reads. `secrets` never appear.
    """
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(_Discreet(_formatter(format_, os.environ), secrets))
    # Libraries log whole addresses and answers, influxdb-client by the root logger.
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(_OURS).setLevel(level.upper())


class _Discreet(logging.Formatter):
    """Masks secrets in whatever another formatter makes: messages, arguments and tracebacks alike."""

    def __init__(self, inner: logging.Formatter, secrets: Iterable[str]) -> None:
        super().__init__()
        self._inner = inner
        known = sorted({secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def format(self, record: logging.LogRecord) -> str:
        text = self._inner.format(record)
        if self._known is not None:
            text = self._known.sub(_MASK, text)
        return _SHAPES.sub(_MASK, text)


class _Text(logging.Formatter):
    """`2026-02-09T00:00:00Z WARNING monitor.daemon: …`; further lines are indented."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{_instant(record)} {record.levelname} {record.name}: {_indented(_whole(record))}"


class _Journal(logging.Formatter):
    """`<4>monitor.daemon: …`, sd-daemon(3): each line needs its own priority; the journal adds the time itself."""

    _PRIORITIES: Mapping[int, int] = {
        logging.DEBUG: 7,
        logging.INFO: 6,
        logging.WARNING: 4,
        logging.ERROR: 3,
        logging.CRITICAL: 2,
    }

    def format(self, record: logging.LogRecord) -> str:
        priority = self._PRIORITIES.get(record.levelno, 5)
        lines = f"{record.name}: {_indented(_whole(record))}".splitlines()
        return "\n".join(f"<{priority}>{line}" for line in lines)


class _Json(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"time": _instant(record), "level": record.levelname.lower(), "logger": record.name}
        return json.dumps({**fields, "message": _whole(record)}, ensure_ascii=False)


def _formatter(format_: str, environ: Mapping[str, str]) -> logging.Formatter:
    if format_ == "json":
        return _Json()
    return _Journal() if format_ == "auto" and _journal_reads(environ) else _Text()


def _journal_reads(environ: Mapping[str, str]) -> bool:
    """Whether standard error is the stream that JOURNAL_STREAM names: device:inode, systemd.exec(5)."""
    try:
        found = os.fstat(2)
    except OSError:
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def _instant(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _whole(record: logging.LogRecord) -> str:
    text = record.getMessage()
    if record.exc_info:
        text = f"{text}\n{logging.Formatter().formatException(record.exc_info)}"
    return text


def _indented(text: str) -> str:
    return "\n    ".join(text.splitlines())
