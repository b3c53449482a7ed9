"""How a model's name is written, taken apart by rules alone: which differences mean nothing, and what stands beside it.

No rule knows a model. Two names are the same if they are the same after these rules, and never because they look alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LATEST = "latest"
_STAGES = {"preview": "preview", "exp": "exp", "experimental": "exp", "beta": "beta"}
_VARIANT = re.compile(r"[a-z]+(?:-[a-z]+)*")  # a tag with digits (`gpt-oss:20b`, `v1:0`) is a part of the name
_POINT = re.compile(r"(?<=\d)p(?=\d)")  # `glm-4p7`: hosts that allow no point in a name
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_GLUED = re.compile(r"([a-z]{2,})(\d.*)")  # `qwen3` is `qwen-3`; `k2`, `v3` and `a22b` are words of their own
_MONTH, _DAY, _YEAR = r"(?P<month>0[1-9]|1[0-2])", r"(?P<day>0[1-9]|[12]\d|3[01])", r"(?P<year>2[2-9]|3\d)"
_DATES = (
    re.compile(rf"20{_YEAR}-?{_MONTH}-?{_DAY}"),
    re.compile(rf"{_YEAR}{_MONTH}{_DAY}"),
    re.compile(rf"{_MONTH}-?20{_YEAR}"),
    re.compile(rf"20{_YEAR}-{_MONTH}"),
    re.compile(rf"{_YEAR}{_MONTH}"),
    re.compile(rf"{_MONTH}-?{_DAY}"),
)
_LONGEST_DATE = 3  # words: `2024-08-06`
_LONGEST_NUMBER = 2  # of a version; `mixtral-8x7b-32768` has none
_NUMBERED = re.compile(r"00\d")


@dataclass(frozen=True, slots=True)
class Spelling:
    """A model's name without its author.

    `name`: words with `-` between them, the version behind the first word. `edition`: what the maker put beside the
    name: stage and date (`preview-0605`, a day as month and day, a month as year and month), or the number of a
    snapshot (`001`). `moving`: it names whatever is newest.
    """

    name: str
    edition: str = ""
    moving: bool = False


def spelled(part: str) -> Spelling:
    """Take a name apart; `part` is the name without author and variant, in any spelling."""
    words, dates = _dated(_words(part.casefold()))
    stages = sorted({_STAGES[word] for word in words if word in _STAGES})
    kept = [word for word in words if word not in _STAGES and word != LATEST]
    numbers = [kept.pop()] if len(kept) > 1 and _NUMBERED.fullmatch(kept[-1]) and any(map(_digits, kept[:-1])) else []
    name = "-".join(_version_first(kept)) or part
    return Spelling(name, "-".join((*stages, *dates, *numbers)), LATEST in words)


def parted(part: str) -> str:
    """`qwen3-8b` → `qwen-3-8b`: the same name with its first word and number apart."""
    first, dash, rest = part.partition("-")
    glued = _GLUED.fullmatch(first)
    return f"{glued[1]}-{glued[2]}{dash}{rest}" if glued else part


def cut(model: str) -> tuple[str, str]:
    """`z-ai/glm-5.2:free` → (`z-ai/glm-5.2`, `free`); a fine-tune (`ft:gpt-4o`) is a variant as well."""
    if model.startswith("ft:"):
        return model[3:], "ft"
    base, _, variant = model.rpartition(":")
    return (base, variant) if base and _VARIANT.fullmatch(variant) else (model, "")


def _words(text: str) -> list[str]:
    found: list[str] = []
    for word in _SEPARATORS.split(_POINT.sub("-", text.replace("+", "-plus"))):
        glued = _GLUED.fullmatch(word)
        found += glued.groups() if glued else [word] if word else []
    return found


def _dated(words: list[str]) -> tuple[list[str], list[str]]:
    """(words without dates, dates): a day is `MMDD`, as not every source writes the year; a month is `YYMM`."""
    kept: list[str] = []
    dates: list[str] = []
    place = 0
    while place < len(words):
        length, date = _date_at(words, place) if kept else (0, "")  # a name does not begin with a date
        if length:
            dates.append(date)
        else:
            kept.append(words[place])
        place += length or 1
    return kept, dates


def _date_at(words: list[str], place: int) -> tuple[int, str]:
    """(how many words are a date, the date); (0, "") if there is none."""
    for length in range(_LONGEST_DATE, 0, -1):
        taken = words[place : place + length]
        if len(taken) < length or not all(map(_digits, taken)) or min(map(len, taken)) == 1:
            continue
        text = "-".join(taken)
        for pattern in _DATES:
            if (found := pattern.fullmatch(text)) and _believed(words, place, length, text):
                return length, _form(found)
    return 0, ""


def _believed(words: list[str], place: int, length: int, text: str) -> bool:
    """Two short numbers are a date if they can be no version: `3-11-25` is none, `preview-11-20` and `4-07-09` are."""
    return length == 1 or len(text) > len("05-20") or text.startswith("0") or not _digits(words[place - 1])


def _form(date: re.Match[str]) -> str:
    parts = date.groupdict()
    return f"{parts['month']}{parts['day']}" if "day" in parts else f"{parts['year']}{parts['month']}"


def _version_first(words: list[str]) -> list[str]:
    """The first run of short numbers behind the first word: `claude-opus-4-8` is `claude-4-8-opus`.

    Not where the run goes on from a word with a number in it: `kimi-k2-5`.
    """
    start = next((place for place, word in enumerate(words) if _of_version(word)), 0)
    if not start or words[start - 1][-1].isdigit():
        return words
    end = next((place for place in range(start, len(words)) if not _of_version(words[place])), len(words))
    version, rest = words[start:end], words[end:]
    if len(version) > 1 and version[-1] == "0" and not (rest and rest[0][0].isdigit()):
        version = version[:-1]  # `4.0` is `4`; but the zero of `0.6b` is one of a size
    return [words[0], *version, *words[1:start], *rest]


def _of_version(word: str) -> bool:
    return _digits(word) and len(word) <= _LONGEST_NUMBER


def _digits(word: str) -> bool:
    return word.isascii() and word.isdigit()
