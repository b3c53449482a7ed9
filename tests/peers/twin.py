"""One rule in two languages: ours, and that of Prometheus and VictoriaMetrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Twin:
    """One rule twice.

    `ours`: key → value as in a rule file; `expr`: PromQL; `hold`, `keep`: the peers' `for` and `keep_firing_for`.
    """

    name: str
    ours: Mapping[str, str]
    expr: str
    hold: str = "0s"
    keep: str = "0s"

    def as_ours(self) -> str:
        """An entry of `rules:`."""
        return f"      - alert: {self.name}\n" + "".join(f"        {key}: {text}\n" for key, text in self.ours.items())

    def as_theirs(self) -> str:
        """An entry of a Prometheus group."""
        keep = "" if self.keep == "0s" else f"        keep_firing_for: {self.keep}\n"
        return f"      - alert: {self.name}\n        expr: {self.expr}\n        for: {self.hold}\n{keep}"


def our_file(twins: Sequence[Twin]) -> str:
    """A rule file of ours."""
    return "groups:\n  - name: fleet\n    every: hour\n    rules:\n" + "".join(map(Twin.as_ours, twins))


def their_file(twins: Sequence[Twin]) -> str:
    """A rule file of Prometheus or vmalert."""
    return "groups:\n  - name: fleet\n    interval: 1h\n    rules:\n" + "".join(map(Twin.as_theirs, twins))
