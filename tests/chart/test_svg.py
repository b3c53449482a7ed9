"""Pictures → SVG."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from monitor.chart.axis import axis_of
from monitor.chart.picture import Line, Mark, Picture, Role, Sign, Stretch
from monitor.chart.svg import PLAIN, WIDTH, svg
from monitor.model.metric import Unit

NAN = math.nan
SVG = "{http://www.w3.org/2000/svg}"


def line(*values: float, role: Role = Role.VALUE, steps: bool = False) -> Line:
    return Line(role, np.arange(len(values), dtype=np.int64) * 10, np.array(values, np.float64), steps)


def picture(*lines: Line, unit: Unit = Unit.NUMBER, marks: tuple[Mark, ...] = ()) -> Picture:
    return Picture("t", unit, 0, 10 * max((len(each.at) for each in lines), default=1), lines, (), marks)


def parsed(drawn: str) -> ET.Element:
    return ET.fromstring(drawn)  # noqa: S314 - our own text


def path(drawn: str, name: str) -> str:
    (found,) = (each.get("d", "") for each in parsed(drawn).iter(f"{SVG}path") if each.get("class") == name)
    return found


def outline(*values: float, steps: bool = False) -> str:
    """The commands of the path alone: M, L, H, V."""
    return "".join(re.findall("[A-Z]", path(svg(picture(line(*values, steps=steps))), "value")))


@pytest.mark.parametrize(
    ("values", "steps", "expected"),
    [
        ((1, 2, 3), False, "MLL"),
        ((1, NAN, 3, 4), False, "MML"),  # a gap; the first is a dash
        ((NAN, NAN), False, ""),
        ((1, 2), True, "MHVH"),  # stays until the next, and to the end
        ((1, NAN, 3), True, "MHMH"),  # stays until the gap
        ((1, 1, 1, 2), True, "MHVH"),  # what stays the same is drawn once
        ((1, NAN, NAN, 1, 1), True, "MHMHVH"),
    ],
)
def test_lines_break_at_gaps(values: tuple[float, ...], *, steps: bool, expected: str) -> None:
    """Cases: points that are joined, and numbers that stay until the next."""
    drawn = picture(line(*values, steps=steps))
    if not np.isfinite(np.array(values)).any():
        assert path(svg(drawn), "value") == ""
    else:
        assert outline(*values, steps=steps) == expected


def test_every_text_is_escaped() -> None:
    """Law: names come from elsewhere; it stays XML and has no element of theirs."""
    evil = "<script>alert('1')</script> & \x00\x1b ]]> \u202e"
    mark = Mark(5, 1.0, Sign.FIRED, evil)
    drawn = svg(Picture(evil, Unit.TOKENS, 0, 20, (line(1, 2),), (Stretch(0, 5, evil),), (mark,)))
    root = parsed(drawn)
    assert not list(root.iter(f"{SVG}script"))
    titles = [each.text for each in root.iter(f"{SVG}title")]
    assert titles == ["<script>alert('1')</script> & ]]>"] * 3
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    "numbers",
    [(), (0,), (5, 5), (1e-9, 1e12), (-3, 4), (0.01, 0.011), (1e300, 2e300), (NAN,)],
)
@pytest.mark.parametrize("unit", list(Unit))
def test_everything_lies_on_the_paper(numbers: tuple[float, ...], unit: Unit) -> None:
    """Law: whatever is drawn, no place is outside or no number."""
    marks = (Mark(-50, NAN, Sign.ENDED, ""), Mark(10**6, 1.0, Sign.CHANGED, ""))
    drawn = svg(Picture("t", unit, 0, 10, (line(*numbers),), (Stretch(-5, 10**7, ""),), marks))
    for each in parsed(drawn).iter():
        places = re.findall(r"[ML](-?[\d.e+-]+),(-?[\d.e+-]+)", each.get("d", ""))
        places += [(each.get("x", "0"), each.get("y", "0"))]
        assert all(0 <= float(x) <= WIDTH and 0 <= float(y) <= PLAIN.height for x, y in places), each.attrib


@pytest.mark.parametrize(
    ("unit", "numbers", "logarithmic"),
    [
        (Unit.USD, (0.1, 30), True),
        (Unit.USD, (0.1, 1), False),
        (Unit.USD, (0, 30), False),  # free has no logarithm
        (Unit.TOKENS, (1, 1e12), False),
    ],
)
def test_the_scale_of_prices(unit: Unit, numbers: tuple[float, ...], *, logarithmic: bool) -> None:
    """Case: logarithmic where they lie far apart."""
    assert picture(line(*numbers), unit=unit).logarithmic is logarithmic


@pytest.mark.parametrize(
    ("numbers", "low"), [((1.0, 3.0), 0.0), ((2.9, 3.0), 2.894), ((0.0, 1.0), 0.0), ((-1.0, 1.0), -1.12)]
)
def test_where_an_axis_begins(numbers: tuple[float, ...], low: float) -> None:
    """Case: at zero where that is near, just below the numbers where it is far."""
    assert axis_of(np.array(numbers), logarithmic=False).low == pytest.approx(low)


def test_labels_are_in_the_unit() -> None:
    """Case: as messages write them."""
    drawn = svg(picture(line(0, 4e12), unit=Unit.TOKENS))
    labels = [each.text for each in parsed(drawn).iter(f"{SVG}text")]
    assert "2T" in labels
