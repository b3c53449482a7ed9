"""Labels: sorted name-value pairs, the identity of series and instances (as in Prometheus)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Labels:
    """An immutable, hashable set of label pairs, sorted by name."""

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, mapping: Mapping[str, str] | None = None, /, **labels: str) -> Self:
        """Labels from a mapping and keywords; empty values are left out, as in Prometheus."""
        merged = {**(mapping or {}), **labels}
        return cls(tuple(sorted((name, value) for name, value in merged.items() if value != "")))

    def get(self, name: str, default: str = "") -> str:
        """The value of a label, or `default`."""
        for key, value in self.pairs:
            if key == name:
                return value
        return default

    def only(self, names: Iterable[str]) -> Labels:
        """The labels among `names`."""
        wanted = frozenset(names)
        return Labels(tuple(pair for pair in self.pairs if pair[0] in wanted))

    def without(self, names: Iterable[str]) -> Labels:
        """The labels not among `names`."""
        unwanted = frozenset(names)
        return Labels(tuple(pair for pair in self.pairs if pair[0] not in unwanted))

    def merged(self, other: Labels) -> Labels:
        """Both label sets; `other` wins."""
        return Labels.of(dict(self.pairs) | dict(other.pairs))

    def as_dict(self) -> dict[str, str]:
        """A plain mapping."""
        return dict(self.pairs)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __str__(self) -> str:
        return "{" + ", ".join(f'{name}="{value}"' for name, value in self.pairs) + "}"


def app_alias(source: str, app: str) -> str:
    """The alias under which the name of an app is kept: its label is a number, because names change."""
    return f"{source}:{app}"
