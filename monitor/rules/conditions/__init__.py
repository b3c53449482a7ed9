"""Conditions: one module a kind; each is a pure function of a frame and its memory, and is found by its `KEYS`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from monitor.rules.conditions.condition import Build

POLICIES = ("keep", "ok", "fire")
"""What `absent:` may say as an option: how a member is judged that a good snapshot does not show."""
OF_FACTS = ("changes", "within", "appears", "disappears", "absent", "all_of", "any_of", "none_of")
"""The conditions that a fact can have: it is nothing to calculate with, and neither large nor small."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """Every condition key with what builds it, and which of a rule's other keys it understands."""

    builds: Mapping[str, Build]
    options: Mapping[str, tuple[str, ...]]

    def is_condition(self, key: str, body: object) -> bool:
        """Whether a key of a rule is its condition; `absent` is one only with a span behind it."""
        return key in self.builds and not (key == "absent" and body in POLICIES)


def kinds() -> Kinds:
    """All there are: a new condition is a new module here."""
    found = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    modules = [module for module in found if hasattr(module, "KEYS")]
    builds = {key: build for module in modules for key, build in module.KEYS.items()}
    options = {key: tuple(module.OPTIONS) for module in modules for key in module.KEYS}
    return Kinds(builds, options)
