"""Where people act: acknowledge, silence, ask why; from the command line, from Slack, one way for all."""

from monitor.desk.desk import Desk

__all__ = ["Desk"]
