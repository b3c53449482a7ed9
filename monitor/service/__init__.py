"""The monitor as a service of this machine: systemd's unit, put there and taken away."""

from monitor.service.installing import install, unit_here
from monitor.service.uninstalling import uninstall

__all__ = ["install", "uninstall", "unit_here"]
