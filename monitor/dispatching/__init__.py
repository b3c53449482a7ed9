"""From what changed to what is owed, over a ledger: silences, inhibition, mute times, flapping, reminders, storms."""

from monitor.dispatching.dispatching import Dispatching
from monitor.dispatching.round import Round

__all__ = ["Dispatching", "Round"]
