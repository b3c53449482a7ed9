"""What a failed test says: expected above got, aligned, with the lines of the file and a mark where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from monitor.ruletest.compare import Difference, Fields
from monitor.ruletest.expect import SUMMARY
from monitor.ruletest.run import Outcome

_ALWAYS = ("at", "alert", "change")
_NUMBERS = ("value", "reference")
_FIRST = len("expected")
_GAP = "  "


def report(outcome: Outcome) -> Iterator[str]:
    """The lines that tell of a failed test."""
    case, found = outcome.case, outcome.differences
    yield f"{case.path}:{case.line}: {case.name}: {_counted(found, len(case.expect))}"
    said = [_cells(fields) for each in found for fields in (each.expected, each.got) if fields is not None]
    order = dict.fromkeys(field for cells in said for field in cells)
    widths = {field: max(len(cells.get(field, "")) for cells in said) for field in order}
    for difference in found:
        yield from (f"    {line}" for line in _block(difference, widths))


def _counted(found: Sequence[Difference], expectations: int) -> str:
    failed = sum(each.expected is not None for each in found)
    unasked = len(found) - failed
    are = "expectation" if expectations == 1 else "expectations"
    parts = (f"{failed} of {expectations} {are} failed" if failed else "", f"{unasked} not expected" if unasked else "")
    return ", ".join(part for part in parts if part)


def _block(difference: Difference, widths: Mapping[str, int]) -> Iterator[str]:
    expected, got = difference.expected, difference.got
    where = f"{_GAP}(line {difference.line})" if expected is not None else ""
    yield f"{_line('expected', expected, widths)}{where}".rstrip()
    yield _line("got", got, widths).rstrip()
    if expected is not None and got is not None:
        yield _marks(expected, got, widths)


def _line(first: str, fields: Fields | None, widths: Mapping[str, int]) -> str:
    if fields is None:
        return f"{first.ljust(_FIRST)}{_GAP}nothing"
    cells = _cells(fields)
    return _GAP.join((first.ljust(_FIRST), *(cells.get(field, "").ljust(width) for field, width in widths.items())))


def _marks(expected: Fields, got: Fields, widths: Mapping[str, int]) -> str:
    """Below each field that differs its name, where the first other character stands."""
    line, column = "", _FIRST
    for field, width in widths.items():
        column += len(_GAP)
        if field in expected and expected[field] != got[field]:
            at = column + _same(_cell(field, expected[field]), _cell(field, got[field]))
            line = f"{line.ljust(at)}{_GAP if len(line) > at - 1 and line else ''}^ {field}"
        column += width
    return line


def _same(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))


def _cells(fields: Fields) -> dict[str, str]:
    return {field: _cell(field, text) for field, text in fields.items()}


def _cell(field: str, text: str) -> str:
    if field in _ALWAYS:
        return text
    if field in _NUMBERS:
        return f"{field} {text}"
    if field.startswith("labels."):
        return f"{field.removeprefix('labels.')}={text}"
    return f'"{text}"' if field == SUMMARY else f'{field} "{text}"'
