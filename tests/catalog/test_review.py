"""What the catalogue does not recognise."""

from __future__ import annotations

from monitor.catalog import load, shipped
from monitor.catalog.review import Clash, Gap, Lack, gaps, shared

TEXT = """\
vendors:
  one: {name: One, families: {a: [fox-*]}}
  two: {name: Two, families: {b: [fox-*]}}
unnamed: [stealth]
hosted: [list]
"""


def test_every_lack_has_its_name() -> None:
    """Unknown, ambiguous, without a family, moving, unnamed: largest share first; the rest row lacks nothing."""
    catalog = load(TEXT, "c.yaml")
    names = {
        ("s", "one/fox-1"): 0.2,
        ("s", "one/other-1"): 0.1,
        ("s", "new/x"): 0.5,
        ("s", "stealth/x"): 0.05,
        ("s", "other"): 0.9,
        ("list", "fox-2"): None,
        ("list", "stealth/x"): None,
        ("list", "one/fox-latest"): None,
    }
    assert gaps(catalog, catalog.identities({}), names) == [
        Gap("s", "new/x", Lack.VENDOR, 0.5),
        Gap("s", "one/other-1", Lack.FAMILY, 0.1),
        Gap("s", "stealth/x", Lack.UNNAMED, 0.05),
        Gap("list", "fox-2", Lack.AMBIGUOUS, None, ("one", "two")),
        Gap("list", "one/fox-latest", Lack.MOVING, None),
        Gap("list", "stealth/x", Lack.VENDOR, None),
    ]


def test_names_that_share_an_identity_are_told_by_source() -> None:
    """Two spellings in one source clash; the same spelling in two sources is the point of it all."""
    identities = shipped().identities({})
    names = [("litellm", "gpt-4o"), ("openrouter", "openai/gpt-4o"), ("litellm", "GPT 4o"), ("litellm", "x-latest")]
    assert shared(identities, names) == [Clash("litellm", identities.of("litellm", "gpt-4o"), ("GPT 4o", "gpt-4o"))]
