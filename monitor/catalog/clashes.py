"""What a catalogue must not say twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.catalog.document import AliasDocument, CatalogDocument
from monitor.model.tree import Place

Clash = tuple[Place, str]
_Claim = tuple[str, str, Place]  # what is claimed, by whom, where


def clashes(document: CatalogDocument) -> Iterator[Clash]:
    """Every contradiction: where it stands and what it is."""
    yield from _contested("the spelling", _spellings(document))
    yield from _contested("the family", _families(document))
    yield from _contested("the country", _members(document))
    yield from _loops("aliases", document.aliases)
    yield from _loops("duplicates", document.duplicates)


def _contested(what: str, claims: Iterable[_Claim]) -> Iterator[Clash]:
    owners: dict[str, str] = {}
    for text, owner, place in claims:
        first = owners.setdefault(text, owner)
        if first != owner:
            yield place, f"{what} {text!r} belongs to {first} already"


def _spellings(document: CatalogDocument) -> Iterator[_Claim]:
    for key, vendor in document.vendors.items():
        yield key.casefold(), key, ("vendors", key)
        for section, names in (("spellings", vendor.spellings), ("markets", vendor.markets)):
            for position, name in enumerate(names):
                yield name.casefold(), key, ("vendors", key, section, position)
    for position, author in enumerate(document.unnamed):
        yield author.casefold(), "unnamed", ("unnamed", position)


def _families(document: CatalogDocument) -> Iterator[_Claim]:
    for key, vendor in document.vendors.items():
        for family in vendor.families:
            yield family, key, ("vendors", key, "families", family)


def _members(document: CatalogDocument) -> Iterator[_Claim]:
    for union, members in document.unions.items():
        for position, country in enumerate(members):
            yield country, union, ("unions", union, position)


def _loops(section: str, entries: tuple[AliasDocument, ...]) -> Iterator[Clash]:
    lines = [(getattr(entry, "source", ""), entry.alias) for entry in entries]
    for position, (line, entry) in enumerate(zip(lines, entries, strict=True)):
        if line in lines[:position]:
            yield (section, position, "alias"), f"{entry.alias!r} is an alias already"
        if (line[0], entry.of) in lines:
            yield (section, position, "of"), f"{entry.of!r} is an alias itself"
