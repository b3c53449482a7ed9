"""`explain` of a rule that other sources confirm: the evidence, and when the change was seen."""

from __future__ import annotations

from monitor.explain.answer import explain
from monitor.explain.text import lines
from tests.laws.history import together
from tests.laws.passes import ALERT, catalogued, compiled
from tests.rules.tables import HOUR, MONDAY, hours


def test_the_evidence_of_a_claim_and_of_its_confirmation() -> None:
    """One source goes to half the price, another follows an hour later."""
    rule = compiled("watch: price_output\nfalls: 20%\nconfirm: {within: 14d}", "hour")
    table = together(hours({"openai/c": "10 10 5 5"}, source="s"), hours({"openai/c": "10 10 10 5"}, source="r"))
    said = [
        line.strip()
        for at in (MONDAY + 2 * HOUR, MONDAY + 3 * HOUR)
        for answer in explain([rule], ALERT, table, catalogued(), at)
        if answer.partition == "s"
        for line in lines(answer, answer.instances)
    ]
    assert "claimed" in said
    assert "confirmed: s since 2026-01-05, r on 2026-01-05" in said
    assert any(line.startswith("change seen at: ") and "2026-01-05 02:10 UTC" in line for line in said)
