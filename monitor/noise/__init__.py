"""Noise: which rules spoke how often, and which small change would have told as much in fewer messages. Pure."""

from monitor.noise.changes import Variant, variants
from monitor.noise.report import Noise, worded
from monitor.noise.savings import Saving, best
from monitor.noise.spoken import LONG, Spoken, spoken

__all__ = ["LONG", "Noise", "Saving", "Spoken", "Variant", "best", "spoken", "variants", "worded"]
