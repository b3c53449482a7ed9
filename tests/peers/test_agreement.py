"""The same rules over the same series: equal episodes where both mean the same, a name for all that differs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.peers.binaries import needed
from tests.peers.compare import Comparison, comparison
from tests.peers.differences import DIFFERENCES, PROMETHEUS, VICTORIA
from tests.peers.twin import Twin, their_file

PEERS = (PROMETHEUS, VICTORIA)
MARKETS = (("plain", 4), ("gaps", 4), ("gaps", 5), ("gaps", 6), ("outage", 4), ("late", 4))
EQUAL = (
    *("Above", "Below", "Held", "Kept", "StepUp", "Rise"),
    *("VendorSum", "VendorMost", "VendorCount", "Total"),
)
"""The rules that say the very same where no sample is missing."""
MANUAL = Path(__file__).parents[2] / "docs/peers.md"


@pytest.mark.parametrize(("kind", "seed"), MARKETS)
@pytest.mark.parametrize("peer", PEERS)
def test_each_hour_in_which_one_side_fires_alone_has_one_name(peer: str, kind: str, seed: int) -> None:
    _, faults = comparison(peer, kind, seed).explained()
    assert not faults, "\n".join(faults[:20])


@pytest.mark.parametrize("peer", PEERS)
def test_each_name_occurs_in_each_rule_it_is_given_to(peer: str) -> None:
    """An explanation of what no longer happens is wrong."""
    compared = [comparison(peer, kind, seed) for kind, seed in MARKETS]
    occurring = set().union(*(each.explained()[0] for each in compared))
    asked = {twin.name for each in compared for twin in each.twins}
    named = {(each.name, rule) for each in DIFFERENCES if peer in each.peers for rule in each.rules if rule in asked}
    assert occurring == named


@pytest.mark.parametrize("peer", PEERS)
def test_where_nothing_is_missing_rules_that_mean_the_same_have_the_same_episodes(peer: str) -> None:
    """(rule, member, start, end), and not by both being silent."""
    compared = comparison(peer, "plain", 4)
    equal = {twin.name: compared.agreed(twin.name) for twin in compared.twins if twin.name in EQUAL}
    assert {name: apart for name, (_, apart) in equal.items() if apart} == {}
    assert {name for name, (both, _) in equal.items() if not both} <= {"VendorCount"}  # nobody is missing


@pytest.mark.parametrize("peer", PEERS)
def test_a_model_that_goes_missing_is_absent_for_both_in_the_same_hours(peer: str) -> None:
    compared: Comparison = comparison(peer, "gaps", 4)
    both, apart = compared.agreed("GoneOften")
    assert (both > 0, apart) == (True, 0)


def test_vmalert_has_no_keep_firing_for(tmp_path: Path) -> None:
    """Version 1.79 refuses the key, so that rule is compared with Prometheus alone."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(their_file([Twin("Kept", {}, "price_output > 5", keep="3h")]))
    command = [str(needed("vmalert")), f"-rule={rules}", "-dryRun"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert "keep_firing_for" in done.stdout + done.stderr


def test_the_manual_has_a_row_for_each_difference() -> None:
    """Name and peers, in the same order."""
    rows = re.findall(r"^\| ([a-z ]+) \| ([\w, ]+) \|", MANUAL.read_text(encoding="utf-8"), re.MULTILINE)
    told = {PROMETHEUS: "Prometheus", VICTORIA: "VictoriaMetrics"}
    named = [(each.name, ", ".join(told[peer] for peer in each.peers)) for each in DIFFERENCES]
    assert [row for row in rows if row[0] != "difference"] == named
