"""Dashboards as Grafana reads them: what they ask, with its variables and macros put in as it does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

DEPLOY = Path(__file__).parents[2] / "deploy"
NAMES = ("market", "prices", "alerts")
FROM, TO = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
Chosen = Mapping[str, str | tuple[str, ...]]
"""By variable: what is chosen; several where that may be."""

_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}")
_ESCAPED = re.compile(r"[\\^$*+?.()|\[\]{}/]")
_MACROS = {
    "v.timeRangeStart": FROM.isoformat().replace("+00:00", "Z"),
    "v.timeRangeStop": TO.isoformat().replace("+00:00", "Z"),
    "v.windowPeriod": "24h0m0s",
}


def dashboard(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((DEPLOY / f"grafana/dashboards/{name}.json").read_text(encoding="utf-8"))
    return read


def variable(name: str, wanted: str) -> dict[str, Any]:
    (found,) = (each for each in dashboard(name)["templating"]["list"] if each["name"] == wanted)
    assert isinstance(found, dict)
    return found


def queries(name: str) -> Iterator[tuple[str, str]]:
    """(title of the panel, name of the annotation or variable; query as written) of all that a dashboard asks."""
    board = dashboard(name)
    for panel in board["panels"]:
        for number, target in enumerate(panel.get("targets", ())):
            yield panel["title"] + (f" ({number + 1})" if number else ""), target["query"]
    for annotation in board["annotations"]["list"]:
        yield f"annotation {annotation['name']}", annotation["target"]["query"]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield f"variable {variable['name']}", variable["query"]["query"]


def asked(query: str, chosen: Chosen, bucket: str) -> str:
    """The Flux that reaches InfluxDB."""
    query = _VARIABLE.sub(lambda found: _written(chosen[found[1]], found[2]), query)
    for macro, value in (_MACROS | {"v.defaultBucket": f'"{bucket}"'}).items():
        query = query.replace(macro, value)
    assert "${" not in query
    return query


def _written(value: str | tuple[str, ...], form: str | None) -> str:
    """`regex`: as Grafana escapes it; what stands for "all" is put in as it is."""
    if form == "regex" and value != ".*":
        return (
            _ESCAPED.sub(r"\\\g<0>", value)
            if isinstance(value, str)
            else f"({'|'.join(_written(each, form) for each in value)})"
        )
    assert isinstance(value, str), "several values need a form"
    return value
