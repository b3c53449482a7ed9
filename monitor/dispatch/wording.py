"""How a transition reads: the alert's own words where it has them, plain defaults where it has none."""

from __future__ import annotations

import math
from datetime import timedelta

from monitor.model.alert import Alert, Citations
from monitor.model.bar import Bar
from monitor.model.fact import NO_TEXTS, Texts
from monitor.model.metric import Unit
from monitor.model.quantity import UNKNOWN, date, duration, moment, written
from monitor.model.text import one_line
from monitor.model.transition import CLAIMED, CONFIRMED, Change, Transition

LINE = 400
"""Characters of a line at most: 20 of them stay under Slack's total of about 13,200."""
_LABEL = 200  # of one label's value
_HEADLINE = "summary"  # the annotation that makes the title


def headline(
    transition: Transition, alert: Alert, citations: Citations, texts: Texts = NO_TEXTS, *, named: bool = True
) -> str:
    """One line that says what happened; `named`: whether a default starts with the alert's name."""
    said = annotation(_HEADLINE, transition, alert, citations, texts)
    said = said or _plain_headline(transition, alert, texts, named=named)
    return f"{_before(transition)}{said}{_added(transition, alert.bar)}"


def _before(transition: Transition) -> str:
    """What it is a change of, where that is not plain news."""
    match transition.kind:
        case Change.RESOLVED:
            return "Resolved: "
        case Change.LEVEL:
            return "Confirmed: " if transition.level == CONFIRMED else f"Now {transition.level or 'milder'}: "
        case Change.WITHDRAWN:
            return "Withdrawn: " if transition.note else "Withdrawn, figures were restated: "
        case Change.CORRECTED:
            return "Corrected, figures were restated: "
        case Change.FIRING:
            return "Claimed: " if transition.level == CLAIMED else ""


def _added(transition: Transition, bar: Bar) -> str:
    if transition.kind is Change.FIRING:
        return _gap(transition, bar)
    return _moved(transition, bar) if transition.kind in (Change.RESOLVED, Change.CORRECTED) else ""


def _moved(transition: Transition, bar: Bar) -> str:
    """What was told before, where that was something else."""
    if not transition.moved_from:
        return ""
    if transition.kind is Change.CORRECTED and transition.moved_from == transition.episode:
        return " (it still holds)"
    return f" (told before of {bar_in_words(bar, transition.moved_from)})"


def _gap(transition: Transition, bar: Bar) -> str:
    """Between which bars it happened, where too much between them is unknown."""
    if not transition.gap_from:
        return ""
    return f" (between {bar_in_words(bar, transition.gap_from)} and {bar_in_words(bar, transition.valid_at)})"


def remarks(transition: Transition, alert: Alert, citations: Citations, texts: Texts = NO_TEXTS) -> tuple[str, ...]:
    """The evidence, and every annotation but the headline, each in a line: the description as it is, others named."""
    note = evidence(transition)
    others = [name for name in alert.annotations if name != _HEADLINE]
    rendered = {name: annotation(name, transition, alert, citations, texts) for name in others}
    told = (said if name == "description" else f"{name}: {said}" for name, said in rendered.items() if said)
    return (*((note,) if note else ()), *told)


def evidence(transition: Transition) -> str:
    """What speaks for it, in a line; empty where nothing is said."""
    return one_line(transition.note, LINE)


def annotation(name: str, transition: Transition, alert: Alert, citations: Citations, texts: Texts = NO_TEXTS) -> str:
    """An annotation rendered into one line; empty where the alert has none."""
    template = alert.annotations.get(name)
    if template is None:
        return ""
    names = _names(transition, alert, citations, texts)
    return one_line(template.render(names, unit=alert.unit, at=transition.judged_at), LINE)


def judged(transition: Transition, bar: Bar, late_after: timedelta) -> str:
    """Which bar it is about, when it was judged, and that this was late where it was."""
    said = f"{bar_in_words(bar, transition.valid_at)}, judged {moment(transition.judged_at)}"
    late = behind(transition, bar)
    return f"{said}, late: {duration(late)} after it ended" if late > late_after.total_seconds() else said


def behind(transition: Transition, bar: Bar) -> int:
    """Seconds from the end of its bar until it was judged."""
    return transition.judged_at - bar.end_of(transition.valid_at)


def bar_in_words(bar: Bar, start: int) -> str:
    """A bar by its start in epoch seconds: "week of 2026-02-09 to 2026-02-15 (UTC)"."""
    end = bar.end_of(start)
    match bar:
        case Bar.DAY:
            return f"day {date(start)} (UTC)"
        case Bar.WEEK:
            return f"week of {date(start)} to {date(end - 1)} (UTC)"
        case Bar.MONTH:
            return f"month {date(start)[:7]} (UTC)"
        case Bar.HOUR | Bar.SIX_HOURS | Bar.TWELVE_HOURS:
            until = moment(end) if date(start) != date(end) else moment(end).removeprefix(date(end)).lstrip()
            return f"{moment(start).removesuffix(' UTC')} to {until}"


def change_in_words(value: float, reference: float, unit: Unit) -> float | str:
    """(value - reference) / |reference|; from and to zero have no ratio and are said in words."""
    nothing = "free" if unit is Unit.USD else "zero"
    if math.isnan(value) or math.isnan(reference):
        return math.nan
    if reference == 0:
        return "no change" if value == 0 else f"from {nothing}"
    if value == 0:
        return "now free" if unit is Unit.USD else "to zero"
    return (value - reference) / abs(reference)


def shown(number: float, unit: Unit, texts: Texts) -> float | str:
    """The text that a number stands for; any other number as it is."""
    return one_line(texts.get(number, UNKNOWN), _LABEL) if unit is Unit.TEXT else number


def citations_of(transition: Transition, alert: Alert, citations: Citations) -> tuple[str, ...]:
    """What must stand with its figures; one that joins several sources (no `source` label) shows the figures of all."""
    source = transition.labels.get("source")
    about = set(alert.metrics) or {metric for _, metric in citations}
    wanted = [line for (of, metric), line in citations.items() if metric in about and source in ("", of)]
    return tuple(dict.fromkeys(line for line in (one_line(citation, LINE) for citation in wanted) if line))


def _names(transition: Transition, alert: Alert, citations: Citations, texts: Texts) -> dict[str, object]:
    value, reference = (shown(number, alert.unit, texts) for number in (transition.value, transition.reference))
    labels = {**alert.labels, **transition.joined.as_dict(), **transition.labels.as_dict()}
    return {
        "alert": alert.name,
        "value": value,
        "reference": reference,
        "previous": reference,
        "change": change_in_words(transition.value, transition.reference, alert.unit),
        "bar": transition.valid_at,
        "evidence": evidence(transition),
        "level": transition.level,
        "fired_at": transition.episode,
        "source.citation": "; ".join(citations_of(transition, alert, citations)),
        **{f"labels.{name}": one_line(value, _LABEL) for name, value in labels.items()},
    }


def _plain_headline(transition: Transition, alert: Alert, texts: Texts, *, named: bool) -> str:
    who = ", ".join(_said(name, value, transition) for name, value in transition.labels.without(("source",)))
    known = [number for number in (transition.value, transition.reference) if math.isfinite(number)]
    said = [shown(number, alert.unit, texts) for number in known]
    numbers = [each if isinstance(each, str) else written(each, alert.unit) for each in said]
    parts = (alert.name if named or not who else "", one_line(who, _LABEL), " against ".join(numbers))
    return one_line(": ".join(part for part in parts if part), LINE)


def _said(label: str, value: str, transition: Transition) -> str:
    """The value of a label; an app, which is a number, with its name."""
    name = transition.joined.get("name") if label == "app" else ""
    return f"{name} ({value})" if name else value
