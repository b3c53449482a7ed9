"""Finds kinds: one module with a KIND in a package = one kind of source, notifier, condition, sink."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def modules(package: ModuleType) -> dict[str, ModuleType]:
    """The modules of a package by their KIND, sorted; a module without one is no kind.

    Raises ValueError when two modules claim the same kind.
    """
    kinds: dict[str, ModuleType] = {}
    names = sorted(found.name for found in iter_modules(package.__path__))
    for module in (import_module(f"{package.__name__}.{name}") for name in names):
        kind = getattr(module, "KIND", None)
        if kind is None:
            continue
        if kind in kinds:
            raise ValueError(f"{kinds[kind].__name__} and {module.__name__} are both of the kind {kind!r}")
        kinds[kind] = module
    return dict(sorted(kinds.items()))
