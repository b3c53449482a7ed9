"""Who makes a model, where, and under which other names it is known; joined when a rule is judged, never stored."""

from monitor.catalog.catalog import Catalog, Join, Vendor
from monitor.catalog.load import load, shipped

__all__ = ["Catalog", "Join", "Vendor", "load", "shipped"]
