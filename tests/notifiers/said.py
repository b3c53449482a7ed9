"""Notifications to send in tests."""

from __future__ import annotations

from monitor.model.labels import Labels
from monitor.model.notification import Notification, Reason
from monitor.model.transition import Change, Transition

CITATION = "Source: OpenRouter (openrouter.ai/rankings), licensed under CC BY 4.0."


NOTIFICATION = Notification(
    id="0b8c4c5e-7a0c-5b7e-9b39-0d5a1f6f7a11",
    receiver="slack",
    reason=Reason.TRANSITION,
    severity="critical",
    thread="thread",
    title="Chinese models overtook US models: 4.119T against 2.933T a week",
    lines=("week of 2026-02-09 to 2026-02-15 (UTC), judged 2026-02-16 00:20 UTC",),
    citations=(CITATION,),
)
"""One with everything that a receiver shows."""


def transition(kind: Change = Change.FIRING) -> Transition:
    """Any transition of this kind."""
    return Transition("A", Labels(), kind, 0, 0, 0, 1.0, 2.0)
