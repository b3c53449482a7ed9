"""The HTTP surface of a running monitor: for people, probes and Prometheus. It reads, and writes nothing."""

from monitor.web.app import Surface, app
from monitor.web.server import Web

__all__ = ["Surface", "Web", "app"]
