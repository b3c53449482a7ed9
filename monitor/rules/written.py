"""A rule as a file has it, sound or not, and as a file of its own, so that it can be kept beyond its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from monitor.model.tree import read, text_of


@dataclass(frozen=True, slots=True)
class Written:
    """The keys of one rule and those of its group (its other rules included), every scalar the text that it was."""

    path: str
    around: Mapping[str, object]
    keys: Mapping[str, object]

    @property
    def name(self) -> str:
        """The alert's name; empty if it has none."""
        name = self.keys.get("alert")
        return name if isinstance(name, str) else ""

    @property
    def has_name(self) -> bool:
        """Whether that is one that an alert can have."""
        return self.name.isascii() and self.name.isidentifier()

    @property
    def group(self) -> str:
        """The name of its group."""
        return str(self.around.get("name", ""))

    @property
    def text(self) -> str:
        """A rule file with this rule alone; `monitor.rules.load` reads it as the same rule."""
        return text_of({"groups": [{**self.around, "rules": [self.keys]}]})

    @property
    def flat(self) -> dict[str, str]:
        """What it says, by dotted key; `every` is that of its group."""
        every = {"every": self.around["every"]} if "every" in self.around else {}
        return dict(_leaves("", {**every, **self.keys}))


def rewritten(path: str, text: str) -> Written:
    """The inverse of `Written.text`."""
    match read(text, path).value:
        case {"groups": [{"rules": [dict(keys)]} as around]}:
            return Written(path, around, keys)
        case _:
            raise ValueError(f"{path}: got a text that is not that of one rule")


def _leaves(place: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{place}.{key}" if place else str(key), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from _leaves(f"{place}.{number}", inner)
    else:
        yield place, str(value)
