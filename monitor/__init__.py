"""Model Market Monitor."""

__version__ = "0.1.0"
