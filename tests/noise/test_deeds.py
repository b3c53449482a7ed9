"""What people did about alerts stands in the noise report."""

from __future__ import annotations

from pathlib import Path

from monitor.catalog import shipped
from monitor.ledger import Ledger
from monitor.noisiness import noise_of
from monitor.ports import Actor, Quiet
from tests.desk.test_desk import desk_of
from tests.dispatching.market import Market


def test_acknowledgements_and_silences_are_counted_by_alert(tmp_path: Path) -> None:
    """Those of the last 28 days, from the record of deeds."""
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        market = Market(ledger)
        market.day(a=200, b=300)
        (told,) = market.sent
        desk = desk_of(market)
        desk.acknowledge(told.id, Actor("ada", "slack"))
        desk.silence(told.id, Actor("ada", "slack"), Quiet.DAY)
        (busy,) = [each for each in noise_of(ledger, shipped(), market.now, 0).spoken if each.alert == "Busy"]
    assert (busy.acknowledged, busy.silenced) == (2, 2)
