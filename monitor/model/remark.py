"""Remarks: what sources say beside samples, each told again where it changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model.sample import Seal


@dataclass(frozen=True, slots=True)
class Citation:
    """The line that must stand wherever these figures are shown. `source`: the label."""

    source: str
    metric: str
    text: str


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name of what samples call `name`."""

    alias: str
    name: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Text:
    """What a sample of `Unit.TEXT` stands for: its value is the code of this text."""

    text: str


Remark = Seal | Citation | Alias | Text
