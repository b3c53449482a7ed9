"""Reads catalog.yaml; every fault of a file is told at once, with its place."""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from monitor.catalog.catalog import Catalog, Duplicate
from monitor.catalog.clashes import clashes
from monitor.catalog.document import WORDS, CatalogDocument, DuplicateDocument, VendorDocument
from monitor.catalog.makers import Makers, by_spelling, claims_of, keys
from monitor.catalog.vendor import UNKNOWN, Choices, Vendor
from monitor.errors import CatalogError, Problem, ProblemsError
from monitor.model.tree import Tree, read

_KEYS = sorted({key for kind in (CatalogDocument, VendorDocument, DuplicateDocument) for key in kind.model_fields})


def shipped() -> Catalog:
    """The catalogue that comes with the program."""
    resource = files("monitor.catalog") / "catalog.yaml"
    return load(resource.read_text(encoding="utf-8"), "catalog.yaml")


def load(text: str, path: str) -> Catalog:
    """The catalogue written in `text`; `path` is only for messages. Raises CatalogError with every problem."""
    try:
        tree = read(text, path)
    except ProblemsError as error:
        raise CatalogError(error.problems) from error
    document, faults = _validated(tree)
    found = [tree.problem(place, message) for place, message in clashes(document)]
    if problems := {*tree.problems, *faults, *found}:
        raise CatalogError(tuple(sorted(problems, key=lambda fault: (fault.line, fault.column, fault.message))))
    return _catalog(document)


def _validated(tree: Tree) -> tuple[CatalogDocument, list[Problem]]:
    """The document; if it has faults, they and what is left of it without the entries that have them."""
    try:
        return CatalogDocument.model_validate(tree.value), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        sound = _without(tree.value, {detail["loc"][:2] for detail in details})
        return CatalogDocument.model_validate(sound), [_fault(detail, tree) for detail in details]


def _without(value: object, faulty: set[tuple[int | str, ...]]) -> dict[str, object]:
    """The sections without their faulty entries; of a list nothing is kept, as its positions would move."""
    kept: dict[str, object] = {"vendors": {}}
    for section, content in value.items() if isinstance(value, dict) else ():
        if not any(place[0] == section for place in faulty):
            kept[section] = content
        elif isinstance(content, dict) and (section,) not in faulty:
            kept[section] = {key: entry for key, entry in content.items() if (section, key) not in faulty}
    return kept


def _fault(detail: ErrorDetails, tree: Tree) -> Problem:
    at_key = detail["loc"][-1:] == ("[key]",)
    place = detail["loc"][:-1] if at_key else detail["loc"]
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(place[-1]), _KEYS, 1)
        return tree.problem(place, "unknown key", hint=f"did you mean {near[0]!r}?" if near else None, at_key=True)
    if detail["type"] == "missing":
        return tree.problem(place, "is missing")
    got = repr(str(detail["input"])[:60]) if detail["input"] else "nothing"
    return tree.problem(place, f"got {got}, expected {_expected(detail)}", at_key=at_key)


def _expected(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "string_pattern_mismatch":
            return WORDS[context["pattern"]]
        case "literal_error":
            return str(context["expected"])
        case "tuple_type":
            return "a list"
        case "dict_type" | "model_type":
            return "keys with values"
        case _:  # string_type, string_too_short: all else that these documents can be faulted for
            return "text"


def _catalog(document: CatalogDocument) -> Catalog:
    unions = {country: union for union, members in document.unions.items() for country in members}
    vendors = {key: _vendor(key, entry, unions) for key, entry in document.vendors.items()}
    entries = document.vendors.items()
    makers = Makers(
        spellings=by_spelling((vendors[key], (*entry.spellings, *entry.markets)) for key, entry in entries),
        unnamed=frozenset(key for author in document.unnamed for key in keys(author)),
        hosted=frozenset(document.hosted),
        markets=frozenset(key for _, entry in entries for market in entry.markets for key in keys(market)),
        claims=claims_of((vendors[key], (text for _, text in _families(entry))) for key, entry in entries),
    )
    renames = {entry.alias: entry.of for entry in document.aliases}
    return Catalog(vendors, makers, renames, _duplicates(document.duplicates), frozenset(document.routed))


def _families(entry: VendorDocument) -> Iterator[tuple[str, str]]:
    """(family, pattern) in order."""
    return ((family, pattern) for family, patterns in entry.families.items() for pattern in patterns)


def _vendor(key: str, entry: VendorDocument, unions: Mapping[str, str]) -> Vendor:
    country = entry.country or UNKNOWN
    return Vendor(
        key=key,
        name=entry.name,
        country=country,
        origin=unions.get(country, country),
        weights=entry.weights,
        families=_choices((pattern, family) for family, pattern in _families(entry)),
        exceptions=_choices(entry.exceptions.items()),
        names=frozenset(
            name.casefold() for name in (key, entry.name, *entry.spellings, *entry.markets) if " " not in name
        ),
    )


def _choices(pairs: Iterable[tuple[str, str]]) -> Choices:
    return tuple((re.compile(fnmatch.translate(pattern.casefold())), choice) for pattern, choice in pairs)


def _duplicates(entries: tuple[DuplicateDocument, ...]) -> Mapping[str, tuple[Duplicate, ...]]:
    by_alias: defaultdict[str, tuple[Duplicate, ...]] = defaultdict(tuple)
    for entry in entries:
        by_alias[entry.alias] += (Duplicate(re.compile(fnmatch.translate(entry.source)), entry.of),)
    return dict(by_alias)
