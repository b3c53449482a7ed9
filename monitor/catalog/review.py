"""What the catalogue can not tell apart or bring together: names without an identity, and names that share one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from monitor.catalog.catalog import Catalog
from monitor.catalog.identity import Identities, Identity
from monitor.catalog.vendor import NOBODY, UNKNOWN
from monitor.model.metric import REST

Name = tuple[str, str]
"""(source, model as written there)."""


class Lack(StrEnum):
    """Why a name can not be compared across sources, or not be grouped."""

    VENDOR = "unknown vendor"
    AMBIGUOUS = "several vendors have such a family"
    FAMILY = "no family of its vendor"
    MOVING = "means whatever is newest"
    UNNAMED = "maker not named by anybody"


@dataclass(frozen=True, slots=True)
class Gap:
    """A name that lacks something; `share`: 0 to 1 of the tokens of its source, None where no tokens are known."""

    source: str
    model: str
    lack: Lack
    share: float | None
    claimed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clash:
    """Names of one source that have one identity."""

    source: str
    identity: Identity
    models: tuple[str, ...]


def gaps(catalog: Catalog, identities: Identities, names: Mapping[Name, float | None]) -> list[Gap]:
    """Every name that lacks something, those with most tokens first; `names`: each with its share."""
    found = [
        Gap(source, model, lack, share, claimed)
        for (source, model), share in names.items()
        if model not in REST
        for lack, claimed in (_lack(catalog, identities, source, model),)
        if lack is not None
    ]
    return sorted(found, key=lambda gap: (-(gap.share or 0.0), gap.source, gap.model))


def shared(identities: Identities, names: Iterable[Name]) -> list[Clash]:
    """Every identity that one source has under several names; moving names are meant to share theirs."""
    models: defaultdict[tuple[str, Identity], list[str]] = defaultdict(list)
    for source, model in names:
        identity = identities.of(source, model)
        if identity.vendor and not identity.moving:
            models[source, identity].append(model)
    return [
        Clash(source, identity, tuple(sorted(several)))
        for (source, identity), several in sorted(models.items(), key=lambda each: (each[0][0], sorted(each[1])))
        if len(several) > 1
    ]


def _lack(catalog: Catalog, identities: Identities, source: str, model: str) -> tuple[Lack | None, tuple[str, ...]]:
    made = catalog.made(source, model)
    if made.claimed:
        return Lack.AMBIGUOUS, made.claimed
    if made.vendor is NOBODY:
        unnamed = source not in catalog.makers.hosted and catalog.makers.knows(made.author)
        return Lack.UNNAMED if unnamed else Lack.VENDOR, ()
    if identities.of(source, model).moving:
        return Lack.MOVING, ()
    return (Lack.FAMILY if made.vendor.family(made.part) == UNKNOWN else None), ()
