"""For every condition key, rules that use it in every way the language has: what the laws are tried on.

`<5>` is an amount in the unit of the metric: the law of units scales it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from monitor.rules.rule import Rule
from tests.laws.passes import compiled


class Over(Enum):
    """What a rule is about."""

    USAGE = auto()
    PRICES = auto()
    TWO_SOURCES = auto()
    DATES = auto()


@dataclass(frozen=True, slots=True)
class Snippet:
    """The keys of a rule as they are written, the bar it is judged on, and what kind of history it is for."""

    text: str
    every: str
    over: Over

    def rule(self, factor: float = 1.0) -> Rule:
        """Compiled, its amounts scaled."""
        written = re.sub(r"<([\d.]+)>", lambda found: f"{float(found[1]) * factor:.10f}", self.text)
        return compiled(written, self.every)

    def __str__(self) -> str:
        return f"{self.every}: {'; '.join(self.text.split(chr(10)))}"


def _days(*texts: str) -> tuple[Snippet, ...]:
    return tuple(Snippet(text, "day", Over.USAGE) for text in texts)


def _hours(*texts: str) -> tuple[Snippet, ...]:
    return tuple(Snippet(text, "hour", Over.PRICES) for text in texts)


def _two_sources(*texts: str) -> tuple[Snippet, ...]:
    return tuple(Snippet(text, "hour", Over.TWO_SOURCES) for text in texts)


def _dates(*texts: str) -> tuple[Snippet, ...]:
    return tuple(Snippet(text, "hour", Over.DATES) for text in texts)


_USAGE: dict[str, tuple[Snippet, ...]] = {
    "above": _days(
        "watch: tokens\nabove: <5>",
        "watch: tokens\nabove: <5>\nfor: 2 bars",
        "watch: tokens\nabove: <5>\nkeep_firing_for: 2d",
        "watch: tokens\nabove: <6>\nclear: {below: <4>}\nfor: 2d\nkeep_firing_for: 1d",
        'watch: tokens\nabove: avg_over(tokens, "3d")',
        'watch: tokens(model="openai/*") - ago(tokens(model="openai/*"), "2d")\nabove: <1>',
        'watch: sum(tokens, by="vendor")\nabove: ago(sum(tokens, by="vendor"), "1d")',
        'watch: sum(top(2, tokens(model="*")), by="vendor")\nabove: <5>',
        'watch: share(tokens, by="origin", of="identified")\nabove: 40%',
        'watch: count(tokens, by="origin")\nabove: 1',
        "watch: tokens\nabove: <5>\nfor: 2 of 3 bars",
        "watch: tokens\nabove: <5>\nfor: 3 of 5 bars\nclear: {below: <4>}\nkeep_firing_for: 1d",
        "watch: tokens\nabove: <4>\nlevels: {warning: <5>, critical: <8>}",
        "watch: tokens\nabove: <2>\nlevels: {warning: {at: <5>, clear: {below: <3>}}, critical: <8>}\nfor: 2 bars",
        "watch: tokens\nabove: <5>\noverrides: [{match: {vendor: deepseek}, above: <2>}]",
        "watch: tokens\nabove: <5>\nabsent: ok",
        "watch: tokens\nabove: <5>\nabsent: fire\nabsent_for: 2 bars",
        "watch: tokens\nabove: <2>\nuntil: 2026-01-08",
        "watch: tokens\nabove: <5>\nclear: {below: <2>}\nkeep_firing_for: 2d\nuntil: 2026-01-07",
    ),
    "below": _days(
        "watch: tokens\nbelow: <5>",
        'watch: share(tokens, by="vendor")\nbelow: 20%\nclear: {above: 25%}',
        'watch: sum_over(tokens, "2d")\nbelow: <9>',
        'watch: min(tokens, by="vendor")\nbelow: <3>\nfor: 2 bars\nkeep_firing_for: 1 bar',
        "watch: tokens / sum(tokens)\nbelow: 20%",
        'watch: share(tokens, by="vendor")\nbelow: 30%\nlevels: {critical: 10%}\nabsent: fire',
        "watch: rank(tokens)\nbelow: 2",
        'watch: rank(tokens, by="origin")\nbelow: 2',
        'watch: median_over(tokens, "4d")\nbelow: max_over(tokens, "2d")',
    ),
    "inside": _days(
        "watch: tokens\ninside: [<3>, <8>]\nfor: 2 bars",
        'watch: share(tokens, by="vendor")\ninside: [10%, 30%]',
        """watch: tokens\ninside: [min(tokens), 'avg_over(tokens, "3d")']""",
    ),
    "outside": _days(
        "watch: tokens\noutside: [<3>, <8>]\nkeep_firing_for: 2d",
        'watch: sum(tokens, by="vendor")\noutside: [<2>, <2>]\nclear: {inside: [<1>, <4>]}',
        """watch: tokens\noutside: ['ago(tokens, "2d")', mean(tokens)]""",
    ),
    "crosses_above": _days(
        "watch: tokens\ncrosses_above: <5>",
        "watch: tokens\ncrosses_above: <5>\nmargin: <1>\nfor: 2 bars",
        'watch: sum(tokens, origin="CN")\ncrosses_above: sum(tokens, origin="US")\nmargin: 1%',
        'watch: sum(top(2, tokens), origin="CN")\ncrosses_above: sum(top(2, tokens), origin="US")',
        'watch: sum(top(1, tokens), by="vendor")\ncrosses_above: <4>',
        'watch: tokens\ncrosses_above: avg_over(tokens, "3d")\nkeep_firing_for: 2d',
        'watch: share(tokens, by="vendor")\ncrosses_above: 30%\nclear: {below: 20%}',
        'watch: mean(tokens, by="origin")\ncrosses_above: median(tokens)',
        'watch: count(tokens, by="vendor")\ncrosses_above: 1',
        'watch: tokens\ncrosses_above: tokens(model="openai/c")',
        'watch: tokens / tokens(model="openai/c")\ncrosses_above: 1',
        "watch: tokens\ncrosses_above: <5>\nmax_gap: 1 bar\ngap: ignore",
        "watch: tokens\ncrosses_above: <5>\nmax_gap: 1d\nlevels: {critical: <8>}",
        "watch: tokens\ncrosses_above: <5>\nfor: 2 of 4 bars",
        "watch: tokens\ncrosses_above: <5>\noverrides: [{match: {origin: CN}, margin: 50%}]",
    ),
    "crosses_below": _days(
        "watch: tokens\ncrosses_below: <5>\nclear: {above: <6>}",
        'watch: share(tokens, by="vendor")\ncrosses_below: 20%\nmargin: 10%',
        "watch: tokens\ncrosses_below: max(tokens)\nmargin: 10%",
        'watch: ago(tokens, "2d")\ncrosses_below: tokens\nfor: 3d',
        "watch: rank(tokens)\ncrosses_below: 3",
    ),
    "crosses": _days(
        "watch: tokens\ncrosses: <5>",
        'watch: sum(tokens, origin="CN")\ncrosses: sum(tokens, origin="US")\nmargin: 1%',
        'watch: tokens\ncrosses: avg_over(tokens, "2d")',
        "watch: tokens\ncrosses: mean(tokens)",
        "watch: tokens\ncrosses: <5>\nmax_gap: 1 bar\ngap: ignore",
        "watch: tokens\ncrosses: <5>\nmax_gap: 1 bar",
    ),
    "rises": _days(
        "watch: tokens\nrises: 20%",
        "watch: tokens\nrises: 20%\nagainst: 3d ago\nfor: 2 bars",
        "watch: tokens\nrises: 50%\nagainst: mean of 3d\nfloor: <1>",
        "watch: tokens\nrises: 20%\nmin_change: <2>\nkeep_firing_for: 2d",
        'watch: share(tokens, by="vendor")\nrises: 5 points',
        'watch: sum(tokens, by="origin")\nrises: 10%\nagainst: max of 2d\nclear: {below: <3>}',
    ),
    "moves": _days(
        "watch: tokens\nmoves: 20%",
        "watch: tokens\nmoves: 50%\nagainst: 2026-01-07",
        "watch: tokens\nmoves: 50%\nagainst: last notice\nmin_change: <1>",
        'watch: share(tokens, by="vendor")\nmoves: 10 points\nagainst: median of 3d',
    ),
    "steps": _days(
        "watch: tokens\nsteps: 20%",
        "watch: tokens\nsteps: 50%\nfloor: <2>",
        'watch: share(tokens, by="origin")\nsteps: 10 points',
    ),
    "rank_moves": _days(
        "watch: tokens\nrank_moves: 2",
        'watch: sum(tokens, by="vendor")\nrank_moves: 1\nagainst: 2d ago',
    ),
    "deviates": _days(
        "watch: tokens\ndeviates: 2\nagainst: median of 5d",
        'watch: sum(tokens, by="vendor")\ndeviates: 1.5\nagainst: median of 4d\nfor: 2 bars',
    ),
    "absent": _days(
        "watch: tokens\nabsent: 2d",
        "watch: tokens\nabsent: 3 bars\nkeep_firing_for: 1d",
        'watch: sum(tokens, by="vendor")\nabsent: 2 bars\nfor: 2 bars',
        "watch: top(2, tokens)\nabsent: 1 bar",
        "watch: tokens\nabove: <5>\nclear: {absent: 2d}",
        "watch: tokens\nany_of: [{absent: 2d}, {above: <8>}]\nfor: 2 of 3 bars",
    ),
    "falls": _days(
        "watch: tokens\nfalls: 20%\nagainst: last notice",
        "watch: tokens\nfalls: 20%\nagainst: 2026-01-06\nfor: 2 bars",
        "watch: tokens\nfalls: 20%",
        "watch: tokens\nfalls: 20%\nagainst: median of 4d",
        "watch: tokens\nfalls: 50%\nagainst: 2d ago\nmin_change: <1>",
        'watch: share(tokens, by="vendor")\nfalls: 10 points\nagainst: min of 2d',
        'watch: avg_over(tokens, "2d")\nfalls: 25%',
    ),
    "enters_top": _days(
        "watch: tokens\nenters_top: 2",
        "watch: tokens\nenters_top: 1\nfor: 2 bars",
        'watch: sum(tokens, by="vendor")\nenters_top: 1',
        'watch: avg_over(tokens, "2d")\nenters_top: 1\nkeep_firing_for: 2d',
        "watch: tokens / sum(tokens)\nenters_top: 2",
    ),
    "leaves_top": _days(
        "watch: tokens\nleaves_top: 2",
        'watch: sum(tokens, by="origin")\nleaves_top: 1\nfor: 2 bars',
        'watch: tokens(model="*")\nleaves_top: 1\nclear: {above: <6>}',
    ),
    "appears": _days(
        "watch: tokens\nappears: true",
        'watch: sum(tokens, by="vendor")\nappears: true',
        "watch: top(2, tokens)\nappears: true",
        'watch: sum_over(tokens, "2d")\nappears: true',
    ),
    "disappears": _days(
        "watch: tokens\ndisappears: true",
        "watch: tokens\ndisappears: 2 bars\nfor: 2 bars",
        "watch: tokens\ndisappears: 2d\nkeep_firing_for: 1d",
        'watch: sum(tokens, by="vendor")\ndisappears: 2 bars',
        'watch: ago(tokens, "1d")\ndisappears: 2 bars',
    ),
    "new_high": _days(
        "watch: tokens\nnew_high: all",
        "watch: tokens\nnew_high: 3d",
        "watch: sum(tokens)\nnew_high: all",
        'watch: share(tokens, by="origin")\nnew_high: 5d',
        'watch: sum_over(tokens, "2d")\nnew_high: 2d',
    ),
    "overtakes": _days(
        "watch: tokens\novertakes: {floor: <3>}",
        'watch: share(tokens, by="vendor")\novertakes: {floor: 5%}\nmargin: 10%\nfor: 2 bars',
        'watch: sum(tokens, by="origin")\novertakes: {floor: <1>}\nmax_gap: 1 bar\ngap: ignore',
    ),
    "all_of": _days(
        "watch: tokens\nall_of: [{above: <3>}, {rises: 20%}]",
        "watch: tokens\nall_of: [{crosses_above: <5>}, {below: <12>}]\nfor: 2 bars",
        "watch: tokens\nall_of: [{new_high: all}, {above: <5>}]",
        "watch: tokens\nall_of: [{changes: true}, {above: <3>}]",
        'watch: sum(tokens, by="vendor")\nall_of: [{enters_top: 1}, {any_of: [{above: <5>}, {appears: true}]}]',
    ),
    "any_of": _days(
        "watch: tokens\nany_of: [{above: <8>}, {falls: 50%, against: 2d ago}]",
        "watch: tokens\nany_of: [{new_high: all}, {new_low: 3d}]",
        "watch: tokens\nany_of: [{changes: true}, {above: <8>}]",
        "watch: tokens\nany_of: [{crosses_below: <5>, margin: <1>}, {disappears: 2 bars}]\nkeep_firing_for: 1d",
    ),
    "none_of": _days(
        "watch: tokens\nnone_of: [{above: <5>}, {below: <2>}]",
        "watch: tokens\nnone_of: [{crosses: <5>}, {new_high: all}]\nfor: 2 bars",
    ),
    "changes": _days(
        "watch: tokens\nchanges: true",
        'watch: sum(tokens, by="vendor")\nchanges: true',
    ),
    "new_low": _days(
        "watch: tokens\nnew_low: all",
        "watch: tokens\nnew_low: 3d",
        'watch: min(tokens, by="vendor")\nnew_low: 4d',
    ),
}
"""Rules over daily tokens."""

_PRICES: dict[str, tuple[Snippet, ...]] = {
    "above": _hours(
        "watch: price_output\nabove: <5>\nfor: 2h\nkeep_firing_for: 3h",
        "watch: price_output\nabove: <5>\nclear: {below: <4>}\nkeep_firing_for: 90m",
        'watch: price_output\nabove: ago(price_output, "3h")\nfor: 3 bars',
        'watch: price_output(model="openai/c") / price_output(model="deepseek/a")\nabove: 2',
        'watch: price_output\nabove: avg_over(price_output, "3h")',
        "watch: price_output\nabove: <5>\nfor: 2 of 3 bars",
        "watch: price_output\nabove: <5>\nabsent: ok\nabsent_for: 2h",
        "watch: price_output\nabove: <3>\nlevels: {warning: <5>, critical: {at: <8>, clear: {below: <5>}}}",
        "watch: price_output\nabove: <2>\nuntil: 2026-01-05",
    ),
    "overtakes": _hours(
        "watch: price_output\novertakes: {floor: <1>}", 'watch: min(price_output, by="vendor")\novertakes: {floor: <1>}'
    ),
    "all_of": _hours("watch: price_output\nall_of: [{falls: 20%}, {below: <5>}]"),
    "any_of": _hours(
        "watch: price_output\nany_of: [{rises: 50%}, {disappears: 2h}]",
        "watch: price_output\nany_of: [{changes: true}, {above: <8>}]",
        "watch: price_output\nany_of: [{crosses: <5>}, {above: <9>}]",
    ),
    "none_of": _hours(
        "watch: price_output\nnone_of: [{above: <5>}]\nfor: 2h",
        "watch: price_output\nnone_of: [{new_high: all}]",
    ),
    "below": _hours(
        "watch: price_output\nbelow: <5>\nfor: 2 bars",
        'watch: min(price_output, by="vendor")\nbelow: <2>',
        'watch: count(price_output, by="vendor")\nbelow: 2\nfor: 3h',
        'watch: ago(price_output, "2h") - ago(price_output, "5h")\nbelow: <1>\nkeep_firing_for: 2h',
        "watch: mean(price_output)\nbelow: <3>",
    ),
    "inside": _hours("watch: price_output\ninside: [<2>, <5>]\nfor: 2h"),
    "outside": _hours("""watch: price_output\noutside: ['ago(price_output, "3h")', <5>]"""),
    "crosses_above": _hours(
        "watch: price_output\ncrosses_above: <5>\nfor: 3h",
        'watch: price_output(model="openai/c") / price_output(model="deepseek/a")\ncrosses_above: 2',
        'watch: price_output\ncrosses_above: ago(price_output, "2h")\nkeep_firing_for: 2h',
        'watch: max(price_output, by="origin")\ncrosses_above: <5>\nmargin: 10%\nclear: {below: <4>}',
    ),
    "crosses_below": _hours(
        "watch: price_output\ncrosses_below: <5>\nclear: {above: <6>}",
        "watch: median(price_output)\ncrosses_below: <4>",
        'watch: price_output\ncrosses_below: price_output(model="deepseek/a")',
    ),
    "crosses": _hours("watch: price_output\ncrosses: <5>", "watch: price_output\ncrosses: mean(price_output)"),
    "rises": _hours(
        "watch: price_output\nrises: 20%",
        "watch: price_output\nrises: 20%\nagainst: 4h ago\nfor: 2h\nfloor: <1>",
        "watch: price_output\nrises: 20%\nagainst: mean of 3h",
    ),
    "falls": _hours(
        "watch: price_output\nfalls: 20%\nkeep_firing_for: 4h",
        "watch: price_output\nfalls: 50%\nagainst: 3h ago\nmin_change: <1>",
        "watch: price_output\nfalls: 20%\nagainst: min of 3h",
        'watch: ago(price_output, "2h")\nfalls: 20%\nagainst: 3h ago',
    ),
    "moves": _hours(
        "watch: price_output\nmoves: 20%",
        "watch: price_output\nmoves: 20%\nagainst: 2026-01-05",
        "watch: price_output\nmoves: 20%\nagainst: last notice",
    ),
    "steps": _hours("watch: price_output\nsteps: 20%"),
    "rank_moves": _hours("watch: price_output\nrank_moves: 1", "watch: price_output\nrank_moves: 2\nagainst: 3h ago"),
    "deviates": _hours("watch: price_output\ndeviates: 2\nagainst: median of 4h"),
    "absent": _hours(
        'watch: min(price_output, by="vendor")\nall_of: [{absent: 2h}, {absent: 5h}]',
        "watch: price_output\nabsent: 2h",
        "watch: price_output\nabsent: 4 bars\nkeep_firing_for: 2h",
    ),
    "enters_top": _hours(
        "watch: price_output\nenters_top: 2\nfor: 2h", 'watch: avg_over(price_output, "2h")\nenters_top: 1'
    ),
    "leaves_top": _hours("watch: price_output\nleaves_top: 2\nkeep_firing_for: 2h"),
    "appears": _hours("watch: price_output\nappears: true"),
    "disappears": _hours(
        "watch: price_output\ndisappears: true",
        "watch: price_output\ndisappears: 3 bars\nfor: 2 bars",
        "watch: price_output\ndisappears: 150m",
        'watch: min(price_output, by="vendor")\ndisappears: 2 bars',
    ),
    "changes": _hours("watch: price_output\nchanges: true"),
    "new_high": _hours("watch: price_output\nnew_high: all", "watch: price_output\nnew_high: 4h"),
    "new_low": _hours("watch: price_output\nnew_low: 5h", 'watch: min(price_output, by="vendor")\nnew_low: 3h'),
}
"""Rules over hourly prices of one source."""

_JOINED: dict[str, tuple[Snippet, ...]] = {
    "above": _two_sources('watch: price_output(source="s") / price_output(source="r")\nabove: 1\nfor: 2h'),
    "crosses_above": _two_sources(
        'watch: price_output(source="s") / price_output(source="r")\ncrosses_above: 1',
        'watch: min(price_output, source="s", by="vendor")\ncrosses_above: min(price_output(source="r"), by="vendor")',
    ),
    "falls": _two_sources(
        'watch: price_output(source="s") - price_output(source="r")\nfalls: 20%\nagainst: 3h ago',
        "watch: price_output\nfalls: 20%\nconfirm: {by: list_price, within: 4h}",
        "watch: price_output\nfalls: 50%\nagainst: 3h ago\nconfirm: {within: 30d}\nnotify: confirmed",
    ),
    "moves": _two_sources(
        'watch: price_output(source="s")\nmoves: 20%\nconfirm: {within: 2d}',
        "watch: price_output\nmoves: 10%\nconfirm: {within: 3h}\nnotify: claimed",
    ),
    "absent": _two_sources('watch: price_output(source="s") / price_output(source="r")\nabsent: 2h'),
    "disappears": _two_sources('watch: price_output(source="s") / price_output(source="r")\ndisappears: 2 bars'),
    "enters_top": _two_sources('watch: price_output(source="s") - price_output(source="r")\nenters_top: 1'),
}
"""Rules that join two sources."""

_DATES: dict[str, tuple[Snippet, ...]] = {
    "within": _dates(
        "watch: retires_at\nwithin: 6h",
        "watch: retires_at\nwithin: 12h\nfor: 2 bars\nkeep_firing_for: 2h",
        "watch: retires_at\nwithin: 9h\nlevels: {warning: 9h, critical: 3h}",
    ),
    "changes": _dates("watch: retires_at\nchanges: true"),
    "all_of": _dates("watch: retires_at\nall_of: [{changes: true}, {within: 1d}]"),
    "any_of": _dates("watch: retires_at\nany_of: [{within: 3h}, {disappears: 2 bars}]"),
    "none_of": _dates("watch: retires_at\nnone_of: [{within: 12h}]"),
    "appears": _dates("watch: retires_at\nappears: true"),
}
"""Rules over dates of one source."""

_OVER = (_USAGE, _PRICES, _JOINED, _DATES)
SNIPPETS = {key: tuple(snippet for over in _OVER for snippet in over.get(key, ())) for key in {**_USAGE, **_DATES}}
"""All of them, by condition key."""
