"""Planning as a call: from transitions to what is owed for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.dispatch import Routes, Telling, Timeliness
from monitor.dispatch.plan import plan as planned
from monitor.dispatch.routes import Levels
from monitor.model.alert import Alert, Citations
from monitor.model.fact import NO_TEXTS, Texts
from monitor.model.notification import Notification
from monitor.model.transition import Transition


def plan(  # noqa: PLR0913, PLR0917 - all that a text depends on
    transitions: Iterable[Transition],
    alerts: Mapping[str, Alert],
    routes: Routes,
    citations: Citations,
    timeliness: Timeliness,
    texts: Texts = NO_TEXTS,
    levels: Levels | None = None,
) -> tuple[Notification, ...]:
    """What these receivers are owed for these transitions."""
    return planned(
        routes.addressed(transitions, alerts, levels or {}), Telling(alerts, citations, timeliness, {}, texts)
    )
