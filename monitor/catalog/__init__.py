"""Who makes a model, where, and under which other names it is known; joined when a rule is judged, never stored."""

from monitor.catalog.catalog import Catalog, Join, LastJoin
from monitor.catalog.identity import Identities, Identity
from monitor.catalog.load import load, shipped
from monitor.catalog.vendor import Vendor

__all__ = ["Catalog", "Identities", "Identity", "Join", "LastJoin", "Vendor", "load", "shipped"]
