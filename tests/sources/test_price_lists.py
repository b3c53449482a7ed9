"""What every list of prices owes, whatever its shape."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import SourceError
from monitor.sources import genai_prices, litellm, llm_prices, models_dev, portkey, vercel_models
from monitor.sources.price_list import PriceList

AT = datetime(2026, 8, 21, tzinfo=UTC)
PRICED = {"input": 1, "output": 2.5, "cache_read": 0.1}
PAID = {"request_token": {"price": 1e-5}, "response_token": {"price": 2e-5}, "additional_units": {"x": {"price": 0}}}
LISTS: dict[ModuleType, tuple[Any, Callable[[bytes], PriceList]]] = {
    litellm: (
        {
            f"m{number}": {
                "input_cost_per_token": 1e-6,
                "max_input_tokens": 9,
                "deprecation_date": "2026-09-30",
                "supported_modalities": ["text"],
                "supported_output_modalities": ["text"],
            }
            for number in range(3)
        },
        litellm.parse,
    ),
    models_dev: (
        {
            "xai": {
                "models": {
                    "m": {
                        "cost": PRICED,
                        "limit": {"context": 9},
                        "modalities": {"input": ["text"], "output": ["text"]},
                    }
                }
            }
        },
        lambda body: models_dev.parse(body, ["xai"]),
    ),
    genai_prices: (
        [
            {
                "id": "a",
                "models": [
                    {"id": "m", "prices": {"input_mtok": {"base": 1}}},
                    {
                        "id": "n",
                        "prices": [
                            {"prices": {"input_mtok": 1}},
                            {"constraint": {"start_date": "2026-09-01"}, "prices": {"input_mtok": 2}},
                            {
                                "constraint": {"start_time": "00:30:00Z", "end_time": "16:30:00Z"},
                                "prices": {"input_mtok": 3},
                            },
                        ],
                    },
                ],
            }
        ],
        lambda body: genai_prices.parse(body, AT),
    ),
    llm_prices: (
        {"prices": [{"id": "m", "input": 1, "output": 2, "from_date": None, "to_date": "2026-09-01"}]},
        lambda body: llm_prices.parse(body, AT),
    ),
    portkey: (
        {"default": {}, "m": {"pricing_config": {"pay_as_you_go": PAID, "currency": "USD"}}},
        lambda body: portkey.parse(body, "a"),
    ),
    vercel_models: (
        {"data": [{"id": "a/m", "context_window": 9, "pricing": {"input": "0.1", "output_tiers": [{"cost": "0.1"}]}}]},
        vercel_models.parse,
    ),
}

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(["0", "-1", 1e300]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


def paths(value: object, under: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a JSON value, the whole included."""
    yield under
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*under, key))
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from paths(inner, (*under, number))


def replaced(whole: Any, path: tuple[str | int, ...], value: object) -> object:  # noqa: ANN401 - JSON
    if not path:
        return value
    whole = copy.deepcopy(whole)
    inner = whole
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return whole


@pytest.mark.parametrize("module", LISTS, ids=lambda module: module.KIND)
@given(data=st.data())
def test_no_answer_breaks_the_parser(module: ModuleType, data: st.DataObject) -> None:
    """Whatever stands at any place of a sound answer, it is read, read with faults, or refused with a SourceError."""
    sound, parse = LISTS[module]
    body = replaced(sound, data.draw(st.sampled_from(list(paths(sound)))), data.draw(_VALUES))
    try:
        found = parse(json.dumps(body).encode())
    except SourceError as error:
        assert error.message.startswith(f"{module.KIND}: ")  # noqa: PT017
    else:
        assert all(fault.startswith(f"{module.KIND}: ") for fault in found.faults)


@pytest.mark.parametrize("module", LISTS, ids=lambda module: module.KIND)
def test_a_sound_answer_has_no_faults(module: ModuleType) -> None:
    """Else the law above would say little."""
    sound, parse = LISTS[module]
    found = parse(json.dumps(sound).encode())
    assert (found.faults, len(found.models)) == ((), found.entries)
    assert any("price_input" in model.shown for model in found.models)
