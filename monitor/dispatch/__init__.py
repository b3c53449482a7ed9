"""From transitions to notifications: pure, so that planning twice says the same and owes nothing new."""

from monitor.dispatch.copies import is_told, refusing_notice, rejected_notice, taking_notice
from monitor.dispatch.feeds import over_notice, trouble_notice
from monitor.dispatch.inhibition import Inhibition
from monitor.dispatch.keeping import backup_notice, damage_notice
from monitor.dispatch.notices import delivery_notice, ended_notice, ending_notice, rules_notice, trial_notice
from monitor.dispatch.plan import plan
from monitor.dispatch.routes import Levels, Route, Routes
from monitor.dispatch.telling import Telling, Timeliness

__all__ = [
    "Inhibition",
    "Levels",
    "Route",
    "Routes",
    "Telling",
    "Timeliness",
    "backup_notice",
    "damage_notice",
    "delivery_notice",
    "ended_notice",
    "ending_notice",
    "is_told",
    "over_notice",
    "plan",
    "refusing_notice",
    "rejected_notice",
    "rules_notice",
    "taking_notice",
    "trial_notice",
    "trouble_notice",
]
