"""The report of a backtest as one page: nothing is fetched, nothing runs, every foreign text is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from monitor.chart.svg import svg
from monitor.model.text import counted
from monitor.report.blocks import Block, Grid, Heading, Lines
from monitor.report.charts import charts
from monitor.report.original import excerpt
from monitor.report.outcome import Outcome
from monitor.report.style import STYLE, policy
from monitor.report.text import episode_grid, looked_at
from monitor.report.wording import cited, labelled, mode_in_words, summed
from monitor.rules.rule import Rule
from monitor.rules.trace import Tracing

_MOST_ROWS = 200
_KEY = (
    ("value", '<path class="value" d="M1,6H25" stroke="#1f5fbf" stroke-width="2"/>'),
    (
        "what it is compared with",
        '<path class="reference" d="M1,6H25" stroke="#b45309" stroke-width="2" stroke-dasharray="5 3"/>',
    ),
    ("firing", '<rect class="firing" width="26" height="12" fill="#dc2626" fill-opacity=".16"/>'),
    ("fired", '<path class="fired" d="M13,6m-4.5,4h9l-4.5,-8z" fill="#b91c1c"/>'),
    ("level changed", '<path class="changed" d="M13,6m-4,0l4,-4l4,4l-4,4z" fill="#b45309"/>'),
    ("ended", '<path class="ended" d="M13,6m-3.5,0a3.5,3.5 0 1 0 7,0a3.5,3.5 0 1 0 -7,0z" fill="#15803d"/>'),
)


@dataclass(frozen=True, slots=True)
class Page:
    """What it is made of: `files`: rule files by path; `traced`: the numbers of a rule."""

    outcome: Outcome
    citations: Mapping[tuple[str, str], str]
    files: Mapping[str, str]
    traced: Tracing

    def html(self) -> str:
        """The whole document."""
        return "\n".join(self._parts()) + "\n"

    def _parts(self) -> Iterator[str]:
        yield "<!doctype html>"
        yield '<html lang="en"><head><meta charset="utf-8">'
        yield f'<meta http-equiv="Content-Security-Policy" content="{policy()}">'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
        yield f"<title>Backtest of {counted(len(self.outcome.rules), 'rule')}</title>"
        yield f"<style>{STYLE}</style></head><body><main>"
        yield from self._header()
        for rule in self.outcome.rules:
            yield from self._rule(rule)
        yield f"<footer>Judged {escape(mode_in_words(self.outcome.mode))}. All times are UTC.</footer>"
        yield "</main></body></html>"

    def _header(self) -> Iterator[str]:
        yield f"<header><h1>Backtest of {counted(len(self.outcome.rules), 'rule')}</h1>"
        for block in looked_at(self.outcome):
            yield _block(block)
        yield (
            '<p class="key">'
            + "".join(
                f'<span><svg viewBox="0 0 26 12" aria-hidden="true">{drawn}</svg>{name}</span>' for name, drawn in _KEY
            )
            + "</p>"
        )
        lines = cited(self.outcome.extents, self.citations)
        if lines:
            yield (
                '<div class="figures"><h3>Figures</h3>' + "".join(f"<p>{escape(line)}</p>" for line in lines) + "</div>"
            )
        yield "</header><nav><h3>Rules</h3><ul>"
        for rule in self.outcome.rules:
            name = escape(rule.name)
            yield f'<li><a href="#{name}">{name}</a> <span class="faint">{summed(rule, self.outcome)}</span></li>'
        yield "</ul></nav>"

    def _rule(self, rule: Rule) -> Iterator[str]:
        name = escape(rule.name)
        yield f'<section id="{name}"><h2>{name}</h2>'
        yield f"<p>By the {rule.bar}: {summed(rule, self.outcome)}.</p>"
        where = f"{rule.path}:{rule.line}"
        text = excerpt(rule, self.files) or f"watch: {rule.text}"
        yield f"<details open><summary>{escape(where)}</summary><pre>{escape(text)}</pre></details>"
        yield from self._charts(rule)
        yield from self._table(rule)
        yield "</section>"

    def _charts(self, rule: Rule) -> Iterator[str]:
        drawn, left = charts(rule, self.outcome, self.traced(rule))
        if not drawn:
            yield '<p class="faint">No history to draw.</p>'
            return
        yield '<div class="charts">'
        for each in drawn:
            said = counted(each.count, "episode") if each.count else "never fired"
            caption = f'{escape(labelled(each.labels))} <span class="faint">{said}</span>'
            yield f"<figure><figcaption>{caption}</figcaption>{svg(each.picture)}</figure>"
        yield "</div>"
        if left:
            yield f'<p class="faint">{counted(left, "instance")} with fewer episodes not drawn.</p>'

    def _table(self, rule: Rule) -> Iterator[str]:
        found = sorted(self.outcome.found(rule), key=lambda each: (each.fired, each.labels), reverse=True)
        if not found:
            return
        shown = found[:_MOST_ROWS]
        title = counted(len(found), "episode")
        if len(shown) < len(found):
            title = f"The newest {len(shown)} of {title}"
        yield f"<details{' open' if len(found) <= 20 else ''}><summary>{title}</summary>"  # noqa: PLR2004 - a screen
        yield _block(episode_grid(rule, self.outcome, shown))
        yield "</details>"


def _block(block: Block) -> str:
    match block:
        case Heading(text, said):
            return f"<h3>{escape(f'{text} {said}'.rstrip())}</h3>"
        case Lines(lines):
            return "".join(f"<p>{escape(line)}</p>" for line in lines)
        case Grid():
            return _table_of(block)


def _table_of(grid: Grid) -> str:
    kinds = ["number" if at in grid.right else "long" if at == grid.cut else "" for at in range(len(grid.header))]
    header = "".join(f"<th{_class(kind)}>{escape(name)}</th>" for kind, name in zip(kinds, grid.header, strict=True))
    rows = "".join(
        f"<tr>{''.join(f'<td{_class(kind)}>{escape(cell)}</td>' for kind, cell in zip(kinds, row, strict=True))}</tr>"
        for row in grid.rows
    )
    return f'<div class="scroll"><table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table></div>'


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
