"""The program as a person starts it, with one source of its own, a file, and a copy in InfluxDB."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.acceptance.process import Program

DAYS, MODELS = 64, 40
_RULES = """
groups:
  - name: days
    every: day
    rules:
      - {alert: Busy, watch: 'tokens(model="*")', above: 500}
"""
_SETTINGS = """
rules = "rules.yaml"
[sources.openrouter_models]
enabled = false
[sources.{name}]
kind = "csv"
url = "{folder}/{name}.csv"
time = "day"
bar = "day"
[[sources.{name}.series]]
metric = "tokens"
value = "tokens"
unit = "tokens"
labels = {{model = "model"}}
[influxdb]
url = "{url}"
bucket = "{bucket}"
org = "{org}"
token = "{token}"
timeout = {timeout}
"""


def copying(  # noqa: PLR0913, PLR0917 - what a settings file says
    folder: Path, name: str, url: str, bucket: str, org: str = "", token: str = "", timeout: int = 10
) -> Program:
    """A monitor in a folder; `name`: of its source, which brings DAYS of MODELS until yesterday, seeded by the name."""
    chance = random.Random(name)  # noqa: S311 - seeded
    first = datetime.now(UTC).date() - timedelta(days=DAYS)
    rows = (
        f"{first + timedelta(n // MODELS)},lab/m-{n % MODELS},{chance.randrange(1000)}\n" for n in range(DAYS * MODELS)
    )
    (folder / f"{name}.csv").write_text("day,model,tokens\n" + "".join(rows))
    (folder / "rules.yaml").write_text(_RULES)
    settings = _SETTINGS.format(folder=folder, name=name, url=url, bucket=bucket, org=org, token=token, timeout=timeout)
    (folder / "monitor.toml").write_text(settings)
    return Program(folder)
