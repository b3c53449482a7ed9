"""The rules that both sides can express."""

from __future__ import annotations

from tests.peers.twin import Twin

_P = "price_output"
PAIR = ("openai/gpt-0", "google/gemini-0")
_OPENAI, _GOOGLE = (f'{_P}{{model="{model}"}}' for model in PAIR)


def _absence(name: str, model: str) -> Twin:
    """Of one series; `absent_over_time` knows no sets."""
    ours = {"watch": f'{_P}(model="{model}")', "disappears": "3 bars"}
    return Twin(name, ours, f'absent_over_time({_P}{{model="{model}"}}[3h])')


TWINS: tuple[Twin, ...] = (
    Twin("Above", {"watch": _P, "above": "$5"}, f"{_P} > 5"),
    Twin("Below", {"watch": _P, "below": "$2"}, f"{_P} < 2"),
    Twin("Held", {"watch": _P, "above": "$5", "for": "3 bars"}, f"{_P} > 5", "2h"),
    Twin("HeldTwoHours", {"watch": _P, "above": "$5", "for": "2h"}, f"{_P} > 5", "2h"),
    Twin("Kept", {"watch": _P, "above": "$5", "keep_firing_for": "3h"}, f"{_P} > 5", keep="3h"),
    Twin(
        "StepUp",
        {"watch": f'{_P} - ago({_P}, "1h")', "above": "$0.5"},
        f"{_P} - ({_P} offset 1h) > 0.5",
    ),
    Twin("Crosses", {"watch": _P, "crosses_above": "$5"}, f"({_P} > 5) and ({_P} offset 1h <= 5)"),
    Twin(
        "Overtakes",
        {"watch": f'{_P}(model="{PAIR[0]}")', "crosses_above": f'{_P}(model="{PAIR[1]}")'},
        f"({_OPENAI} > on (source) group_left () {_GOOGLE})"
        f" and ({_OPENAI} offset 1h <= on (source) group_left () ({_GOOGLE} offset 1h))",
    ),
    Twin("Cut", {"watch": _P, "falls": "20%", "against": "24h ago"}, f"{_P} / ({_P} offset 24h) - 1 <= -0.2"),
    Twin("Rise", {"watch": _P, "rises": "30%", "against": "24h ago"}, f"{_P} / ({_P} offset 24h) - 1 >= 0.3"),
    _absence("GoneNever", "deepseek/deepseek-0"),
    _absence("GoneOften", "google/gemini-2"),
    _absence("GoneFirst", "google/gemini-3"),
    Twin("VendorSum", {"watch": f'sum({_P}, by="vendor")', "above": "$20"}, f"sum by (vendor) ({_P}) > 20"),
    Twin("VendorMost", {"watch": f'max({_P}, by="vendor")', "above": "$9"}, f"max by (vendor) ({_P}) > 9"),
    Twin("VendorCount", {"watch": f'count({_P}, by="vendor")', "below": "4"}, f"count by (vendor) ({_P}) < 4"),
    Twin("Total", {"watch": f"sum({_P})", "above": "$60"}, f"sum({_P}) > 60"),
    Twin("Mean", {"watch": f'avg_over({_P}, "6h")', "above": "$5"}, f"avg_over_time({_P}[6h]) > 5"),
    Twin("Least", {"watch": f'min_over({_P}, "6h")', "above": "$5"}, f"min_over_time({_P}[6h]) > 5"),
    Twin(
        "Rounding",
        {"watch": f"{_P} * 1.1 - {_P} * 0.1", "above": _P},
        f"{_P} * 1.1 - {_P} * 0.1 > {_P}",
    ),
)

_PLAIN_ONLY = ("HeldTwoHours", "Rounding")  # they are about arithmetic and time, not about what is missing


def twins_of(kind: str) -> list[Twin]:
    """The rules that are compared over a kind of market."""
    return [twin for twin in TWINS if kind == "plain" or twin.name not in _PLAIN_ONLY]
