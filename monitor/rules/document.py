"""Rule files as written: frozen documents that forbid unknown keys. Every scalar is still the text it was."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Document(BaseModel):
    """A part of a rule file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class RuleDocument(Document):
    """One alert. Besides these it has exactly one condition key, gathered in `conditions` with what stands there."""

    alert: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="the alert's name, unique over all files")
    watch: str = Field(min_length=1, description="the expression that is watched")
    hold: str = Field("1 bar", alias="for", description="pending until it has held that long: 2 bars, 3d")
    clear: dict[str, object] | None = Field(None, description="a condition: leaves firing only when it holds")
    keep_firing_for: str | None = Field(None, description="stays firing that long after it cleared")
    levels: dict[str, object] | None = Field(
        None, description="amounts by severity, {warning: 5%, critical: 2%}: rises at once, falls by its own clear"
    )
    overrides: list[dict[str, object]] = Field(
        default_factory=list, description="other amounts for some members, [{match: {family: llama}, below: 0.5%}]"
    )
    absent: str | None = Field(None, description="a member missing from a good snapshot: keep | ok | fire")
    absent_for: str | None = Field(None, description="how long it must be missing for that: 2 bars, 3d")
    until: str | None = Field(None, description="the last day the rule is judged, 2027-03-31")
    after: dict[str, object] | None = Field(
        None, description="only that soon after another alert, {alert: PriceCut, within: 14d, same: model}"
    )
    margin: str | None = Field(None, description="how far beyond counts as crossed: 1% of the reference, or an amount")
    floor: str | None = Field(None, description="the smallest reference that counts")
    min_change: str | None = Field(None, description="the smallest absolute change that counts")
    against: str | None = Field(
        None, description="previous | 7d ago | mean of 28d | last notice | a day such as 2026-01-01"
    )
    max_gap: str | None = Field(None, description="how much of unknown may lie within a crossing: 3 bars, 7d")
    gap: str | None = Field(None, description="a crossing over a longer gap: flag | fire | ignore")
    confirm: dict[str, object] | None = Field(
        None, description="a price is claimed until an independent source shows it: {by: list_price, within: 14d}"
    )
    notify: str | None = Field(None, description="with confirm: claimed (the default) or confirmed, which waits")
    labels: dict[str, str] = Field(default_factory=dict, description="severity and whatever routes use")
    annotations: dict[str, str] = Field(default_factory=dict, description="texts: summary, description")
    conditions: dict[str, object] = Field(default_factory=dict, exclude=True)


class GroupDocument(Document):
    """Rules that share a bar."""

    name: str = Field(min_length=1)
    every: str = Field(description="the bar: hour | 6h | 12h | day | week | month")
    rules: list[object] = Field(min_length=1, description="each a RuleDocument, looked at one by one")


class FileDocument(Document):
    """A whole file."""

    groups: list[object] = Field(min_length=1, description="each a GroupDocument, looked at one by one")


OPTIONS = tuple((field.alias or name) for name, field in RuleDocument.model_fields.items() if name != "conditions")
"""The keys a rule may have beside its condition."""
