"""The picture of a notification: what is drawn, and the file it becomes."""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.chart import message, png
from monitor.chart.message import PAPER, attachment, file_name, picture
from monitor.chart.picture import Role, Sign
from monitor.chart.svg import svg
from monitor.model.bar import DAY, HOUR, Bar
from monitor.model.detail import Detail, Figure
from monitor.model.metric import Unit
from monitor.model.notification import Notification
from monitor.model.scene import Trail
from monitor.model.transition import Change
from tests.notifiers.said import NOTIFICATION, transition

NAN = math.nan
SVG = "{http://www.w3.org/2000/svg}"
WEEKS = Trail(Unit.TOKENS, Bar.WEEK, tuple(n * 7 * DAY for n in range(4)), (1e12, 2e12, NAN, 4e12), (3e12,) * 4)
STEPS = Trail(Unit.USD, Bar.HOUR, (0, 9 * HOUR, 10 * HOUR), (4.0, 1.0, 1.0), (4.0,) * 3, holds=True)
FIGURES = (Figure("Tokens a week", "4T"), Figure("Against", "3T"))


def said(trail: Trail | None, kind: Change = Change.FIRING, headline: str = "a & b overtook <c>") -> Notification:
    """A notification of one transition."""
    return replace(NOTIFICATION, details=(Detail(headline, FIGURES, trail=trail),), transitions=(transition(kind),))


def drawn(notification: Notification) -> ET.Element:
    found = picture(notification)
    assert found is not None
    return ET.fromstring(svg(found, PAPER))  # noqa: S314 - our own text


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in root.iter() if each.get("class") == name]


def test_the_series_its_reference_and_the_bar_are_drawn() -> None:
    """One line each with its name, one mark with its number, a heading, a background of its own."""
    root = drawn(said(WEEKS))
    assert [len(of_class(root, name)) for name in ("value", "reference", "fired", "paper")] == [1, 1, 1, 1]
    assert [each.text for each in of_class(root, "heading")] == ["a & b overtook <c>"]
    assert [each.text for each in of_class(root, "key") if each.tag == f"{SVG}text"] == ["Tokens a week", "Against"]
    assert [each.text for each in of_class(root, "mark")] == ["4T"]
    assert root.get("viewBox") == "0 0 440 220"


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        (Change.FIRING, Sign.FIRED),
        (Change.LEVEL, Sign.CHANGED),
        (Change.CORRECTED, Sign.CHANGED),
        (Change.RESOLVED, Sign.ENDED),
        (Change.WITHDRAWN, Sign.ENDED),
    ],
)
def test_the_mark_says_what_happened(kind: Change, sign: Sign) -> None:
    """By colour and outline."""
    found = picture(said(WEEKS, kind))
    assert found is not None
    assert [mark.sign for mark in found.marks] == [sign]


def test_a_step_is_not_at_the_very_edge() -> None:
    """Room is left behind it, in which the new price is seen to hold."""
    found = picture(said(STEPS))
    assert found is not None
    assert found.last > STEPS.at[-1]
    assert all(line.steps for line in found.lines)


def test_without_a_reference_there_is_one_line() -> None:
    """A place in a ranking has none that could be drawn."""
    found = picture(said(replace(WEEKS, reference=(NAN,) * 4)))
    assert found is not None
    assert [line.role for line in found.lines] == [Role.VALUE]


@pytest.mark.parametrize(
    "notification",
    [
        NOTIFICATION,
        said(None),
        said(replace(WEEKS, value=(NAN, NAN, NAN, 1.0))),
        said(replace(WEEKS, unit=Unit.TEXT)),
        replace(said(WEEKS), transitions=(transition(), transition())),
    ],
)
def test_where_there_is_no_picture(notification: Notification) -> None:
    """A notice, nothing known, too little known, texts, many at once."""
    assert picture(notification) is None
    assert attachment(notification) is None


def test_the_file_is_a_png_of_1200_by_600() -> None:
    """Decodable, with a caption that says what is seen, named after the alert."""
    found = attachment(said(WEEKS))
    assert found is not None
    assert (found.name, found.caption) == ("A.png", "a & b overtook <c>")
    assert size(found.png) == (1200, 600)


def test_without_the_extra_there_is_no_file_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has its line of text."""
    monkeypatch.setattr(message, "drawable", lambda: False)
    assert attachment(said(WEEKS)) is None


def test_the_extra_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by trying to draw."""
    assert png.drawable()
    monkeypatch.setattr(png, "find_spec", lambda _: None)
    assert not png.drawable()


def test_letters_are_drawn_in_the_font_that_ships() -> None:
    """Law: a picture looks the same on every machine; without the font there would be no letters at all."""
    blank, lettered = (png.png(_page(text)) for text in ("", "Ag€→é"))
    assert blank != lettered


def _page(text: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 440 220" font-family="system-ui, sans-serif">'
        f'<text x="9" y="99">{text}</text></svg>'
    )


@given(st.text(max_size=400), st.lists(st.floats(), min_size=2, max_size=60), st.sampled_from(Unit), st.booleans())
def test_any_trail_and_text_is_drawn_as_xml(headline: str, values: list[float], unit: Unit, holds: bool) -> None:
    """Law: whatever comes from elsewhere, the picture is sound XML on its paper, or there is none."""
    at = tuple(n * DAY for n in range(len(values)))
    found = picture(said(Trail(unit, Bar.DAY, at, tuple(values), (NAN,) * len(values), holds), headline=headline))
    if found is not None:
        ET.fromstring(svg(found, PAPER))  # noqa: S314 - our own text


def test_a_file_is_named_whatever_the_alert_is_called() -> None:
    """No name leaves its folder."""
    strange = replace(transition(), alert="../a b/ü" + "x" * 300)
    name = file_name(replace(NOTIFICATION, transitions=(strange,)))
    assert name.startswith("___a_b_ü")
    assert len(name) == 100


def size(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG whose every chunk is whole and whose pixels can be unpacked."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, pixels, extent = 8, b"", (0, 0)
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + body),)
        extent = struct.unpack(">II", body[:8]) if kind == b"IHDR" else extent
        pixels += body if kind == b"IDAT" else b""
        at += 12 + length
    assert len(zlib.decompress(pixels)) >= extent[0] * extent[1]
    return extent


@pytest.mark.parametrize(
    ("values", "below"), [((1.0, 3.0, 2.5), True), ((1.0, 2.0, 3.0), False), ((9.0, 9.0, 0.0), False)]
)
def test_the_number_stands_where_no_line_comes_from(values: tuple[float, ...], *, below: bool) -> None:
    """Below what has fallen, unless the axis is there; above all else."""
    root = drawn(said(Trail(Unit.NUMBER, Bar.DAY, (0, DAY, 2 * DAY), values, (NAN,) * 3)))
    (label,), (mark,) = of_class(root, "mark"), of_class(root, "fired")
    y = float(mark.get("d", "").partition(",")[2].partition("m")[0])
    assert (float(label.get("y", "0")) > y) is below
