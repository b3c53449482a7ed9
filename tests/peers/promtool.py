"""Prometheus' own state machine over given series: `promtool test rules`, asked at each hour what fires."""

from __future__ import annotations

import math
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.model.bar import HOUR
from tests.peers.market import Market

_AT = re.compile(r'expr: "ALERTS\{alertstate=\\?"firing\\?"\}", time: (\S+),')
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_SPAN = re.compile(r"(\d+)([wdhms])")
_SECONDS = {"w": 168 * HOUR, "d": 24 * HOUR, "h": HOUR, "m": 60, "s": 1}
_FIRING = 'ALERTS{alertstate="firing"}'


def asking(rules: str, series: Iterator[tuple[str, NDArray[np.float64]]], asked: Sequence[int], expr: str) -> str:
    """A file for `promtool test rules` that expects nothing at the hours `asked`, so that what there is is told."""
    lines = [f"rule_files: [{rules}]", "evaluation_interval: 1h", "tests:", "  - interval: 1h", "    input_series:"]
    for name, values in series:
        lines += [f"      - series: '{name}'", f"        values: '{notation(values)}'"]
    lines.append("    promql_expr_test:")
    lines += [f"      - {{expr: '{expr}', eval_time: {hour}h}}" for hour in asked]
    return "\n".join(lines) + "\n"


def notation(values: NDArray[np.float64]) -> str:
    """Prometheus' notation of a series; `_` is no sample."""
    return " ".join("_" if math.isnan(value) else repr(value) for value in values.tolist())


def alerts(promtool: Path, market: Market, rules: Path) -> list[tuple[Mapping[str, str], list[int]]]:
    """The labels of each alert that fired, and the instants at which it was firing."""
    path = rules.with_suffix(".test.yaml")
    path.write_text(asking(rules.name, market.series(), range(len(market.hours)), _FIRING))
    done = subprocess.run([str(promtool), "test", "rules", str(path)], capture_output=True, text=True, check=False)
    told = done.stdout + done.stderr
    assert done.returncode in (0, 1), told
    return _told(told, int(market.hours[0]))


def _told(text: str, first: int) -> list[tuple[Mapping[str, str], list[int]]]:
    found: dict[tuple[tuple[str, str], ...], list[int]] = {}
    at = first
    for line in text.splitlines():
        if match := _AT.search(line):
            at = first + sum(int(count) * _SECONDS[unit] for count, unit in _SPAN.findall(match[1]))
        for sample in re.findall(r'\{__name__="ALERTS"[^}]*\}', line):
            found.setdefault(tuple(_LABEL.findall(sample)), []).append(at)
    return [(dict(labels), instants) for labels, instants in found.items()]
