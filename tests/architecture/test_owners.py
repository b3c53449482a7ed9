"""Each third-party package has one owner: a file or folder that alone knows it."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from pathlib import Path

MONITOR = Path(__file__).parents[2] / "monitor"
OWNERS = {
    "apprise": {"notifiers/apprise.py"},
    "apscheduler": {"schedule.py"},
    "click": {"cli", "__main__.py"},
    "httpx": {"sources/fetch.py", "sources/address.py", "notifiers/webhook.py", "doctor/clock.py", "heartbeat.py"},
    "influxdb_client": {"sinks"},
    "prometheus_client": {"web/metrics.py"},
    "pydantic_settings": {"settings.py"},
    "resvg_py": {"chart/png.py"},
    "rich": {"cli"},
    "slack_sdk": {"notifiers/slack"},
    "starlette": {"web"},
    "urllib3": {"sinks"},
    "uvicorn": {"web/server.py"},
    "yaml": {"model/tree.py"},
}
EVERYWHERE = {"monitor", "numpy", "pydantic", "pydantic_core"}


def imported() -> dict[str, set[str]]:
    """By top-level package, the files of the program that import it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in MONITOR.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                found[name.split(".")[0]].add(path.relative_to(MONITOR).as_posix())
    return found


def test_every_package_has_one_owner() -> None:
    """A package that is imported outside its owner, or has none, is named with the file."""
    astray = [
        f"{package}: {file}"
        for package, files in imported().items()
        if package not in sys.stdlib_module_names and package not in EVERYWHERE
        for file in files
        if not any(file == owner or file.startswith(f"{owner}/") for owner in OWNERS.get(package, ()))
    ]
    assert not sorted(astray)


def test_owners_are_in_use() -> None:
    """The table names nothing that nobody imports."""
    assert set(OWNERS) <= set(imported())
