"""What the settings of sources are made of, so that the same setting takes the same values everywhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from monitor.settings import listed

Url = Annotated[str, Field(pattern=r"^https?://[^\s@]+$")]
Schedule = Annotated[str, Field(pattern=r"^\S+( \S+){4}$")]
"""As in a crontab; H = a minute (or hour) that the scheduler derives from the name of the source."""
Span = Annotated[timedelta, Field(gt=timedelta(0))]


Names = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")], ...],
    BeforeValidator(listed),
    Field(min_length=1),
]
"""Names that may stand in an address."""


class ListConfig(BaseModel):
    """What every list has: where it is, when it is asked, how long a look is believed. Kinds give the defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Url
    schedule: Schedule
    stale_after: Span
