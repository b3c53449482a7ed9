"""`monitor influx verify` and `restore` as a person sees them, with a real InfluxDB."""

from __future__ import annotations

import json

import pytest

from monitor.ledger import Ledger
from tests.cli.conftest import Program
from tests.cli.test_influx import USAGE
from tests.servers import InfluxDB
from tests.sinks.copied import config, copy

SUM = "5 points of samples compared, and all that is written beside them: "
STRANGE = "tokens,bar=week,model=strange,source=x value=1.0,known_at=5i,gone=f 1768780800000000000"


@pytest.fixture
def filled(monitor: Program, influxdb: InfluxDB) -> Program:
    """A ledger with three samples of two models, and this server in the settings."""
    written = {"url": influxdb.url, "bucket": influxdb.bucket, "org": influxdb.org, "token": influxdb.token}
    monitor.write("monitor.toml", "[influxdb]\n" + "".join(f"{name} = '{value}'\n" for name, value in written.items()))
    monitor.write("usage.csv", USAGE)
    assert monitor("import", "usage.csv").code == 0
    return monitor


@pytest.mark.asyncio
async def test_what_a_person_sees(filled: Program, influxdb: InfluxDB) -> None:
    """Case: nothing copied yet, all there, a point lost, repaired, one that only InfluxDB has."""
    before = filled("influx", "verify")
    assert before.code == 0
    assert before.out.splitlines() == [
        "0 points of samples compared, and all that is written beside them: nothing differs",
        "1 day left out, of which something is not copied yet: `monitor influx status`",
    ]
    with Ledger.open(filled.ledger) as ledger:
        await copy(ledger, config(influxdb))
    assert (filled("influx", "verify").out, filled("influx", "verify").code) == (f"{SUM}nothing differs\n", 0)
    influxdb.empty()
    lost = filled("influx", "verify")
    assert lost.code == 1
    assert lost.out.splitlines() == [
        "tokens, as known, 2026-01-19: 3 points in the ledger, 0 in InfluxDB",
        "tokens 2026-01-19: 2 points in the ledger, 0 in InfluxDB",
        "remarks: 2 missing or otherwise than in the ledger",
        f"{SUM}3 differences",
        "`monitor influx verify --repair` writes again what differs",
    ]
    repaired = filled("influx", "verify", "--repair")
    assert (repaired.code, repaired.out) == (0, f"5 items written again\n{SUM}nothing differs\n")
    influxdb.write(STRANGE)
    assert filled("influx", "verify", "--repair").out.splitlines()[1:] == [
        "tokens 2026-01-19: 2 points in the ledger, 3 in InfluxDB",
        f"{SUM}1 difference",
        "what only InfluxDB has stays there: another monitor may write to this bucket",
    ]
    shown = json.loads(filled("influx", "verify", "--json").out)
    (day,) = shown["days"]
    assert (day["day"], day["ledger"]["points"], day["influxdb"]["points"]) == ("2026-01-19T00:00:00Z", 2, 3)


@pytest.mark.asyncio
async def test_repair_needs_the_ledger_for_itself(filled: Program, influxdb: InfluxDB) -> None:
    """Case: beside a running monitor it is refused, while comparing is not."""
    with Ledger.open(filled.ledger) as ledger:
        await copy(ledger, config(influxdb))
        assert filled("influx", "verify").code == 0
        ended = filled("influx", "verify", "--repair")
    assert (ended.code, ended.out) == (1, "")
    assert "already in use" in ended.err


@pytest.mark.asyncio
async def test_restoring(filled: Program, influxdb: InfluxDB) -> None:
    """Case: a new ledger; what is left out is said; a ledger that is not empty is left alone."""
    with Ledger.open(filled.ledger) as ledger:
        await copy(ledger, config(influxdb))
    influxdb.write("strange_as_known,bar=day,source=x value=1.0,known_at=5i,gone=f 1768780800000000000")
    ended = filled("--ledger", "new.sqlite", "influx", "restore")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "tokens  3",
        "new.sqlite: 3 samples, 2 seals and names, 0 transitions",
        "left out, as this program does not know them: strange",
    ]
    refused = filled("influx", "restore")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.endswith(": expected a ledger with nothing in it\n    move it away first; nothing was changed\n")


def test_a_server_that_is_down(filled: Program, influxdb: InfluxDB) -> None:
    """Case: said in a line with what to do; the new ledger has nothing, so that restoring can be tried again."""
    influxdb.stop()
    for words in (("influx", "verify"), ("--ledger", "new.sqlite", "influx", "restore")):
        ended = filled(*words)
        assert (ended.code, ended.out) == (1, "")
        assert "try again when it answers" in ended.err
    influxdb.start()
    assert filled("--ledger", "new.sqlite", "influx", "restore").code == 0
