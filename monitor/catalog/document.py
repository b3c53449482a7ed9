"""catalog.yaml as a person writes it; every value of it is text."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

_SLUG = r"^[a-z0-9][a-z0-9._-]*$"
_COUNTRY = r"^[A-Z]{2}$"
_MODEL = r"^[^/\s]+/[^/\s]+$"

WORDS = {
    _SLUG: "small letters, digits, '.', '_' and '-'",
    _COUNTRY: "two capital letters such as FR",
    _MODEL: "author/model",
}
"""What a pattern asks for, for people."""

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(pattern=_SLUG)]
Country = Annotated[str, StringConstraints(pattern=_COUNTRY)]
ModelName = Annotated[str, StringConstraints(pattern=_MODEL)]
Weights = Literal["open", "closed", "unknown"]


class Document(BaseModel):
    """A part of the catalogue; unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class VendorDocument(Document):
    """`families` and `exceptions` hold shell patterns for the part of a model's name after its author."""

    name: Text
    country: Country | None = None
    spellings: tuple[Text, ...] = ()
    markets: tuple[Text, ...] = ()
    weights: Weights = "unknown"
    exceptions: dict[Text, Weights] = {}
    families: dict[Slug, tuple[Text, ...]] = {}
    note: str = ""


class AliasDocument(Document):
    """One model's other name."""

    alias: ModelName
    of: ModelName
    note: str = ""


class DuplicateDocument(AliasDocument):
    """A name under which the sources that match `source` (a shell pattern) repeat the tokens of another."""

    source: Text


class CatalogDocument(Document):
    """The whole file."""

    vendors: dict[Slug, VendorDocument]
    unions: dict[Country, tuple[Country, ...]] = {}
    unnamed: tuple[Text, ...] = ()
    hosted: tuple[Text, ...] = ()
    routed: tuple[Text, ...] = ()
    aliases: tuple[AliasDocument, ...] = ()
    duplicates: tuple[DuplicateDocument, ...] = ()
