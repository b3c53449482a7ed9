"""Matchers: which labels are meant; what rules and routes choose by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from monitor.model.labels import Labels

_QUOTED = r"\"[^\"]+\"|'[^']+'"
_ONE = re.compile(
    rf"(?P<label>[A-Za-z_]\w*)\s*(?P<sign>=~|!~|!=|=)\s*(?P<value>{_QUOTED}|\[\s*(?:{_QUOTED})(?:\s*,\s*(?:{_QUOTED}))*\s*\])"
    r"\s*(?:,|$)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Matcher:
    """One `label="v"` or `label=["a", "glob*"]`; a member matches when any of the patterns does.

    `regular`: the patterns are regular expressions of the whole value (`=~`). `negated`: none may match (`!=`, `!~`).
    """

    label: str
    patterns: tuple[str, ...]
    regular: bool = False
    negated: bool = False

    @property
    def pins(self) -> bool:
        """Whether it leaves the label only one value."""
        plain = not (self.regular or self.negated)
        return plain and len(self.patterns) == 1 and not set(self.patterns[0]) & set("*?[")

    def matches(self, labels: Labels) -> bool:
        """Whether a member with these (joined) labels is meant; one without the label only where it is negated."""
        value = labels.get(self.label)
        return (value != "" and any(self._fits(pattern, value) for pattern in self.patterns)) != self.negated

    def __str__(self) -> str:
        tail = "~" if self.regular else "="
        sign = f"!{tail}" if self.negated else tail if tail == "=" else "=~"
        quoted = [f"'{pattern}'" if '"' in pattern else f'"{pattern}"' for pattern in self.patterns]
        return self.label + sign + (quoted[0] if len(quoted) == 1 else f"[{', '.join(quoted)}]")

    def _fits(self, pattern: str, value: str) -> bool:
        if self.regular:
            return re.fullmatch(pattern, value) is not None
        return pattern in ("*", value) or fnmatchcase(value, pattern)


def matchers(text: str) -> tuple[Matcher, ...]:
    """`severity="critical", topic=~"price.*"` as matchers; raises ValueError with the column, from 1."""
    found = []
    stop = len(text.rstrip())
    place = _next(text, 0)
    while place < stop:
        one = _ONE.match(text, place, stop)
        if one is None:
            raise ValueError(
                f'column {place + 1}: got {text[place:stop][:40]!r}, expected label="value", with =, !=, =~ or !~'
            )
        found.append(_matcher(one["label"], one["sign"], one["value"], place + 1))
        place = _next(text, one.end())
    return tuple(found)


def labels_written(text: str) -> Labels:
    """`severity="critical", vendor="openai"` as labels; raises ValueError."""
    found = matchers(text)
    loose = next((each.label for each in found if not each.pins), None)
    if loose is not None:
        raise ValueError(f'{loose}: expected one value, as {loose}="value"')
    return Labels.of({each.label: each.patterns[0] for each in found})


def _next(text: str, place: int) -> int:
    return len(text) - len(text[place:].lstrip())


def _matcher(label: str, sign: str, value: str, column: int) -> Matcher:
    patterns = tuple(each[1:-1] for each in re.findall(_QUOTED, value))
    if sign.endswith("~"):
        for pattern in patterns:
            _check(pattern, column)
    return Matcher(label, patterns, regular=sign.endswith("~"), negated=sign.startswith("!"))


def _check(pattern: str, column: int) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"column {column}: {pattern!r} is no regular expression: {error}") from None
