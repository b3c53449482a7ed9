"""From transitions to notifications: pure, so that planning twice says the same and owes nothing new."""

from monitor.dispatch.feeds import over_notice, trouble_notice
from monitor.dispatch.notices import delivery_notice, ended_notice, ending_notice, rules_notice
from monitor.dispatch.plan import plan
from monitor.dispatch.telling import Timeliness

__all__ = [
    "Timeliness",
    "delivery_notice",
    "ended_notice",
    "ending_notice",
    "over_notice",
    "plan",
    "rules_notice",
    "trouble_notice",
]
