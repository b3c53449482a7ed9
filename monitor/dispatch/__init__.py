"""From transitions to notifications: pure, so that planning twice says the same and owes nothing new."""

from monitor.dispatch.notices import delivery_notice, ended_notice, ending_notice, quarantine_notice, rules_notice
from monitor.dispatch.plan import plan
from monitor.dispatch.telling import Timeliness

__all__ = [
    "Timeliness",
    "delivery_notice",
    "ended_notice",
    "ending_notice",
    "plan",
    "quarantine_notice",
    "rules_notice",
]
