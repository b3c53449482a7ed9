"""Each advice as a table: the rule, the word that it points at, what it says; and rules of which nothing is said."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

import pytest

from monitor.advice.metrics import FINEST
from monitor.errors import Severity
from monitor.importer.batch import PRICE_METRICS
from monitor.model.bar import Bar
from monitor.model.metric import METRICS
from monitor.sources import openrouter_models, openrouter_rankings
from tests.advice.market import warned, written


class Case(NamedTuple):
    """A rule (without its name) with the only warning on it. `at`: how the file goes on at the place it points at."""

    rule: str
    at: str
    says: str
    hint: str
    every: str = "day"


CERTAIN = {
    "vendor": Case(
        'watch: sum(tokens, vendor="deepsek")\nabove: 1T',
        'deepsek")',
        "watch: 'deepsek' is no vendor of the catalogue",
        "did you mean 'deepseek'?",
    ),
    "a part of another word": Case(
        "watch: sum(tokens, vendor='tok')\nabove: 1T",
        "tok')",
        "watch: 'tok' is no vendor of the catalogue",
        "none of the 86 known is like it; right if you wait for it to come",
    ),
    "vendor in a reference": Case(
        'watch: sum(tokens)\ncrosses_above: sum(tokens, vendor="opnai")',
        'opnai")',
        "crosses_above: 'opnai' is no vendor of the catalogue",
        "did you mean 'openai'?",
    ),
    "one of a list": Case(
        'watch: share(tokens, by="family", family=["gpt", "gemeni"])\nbelow: 1%',
        'gemeni"])',
        "watch: 'gemeni' is no family of the catalogue",
        "did you mean 'gemini'?",
    ),
    "origin": Case(
        'watch: sum(tokens, origin="China")\nabove: 1T',
        'China")',
        "watch: 'China' is no origin of the catalogue",
        "known: CA, CN, EU, IL, IN, JP, KR, TH, US, unknown",
    ),
    "glob of the catalogue": Case(
        'watch: sum(tokens, vendor="deepsk*")\nabove: 1T',
        'deepsk*")',
        "watch: 'deepsk*' matches no vendor of the catalogue",
        "did you mean 'deepseek'?",
    ),
    "clear names it": Case(
        "watch: sum(tokens)\nabove: 1T\nclear: {below: 'sum(tokens, open=\"opne\")'}",
        'opne")',
        "clear.below: 'opne' is no open of the catalogue",
        "did you mean 'open'?",
    ),
    "an override of nobody": Case(
        'watch: share(tokens, by="family")\nbelow: 1%\nabsent: ok\noverrides: [{match: {family: lama}, below: 0}]',
        "lama}",
        "overrides.0.match.family: 'lama' is no family of the catalogue",
        "did you mean 'llama'?",
    ),
    "a plain number in an override": Case(
        'watch: share(tokens, by="family")\nbelow: 1%\noverrides: [{match: {family: llama}, below: 5}]',
        "5}]",
        "overrides.0.below: 5 is 500% of a whole",
        "did you mean 5%?",
    ),
    "metric": Case(
        "watch: downloads\nrises: 20%",
        "downloads",
        "watch: no source brings downloads: the rule never sees a value",
        f"sources bring {', '.join(FINEST)}",
    ),
    "bar": Case(
        "watch: sum(tokens)\nabove: 1T",
        "tokens)",
        "watch: no whole hour can be made of tokens, brought by day",
        "expected every: day | week | month",
        "hour",
    ),
    "plain number for a share": Case(
        'watch: share(tokens, by="vendor")\nabove: 5', "5\n", "above: 5 is 500% of a whole", "did you mean 5%?"
    ),
    "price of one token": Case(
        "watch: price_output\nbelow: 0.0000025",
        "0.0000025",
        "below: 0.0000025 reads as the price of one token; prices are USD per million tokens",
        "did you mean $2.50?",
    ),
    "a share above all": Case(
        'watch: share(tokens, by="vendor")\ncrosses_above: 100%',
        "100%",
        "crosses_above: a share is never above 100%: this never fires",
        "write a smaller share, such as 5%",
    ),
    "tokens below none": Case(
        "watch: sum(tokens)\nbelow: 0",
        "0\n",
        "below: tokens are never below 0: this never fires",
        "write an amount above zero",
    ),
    "clears never": Case(
        'watch: share(tokens, by="vendor")\nbelow: 1%\nclear: {above: 100%}',
        "100%}",
        "clear.above: a share is never above 100%: this never clears",
        "write a smaller share, such as 5%",
    ),
    "clears at once": Case(
        'watch: share(tokens, by="vendor")\ncrosses_below: 1%\nclear: {above: 0.5%}',
        "{above: 0.5%}",
        "clear: holds while the rule is true (below 1%): the alert ends as soon as it began",
        "for example clear: {above: 1%}, or further above to keep it from flapping",
    ),
    "clears on the same side": Case(
        "watch: sum(tokens)\nabove: 2T\nclear: {above: 3T}",
        "{above: 3T}",
        "clear: holds while the rule is true (above 2T): the alert ends as soon as it began",
        "for example clear: {below: 2T}, or further below to keep it from flapping",
    ),
    "severity": Case(
        "watch: sum(tokens)\nnew_high: all\nlabels: {severity: critcal}",
        "critcal",
        "labels.severity: unknown severity 'critcal', expected info | warning | critical",
        "did you mean 'critical'?",
    ),
}
FROM_HISTORY = {
    "model": Case(
        'watch: tokens(model="openai/gtp-5.5")\nabove: 1T',
        'openai/gtp-5.5")',
        "watch: 'openai/gtp-5.5' is no model of tokens in the ledger",
        "did you mean 'openai/gpt-5.5'?",
    ),
    "source": Case(
        'watch: sum(tokens(source="openroter"))\nabove: 1T',
        'openroter"',
        "watch: 'openroter' is no source of tokens in the ledger",
        "known: s",
    ),
    "glob": Case(
        'watch: tokens(model="google/*")\nabove: 1T',
        'google/*")',
        "watch: 'google/*' matches no model of tokens in the ledger",
        "known: deepseek/deepseek-v4, openai/gpt-5.5",
    ),
    "known apart, never together": Case(
        'watch: tokens(vendor="deepseek", origin="US")\nabove: 1T',
        "tokens(vendor",
        "watch: sees nothing: no stored series fits all that it asks for",
        "each part of it is known, but not together",
    ),
    "never reached": Case(
        "watch: sum(tokens)\nabove: 5T",
        "5T",
        "above: never reached in history: the highest was 4.1T (2026-03-01)",
        "right if you wait for the first time; otherwise come closer to it",
    ),
    "never crossed downwards": Case(
        'watch: share(tokens, by="vendor")\ncrosses_below: 1%',
        "1%",
        "crosses_below: never reached in history: the lowest was 33.3% (2026-01-05)",
        "right if you wait for the first time; otherwise come closer to it",
    ),
    "another scale": Case(
        "watch: sum(tokens)\nbelow: 3B",
        "3B",
        "below: never reached in history: the lowest was 3T (2026-01-05)",
        "it is 1,000 times away from that: is the unit right?",
    ),
    "above it all along": Case(
        "watch: sum(tokens)\ncrosses_above: 1T",
        "1T",
        "crosses_above: never crossed in history: every bar was above it, the lowest was 3T (2026-01-05)",
        "right if you wait for the first time; write above: if being above is what counts",
    ),
    "not long enough": Case(
        "watch: sum(tokens)\nabove: 4T\nfor: 9 bars",
        "4T",
        "above: reached in history, 4.1T (2026-03-01), but never for long enough",
        "a shorter for: fires",
    ),
    "always true": Case(
        "watch: sum(tokens)\nabove: 1T",
        "1T",
        "above: was true in every bar of history since 2026-01-05: it can not tell you anything new",
        "use a limit that separates what is usual from what is not",
    ),
    "a window that is too long": Case(
        'watch: sum(tokens) / ago(avg_over(sum(tokens), "30d"), "28d")\ncrosses_above: 2',
        "sum(tokens) / ago",
        "watch: looks back 58 days, but there are only 55 days of tokens",
        "it is unknown until there is more; or look back less far",
    ),
    "looks back too far": Case(
        "watch: sum(tokens)\nrises: 20%\nagainst: 90d ago",
        "90d ago",
        "against: looks back 90 days, but there are only 55 days of tokens",
        "it is unknown until there is more; or look back less far",
    ),
    "often": Case(
        "watch: sum(tokens)\nnew_high: all",
        "sum(tokens)",
        "watch: fires in 98.2% of the bars of source=s",
        "a wider limit, for:, clear: or margin: calms it",
    ),
    "flaps": Case(
        "watch: price_output\nbelow: 1",
        "1\n",
        "below: flaps: model=deepseek/deepseek-v4 source=s changed 42 times since 2026-01-05",
        "a wider limit, for:, clear: or margin: calms it",
        "hour",
    ),
}


def text_of(rule: str, every: str = "day") -> str:
    return written("- alert: A\n" + textwrap.indent(rule, "  "), every)


@pytest.mark.parametrize("case", CERTAIN.values(), ids=CERTAIN)
def test_what_is_certain_is_told_without_history(case: Case) -> None:
    """Case: each with its place, message and hint, as the only warning."""
    check(case, stored=False)


@pytest.mark.parametrize("case", CERTAIN.values(), ids=CERTAIN)
def test_what_is_certain_stays_so_with_history(case: Case) -> None:
    """Case: history adds nothing at the same place, and may only be more exact."""
    (before,), after = warned(text_of(case.rule, case.every), stored=False), warned(text_of(case.rule, case.every))
    (same,) = (each for each in after if (each.line, each.column) == (before.line, before.column))
    assert same.message == before.message.replace("brought by", "stored by")


@pytest.mark.parametrize("case", FROM_HISTORY.values(), ids=FROM_HISTORY)
def test_what_history_tells(case: Case) -> None:
    """Case: each over eight weeks; without a ledger nothing is said."""
    check(case, stored=True)
    assert warned(text_of(case.rule, case.every), stored=False) == ()


def check(case: Case, *, stored: bool) -> None:
    text = text_of(case.rule, case.every)
    (warning,) = warned(text, stored=stored)
    assert (warning.message, warning.hint) == (f"A: {case.says}", case.hint)
    assert warning.severity is Severity.WARNING
    lines = text.splitlines(keepends=True)
    rest = lines[warning.line - 1][warning.column - 1 :] + "".join(lines[warning.line :])
    assert rest.startswith(case.at)


QUIET = {
    "crossing of two lines": (
        'watch: sum(tokens, vendor="deepseek")\ncrosses_above: sum(tokens, vendor="openai")\nmargin: 1%'
    ),
    "crossing that never came": 'watch: sum(tokens, vendor="openai")\ncrosses_above: sum(tokens)',
    "a limit that was passed": "watch: sum(tokens)\ncrosses_above: 3.5T",
    "clear at the limit": "watch: sum(tokens)\nabove: 3.5T\nclear: {below: 3.5T}",
    "clear further off": "watch: sum(tokens)\ncrosses_above: 3.5T\nclear: {below: 3.2T}",
    "any model": 'watch: tokens(model="*")\nenters_top: 1',
    "globs that match": 'watch: tokens(model="openai/*", vendor="open*")\nfalls: 20%',
    "a quotient above 1": 'watch: sum(tokens) / sum(tokens, vendor="openai")\ncrosses_above: 1.75',
    "differences may be negative": (
        'watch: sum(tokens, vendor="deepseek") - sum(tokens, vendor="openai")\ncrosses_above: 0\nclear: {below: 0}'
    ),
    "unknown is a word too": 'watch: sum(tokens, origin=["CN", "unknown"])\ncrosses_above: 2T',
    "records do with what there is": "watch: sum(tokens)\nnew_low: 90d",
    "what ends some day": "watch: sum(tokens)\nabove: 5T\nuntil: 2027-01-01",
    "every severity": "watch: sum(tokens)\nfalls: 20%\nlabels: {severity: critical}",
    "other labels": "watch: sum(tokens)\nfalls: 20%\nlabels: {topic: whatever}",
}


@pytest.mark.parametrize("rule", QUIET.values(), ids=QUIET)
@pytest.mark.parametrize("stored", [False, True], ids=["no ledger", "ledger"])
def test_rules_that_are_right_are_left_alone(rule: str, stored: bool) -> None:
    """Case: near misses of the warnings above."""
    assert [str(warning) for warning in warned(text_of(rule), stored=stored)] == []


def test_a_rule_that_says_the_same_names_the_other() -> None:
    """Case: alike however it is spelled; another limit, bar or `for` is another rule."""
    first = '- alert: First\n  watch: sum(tokens, by="vendor")\n  above: 2T'
    again = "- alert: Again\n  watch: sum( tokens,by='vendor' )\n  above: 2000B"
    others = '- alert: Other\n  watch: sum(tokens, by="vendor")\n  above: 2T\n  for: 2 bars'
    (warning,) = warned(written(f"{first}\n{again}\n{others}", "day"), stored=False)
    assert str(warning) == (
        "a.yaml:8:16: warning: Again: alert: judges the same as First (a.yaml:5): everything is told twice\n"
        "    remove one of them, or watch something else"
    )


def test_that_nothing_failed_is_no_fault() -> None:
    """Case: a rule that watches the monitor itself is right although it never fired."""
    assert warned(text_of("watch: source_up\nbelow: 1\nfor: 3 bars", "hour")) == ()


def test_a_weekly_rule_is_never_noisy() -> None:
    """Case: what comes once a week at most is read."""
    assert warned(text_of("watch: sum(tokens)\nnew_high: all", "week")) == ()


def test_the_table_of_metrics_is_what_is_brought() -> None:
    """Law: the metrics of every source, of imports and of the monitor itself, and no others, in their finest bar."""
    prices = {*openrouter_models._METRICS, *PRICE_METRICS.values()}  # noqa: SLF001 - the sources' own lists
    hourly = {metric for metric, bar in FINEST.items() if bar is Bar.HOUR}
    assert hourly == {*prices, "source_up", "source_age"}
    assert FINEST.keys() - hourly == {openrouter_rankings._METRIC, "tokens_total"}  # noqa: SLF001 - as above
    assert FINEST.keys() <= METRICS.keys()
