"""The dashboards: every query runs against a real InfluxDB 2.7 and brings what the ledger says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
import yaml

from monitor.files import load_rules
from monitor.ledger import Ledger
from monitor.model.bar import Bar, instant
from monitor.model.copying import Stream
from monitor.model.share import Share
from monitor.settings import shipped_rules
from monitor.sources.openrouter_data import LICENCE
from monitor.truth.event import Said
from tests.deploy.checks import CHECKS, MODELS, Market
from tests.deploy.grafana import DEPLOY, FROM, NAMES, TO, dashboard, queries, variable
from tests.deploy.market import SOURCE, derived, fill, learn
from tests.servers import InfluxDB2


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """An InfluxDB 2.7 filled once with the recorded history, and the ledger it was fed from."""
    folder = tmp_path_factory.mktemp("dashboards")
    server = InfluxDB2(InfluxDB2.binary(), folder / "influxdb")
    try:
        server.start()
        with learn(folder / "ledger.sqlite") as ledger:
            fill(server, ledger)
            samples = [each for _, each in ledger.cursors.after(0, ledger.cursors.newest())]
            newest = {(each.series, each.valid_at): each for each in samples}
            recorded = [each for _, each in ledger.transition_cursors.after(0, 10**6)]
            yield Market(server, ledger, newest, recorded, shares(ledger), said(ledger))
    finally:
        server.kill()


def shares(ledger: Ledger) -> dict[tuple[str, datetime], Share]:
    every: Iterator[Share] = derived(ledger, Stream.SHARES)
    wanted = (each for each in every if (each.source, each.bar, each.by) == (SOURCE, Bar.DAY, "origin"))
    return {(each.name, instant(each.at)): each for each in wanted if FROM <= instant(each.at) < TO}


def said(ledger: Ledger) -> list[Said]:
    every: Iterator[Said] = derived(ledger, Stream.PRICE_TRUTH)
    return [
        each
        for each in every
        if each.event.key.metric == "price_output"
        and each.event.sightings[0].model in MODELS
        and FROM <= instant(each.word.at) < TO
    ]


def test_alerts_without_an_end_are_named() -> None:
    """Rules that ship and judge single bars leave no open episode, and no transition says so: a variable names them."""
    momentary = [rule.name for rule in load_rules([shipped_rules()]).rules if rule.timing.pulse]
    assert sorted(momentary) == variable("alerts", "momentary")["query"].split("|")


@pytest.mark.parametrize("name", NAMES)
def test_a_dashboard_can_be_provisioned(name: str) -> None:
    """A fixed uid, no inputs, one data source, panels that have ids, sizes and, but for the text, a description."""
    board = dashboard(name)
    assert (board["uid"], board["schemaVersion"], "__inputs" in board) == (name, 42, False)
    panels = board["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
    assert all(panel["description"] for panel in panels if panel["type"] != "text")
    (place,) = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/influxdb.yaml").read_text())["datasources"]
    asking = [*(panel for panel in panels if "targets" in panel), *board["annotations"]["list"]]
    asking += [each for each in board["templating"]["list"] if each["type"] == "query"]
    assert {(each["datasource"]["type"], each["datasource"]["uid"]) for each in asking} == {
        (place["type"], place["uid"])
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_dashboard_cites(name: str) -> None:
    """The line that the licence of OpenRouter's figures asks for, with the day on which they were learnt."""
    (text,) = (panel for panel in dashboard(name)["panels"] if panel["type"] == "text")
    assert text["options"]["content"].startswith(
        f"Source: OpenRouter (openrouter.ai/rankings), as of ${{as_of}}. Licensed under [{LICENCE}]("
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_query_is_compared(name: str) -> None:
    """A panel, an annotation or a variable that is new needs its figures from the ledger below."""
    assert list(CHECKS[name]) == [title for title, _ in queries(name)]


@pytest.mark.parametrize(("name", "title"), [(name, title) for name, checks in CHECKS.items() for title in checks])
def test_a_query_brings_what_the_ledger_says(market: Market, name: str, title: str) -> None:
    """Sums by model, last prices, numbers of told transitions: equal, not only there."""
    CHECKS[name][title](market)
