"""Settings as they are shown: all of them, with where they were set, and no secret."""

from __future__ import annotations

from pathlib import Path

from monitor.adapters import adapters
from monitor.settings import load
from monitor.shown import shown

TOML = """
late_after = "4h"

[slack]
token = "xoxb-secret-token"
channel = "#market"

[receivers.pager]
kind = "webhook"
url = "https://example.com/secret-address"
secret = "secret-signature"

[[routes]]
match = 'severity="critical"'
receivers = ["pager"]

[sources.openrouter_rankings]
key = "secret-key"

[sources.ours]
kind = "csv"
url = "https://example.com/list?key=secret-query"
series = [{metric = "figure", value = "a", unit = "number"}]

[influxdb]
url = "http://localhost:8086"
bucket = "monitor"
token = "secret-influx"
"""


def test_every_setting_is_shown_with_its_origin_and_no_secret(tmp_path: Path) -> None:
    """Of the process and of adapters that are on; a default has no origin."""
    (tmp_path / "monitor.toml").write_text(TOML)
    settings = load({}, environ={"MONITOR_LATE_NOTICE": "30h", "HOME": str(tmp_path)}, folder=tmp_path)
    every = {each.name: each for each in shown(settings, adapters(settings))}
    path = tmp_path / "monitor.toml"
    assert (every["late_after"].value, every["late_after"].origin) == ("4:00:00", f"{path}: late_after")
    assert every["late_notice"].origin == "MONITOR_LATE_NOTICE"
    assert every["drain"].origin == ""
    assert (every["slack.token"].value, every["slack.channel"].value) == ("•••", "#market")
    assert every["receivers.pager.url"].value == "•••"
    assert every["sources.openrouter_rankings.key"].value == "•••"
    assert every["sources.openrouter_rankings.schedule"].value == "20 0 * * *"
    assert every["influxdb.token"].value == "•••"
    assert every["sources.ours.url"].value == "https://example.com/list?…"
    assert every["routes"].value.startswith('(match=severity="critical", receivers=pager')
    assert "secret" not in repr(
        [(each.name, each.value) for each in every.values() if each.name != "receivers.pager.secret"]
    )
