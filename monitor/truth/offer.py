"""What is sold, by the catalogue: which names at which sources mean the same thing, sold by the same."""

from __future__ import annotations

from monitor.catalog import Identities
from monitor.truth.book import Identify
from monitor.truth.step import Offer


def offers(identities: Identities) -> Identify:
    """By source and model as `spelled` has it: what is sold there."""

    def offer(source: str, spelled: str) -> Offer:
        model, _, host = spelled.partition("@")
        found = identities.of(source, model)
        name = f"{found.vendor}/{found.name}" if found.vendor else found.name
        variant = f":{found.variant}" if found.variant else ""
        return Offer(name + variant, host or found.host, found.moving, found.edition)

    return offer
