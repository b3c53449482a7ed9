"""Digests: what a closed day or week brought, as one notification. Pure: everything that was read is given."""

from monitor.digest.alerts import Alerts, alerts_of
from monitor.digest.digest import Digest, worded
from monitor.digest.market import Market, market_of
from monitor.digest.period import Period, closed
from monitor.digest.prices import PriceMove, price_moves

__all__ = [
    "Alerts",
    "Digest",
    "Market",
    "Period",
    "PriceMove",
    "alerts_of",
    "closed",
    "market_of",
    "price_moves",
    "worded",
]
