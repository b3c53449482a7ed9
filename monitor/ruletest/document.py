"""Files of rule tests as written: frozen documents that forbid unknown keys. Every scalar is still the text it was."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Document(BaseModel):
    """A part of a test file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class FileDocument(Document):
    """A whole file."""

    rules: str | list[str] = Field(min_length=1, description="rule files or folders, from this file's folder")
    catalog: str | None = Field(None, min_length=1, description="a catalogue instead of the one that ships")
    tests: list[object] = Field(min_length=1, description="each a CaseDocument, looked at one by one")


class RestatedDocument(Document):
    """What was learnt later of bars that had been complete."""

    at: str = Field(description="when it was learnt, UTC")
    series: dict[str, str] = Field(min_length=1, description="as in the test; `_` where nothing was restated")


class CaseDocument(Document):
    """One test."""

    name: str = Field(min_length=1)
    every: str = Field(description="the bar of the values: hour | 6h | 12h | day | week | month")
    first: str = Field(alias="from", description="the start of the first bar, UTC")
    series: dict[str, str] = Field(min_length=1, description="values in Prometheus' notation, by series")
    restated: list[RestatedDocument] = Field(default_factory=list, description="values learnt later")
    stale_after: str | None = Field(None, description="how long levels may be believed without another look")
    alerts: list[str] | None = Field(None, min_length=1, description="the alerts that count; all, if left out")
    expect: list[object] = Field(description="each an ExpectationDocument; an empty list: nothing happens")


class ExpectationDocument(Document):
    """One transition. Any further key is the name of an annotation, with the text as people read it."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    at: str = Field(description="the start of the bar, UTC")
    alert: str
    change: str = Field("firing")
    labels: dict[str, str] = Field(default_factory=dict)
    value: str | None = None
    reference: str | None = None
    level: str | None = None
