"""A ledger made of what a real InfluxDB holds: as it was, for rules, for the copy, and for people."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from monitor.catalog import shipped
from monitor.compose import streams
from monitor.dispatch import Routes, Timeliness
from monitor.errors import LedgerError, SinkError
from monitor.files import load_catalog, load_rules
from monitor.importer import import_files
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.model.bar import instant
from monitor.restore import restore
from monitor.settings import Settings
from monitor.sinks.influxdb import KIND, contents
from tests.cli.conftest import Program, monitor, surroundings
from tests.servers import InfluxDB
from tests.shared import SHARED
from tests.sinks.copied import NOW, config, copy, restored, verified
from tests.sinks.test_verify import ledger

__all__ = ["ledger", "monitor", "surroundings"]

FILES = [SHARED / "data" / name for name in ("usage/usage.csv.gz", "usage/totals.csv.gz", "prices/prices.csv.gz")]
TABLES = ("citations", "aliases", "texts", "seals")


def judged(found: Ledger) -> None:
    """By the rules that ship, silently."""
    shipped = Settings()
    timeliness = Timeliness(shipped.late_after, shipped.late_notice)
    Judging(found, load_catalog(shipped.catalog), Routes(()), timeliness).judge(
        load_rules(shipped.rules).rules, instant(NOW)
    )


def remarked(found: Ledger) -> set[str]:
    return {repr(remark) for _, remark in found.remark_cursors.after(0, 10**6)}


@pytest.mark.asyncio
async def test_all_history_is_restored(influxdb: InfluxDB, monitor: Program) -> None:
    """All recorded history: imported, judged, copied, equal, lost, restored: backtests say the same, line by line.

    The record of alerts is the same as well; judging anew changes nothing of it, nor of the copy.
    """
    modes: Sequence[str] = ("--as-known", "--as-final")
    with Ledger.open(monitor.ledger) as before:
        import_files(FILES, before)
        judged(before)
        await copy(before, config(influxdb))
        found = verified(before, config(influxdb))
        assert (found.days, found.others) == ((), ())
        assert found.compared > 200_000
        remarks, alerts = remarked(before), before.transition_cursors.after(0, 10**6)
    said = [monitor("backtest", mode).out for mode in modes]
    assert all(len(text.splitlines()) > 500 for text in said)
    monitor.ledger.unlink()
    monitor.write("monitor.toml", settings_of(influxdb))
    ended = monitor("influx", "restore")
    assert (ended.code, ended.err) == (0, "")
    assert f"{len(remarks):,} seals and names, {len(alerts):,} transitions" in ended.out
    assert [monitor("backtest", mode).out for mode in modes] == said
    with Ledger.open(monitor.ledger) as after:
        assert remarked(after) == remarks
        again = after.transition_cursors.after(0, 10**6)
        assert sorted(repr(each) for _, each in again) == sorted(repr(each) for _, each in alerts)
        judged(after)
        assert after.transition_cursors.newest() == len(alerts)
        assert after.restated() == {}
    ended = monitor("influx", "verify")
    assert (ended.code, ended.err) == (0, "")
    assert "nothing differs" in ended.out


def settings_of(server: InfluxDB) -> str:
    written = {"url": server.url, "bucket": server.bucket, "org": server.org, "token": server.token}
    return "[influxdb]\n" + "".join(f"{name} = '{value}'\n" for name, value in written.items())


@pytest.mark.asyncio
async def test_every_kind_of_thing_comes_back(influxdb: InfluxDB, ledger: Ledger, tmp_path: Path) -> None:
    """Law: samples, seals, citations, aliases, texts and alerts are what they were; nothing of them is copied again."""
    await copy(ledger, config(influxdb))
    with Ledger.open(tmp_path / "other" / "ledger.sqlite") as other:
        counts = restored(other, config(influxdb))
        assert counts.samples == {"tokens": 120, "price_output": 3}
        samples = [sorted(map(repr, (item for _, item in each.cursors.after(0, 1000)))) for each in (ledger, other)]
        assert samples[0] == samples[1]
        assert remarked(other) == remarked(ledger)
        assert len(remarked(other)) == counts.remarks == 7
        alerts = [[item for _, item in each.transition_cursors.after(0, 1000)] for each in (ledger, other)]
        assert repr(alerts[0]) == repr(alerts[1])
        for kept, name in ((other.cursors, "influxdb"), (other.remark_cursors, "influxdb remarks")):
            assert kept.position(name) == kept.newest() > 0
        assert verified(other, config(influxdb)).others == ()
        with pytest.raises(LedgerError, match="expected a ledger with nothing in it"):
            restored(other, config(influxdb))


@pytest.mark.asyncio
async def test_a_server_that_fails_in_the_middle_leaves_nothing(
    influxdb: InfluxDB, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case: what was read until then is not kept; restoring again brings everything."""
    await copy(ledger, config(influxdb))
    with Ledger.open(tmp_path / "other" / "ledger.sqlite") as other:
        with closing(contents(config(influxdb))) as there:
            monkeypatch.setattr(there, "remarks", failing)
            with pytest.raises(SinkError, match="gone"):
                restore(other, there, streams(other, shipped), KIND, NOW)
        assert other.is_empty()
        assert restored(other, config(influxdb)).transitions == 2


def failing() -> None:
    raise SinkError("gone")
