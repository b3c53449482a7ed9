"""Two looks at a list of models."""

from __future__ import annotations

from decimal import Decimal

import pytest

from monitor.catalog import shipped
from monitor.catalog.lists import Change, Difference, Listed, differences

IDENTITIES = shipped().identities({})


def listed(model: str, price: str = "1", *, slug: str = "", target: str = "", source: str = "openrouter") -> Listed:
    return Listed(model, IDENTITIES.of(source, model), slug, target, {"input": Decimal(price)})


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        ([], [listed("a/b-1")], [Difference(Change.NEW, "a/b-1")]),
        ([listed("a/b-1")], [], [Difference(Change.GONE, "a/b-1")]),
        ([listed("a/b-1")], [listed("a/b-1", "2")], []),
        (
            [listed("anthropic/claude-3-5-haiku")],
            [listed("anthropic/claude-3.5-haiku")],
            [Difference(Change.RENAMED, "anthropic/claude-3.5-haiku", "anthropic/claude-3-5-haiku")],
        ),
        (
            [listed("a/old", slug="a/s"), listed("a/old:free", slug="a/s")],
            [listed("a/new", slug="a/s"), listed("a/new:free", slug="a/s")],
            [Difference(Change.RENAMED, "a/new", "a/old"), Difference(Change.RENAMED, "a/new:free", "a/old:free")],
        ),
        (
            [listed("a/old", slug="a/s")],
            [listed("a/old:free", slug="a/s")],
            [Difference(Change.GONE, "a/old"), Difference(Change.NEW, "a/old:free")],
        ),
        (
            [listed("a/b-1", slug="a/b-1-20260101")],
            [listed("a/b-1", slug="a/b-1-20260301")],
            [Difference(Change.REDATED, "a/b-1", "a/b-1-20260101", ("a/b-1-20260301",))],
        ),
        (
            [listed("~z-ai/glm-latest", target="z-ai/glm-5.2")],
            [listed("~z-ai/glm-latest", target="z-ai/glm-5.3")],
            [Difference(Change.MOVED, "~z-ai/glm-latest", "z-ai/glm-5.2", ("z-ai/glm-5.3",))],
        ),
    ],
)
def test_differences(earlier: list[Listed], later: list[Listed], expected: list[Difference]) -> None:
    """New, gone, renamed by the permanent slug or by identity, variant by variant, re-dated, moved."""
    assert differences(earlier, later) == expected


def mistral(latest: str, older: str, newer: str) -> list[Listed]:
    prices = {"mistral-large-latest": latest, "mistral-large-2411": older, "mistral-large-3": newer}
    return [listed(f"mistral/{model}", price, source="litellm") for model, price in prices.items()]


def test_a_latest_name_moved_if_its_price_became_anothers() -> None:
    """Case: LiteLLM's mistral-large-latest fell by 75 % on 2026-03-02, as it meant Mistral Large 3 from then on."""
    (moved,) = differences(mistral("2", "2", "0.5"), mistral("0.5", "2", "0.5"))
    assert moved == Difference(Change.MOVED, "mistral/mistral-large-latest", "", ("mistral/mistral-large-3",))


def test_a_latest_name_did_not_move_with_its_model() -> None:
    """A vendor that cuts the newest model cuts the name that means it: that is a price cut."""
    assert differences(mistral("2", "9", "2"), mistral("1", "9", "1")) == []


def test_a_latest_name_does_not_move_to_another_line() -> None:
    """Case: the same price by chance; a small model has not all the words of a large one's moving name."""
    small = listed("mistral/mistral-small-3", "0.5", source="litellm")
    latest = [listed("mistral/mistral-large-latest", price, source="litellm") for price in ("2", "0.5")]
    assert differences([latest[0], small], [latest[1], small]) == []
