"""From transitions to notifications: pure, so that planning twice says the same and owes nothing new."""

from monitor.dispatch.notices import delivery_notice, quarantine_notice, rules_notice
from monitor.dispatch.plan import plan

__all__ = ["delivery_notice", "plan", "quarantine_notice", "rules_notice"]
