"""`/metrics`: every figure is that of the ledger, in a form that Prometheus' own tool finds nothing wrong with."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitor.errors import SourceError
from monitor.ledger import Ledger
from monitor.status import Names
from monitor.steps import BROKEN
from tests.daemon.fakes import MONDAY, PRICES, USAGE, Script, World, days, price_poll, prices, usage_poll
from tests.peers.binaries import needed
from tests.web.surface import Shown

pytestmark = pytest.mark.asyncio
DAY = timedelta(days=1)
NAMES = Names((USAGE, PRICES), {"litellm": "not named in the settings"}, ("influxdb",))


async def lived(ledger: Ledger) -> None:
    """Two days of usage, the second told of as busy; prices once and then a source that fails."""
    failing = Script([prices(a=4.0), SourceError("no connection", permanent=False)])
    days_of = Script([days(MONDAY, a=[50.0]), days(MONDAY, a=[50.0, 150.0])])
    world = World(ledger, [usage_poll(days_of), price_poll(failing)])
    daemon = await world.started()
    for _ in range(2):
        world.clock.at += DAY
        await daemon.poll(USAGE)
        await daemon.poll(PRICES)


async def figures(shown: Shown) -> Mapping[tuple[str, tuple[tuple[str, str], ...]], float]:
    """By name and labels."""
    text = (await shown.asks("/metrics")).text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_every_figure_is_that_of_the_ledger(shown: Shown) -> None:
    """Case: a market in miniature; what is off is not there."""
    await lived(shown.ledger)
    shown.names, shown.steps = NAMES, {("outbox", "well"): 7, ("poll openrouter_models", BROKEN): 1}
    told = await figures(shown)
    expected = {
        ("monitor_source_up", (("source", USAGE),)): 1.0,
        ("monitor_source_up", (("source", PRICES),)): 0.0,
        ("monitor_source_last_good_timestamp_seconds", (("source", PRICES),)): (MONDAY + DAY).timestamp(),
        ("monitor_source_last_good_timestamp_seconds", (("source", USAGE),)): (MONDAY + 2 * DAY).timestamp(),
        ("monitor_sealed_through_timestamp_seconds", (("metric", "tokens"), ("source", "openrouter"))): (
            (MONDAY + 2 * DAY).timestamp()
        ),
        ("monitor_rules", (("version", "current"),)): 1.0,
        ("monitor_rules", (("version", "last_good"),)): 0.0,
        ("monitor_alerts_firing", (("alertname", "Busy"),)): 1.0,
        ("monitor_notifications", (("state", "pending"),)): 1.0,
        ("monitor_notifications", (("state", "delivered"),)): 0.0,
        ("monitor_notifications_owed_since_timestamp_seconds", (("receiver", "slack"),)): (
            (MONDAY + 2 * DAY).timestamp()
        ),
        ("monitor_sink_behind_samples", (("sink", "influxdb"),)): float(shown.ledger.cursors.newest()),
        ("monitor_steps_total", (("ended", "well"), ("step", "outbox"))): 7.0,
        ("monitor_steps_total", (("ended", BROKEN), ("step", "poll openrouter_models"))): 1.0,
    }
    assert {key: told.get(key) for key in expected} == expected
    assert not [key for key in told if "litellm" in str(key)]


def checked(promtool: Path, text: str) -> tuple[int, str]:
    """Exit code and words of `promtool check metrics`."""
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text; version=1.0.0"])
async def test_promtool_finds_nothing_wrong(shown: Shown, accept: str) -> None:
    """With and without a history; OpenMetrics is what Prometheus asks for, its tool reads the older form."""
    promtool = needed("promtool")
    for live in (False, True):
        if live:
            await lived(shown.ledger)
            shown.names = NAMES
        answer = await shown.asks("/metrics", headers={"Accept": accept})
        assert answer.headers["content-type"].startswith(accept.partition(";")[0] or "text/plain")
        if not accept:
            assert checked(promtool, answer.text) == (0, "")
        else:
            assert answer.text.endswith("# EOF\n")


async def test_a_ledger_that_can_not_be_read_is_said(shown: Shown) -> None:
    """Case: it was moved away; Prometheus sees a failed scrape, a person the reason."""
    shown.ledger.close()
    answer = await shown.asks("/metrics")
    assert answer.status_code == 503
    assert "closed" in answer.text
