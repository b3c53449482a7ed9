"""SVG text → PNG bytes, where the extra `chart` is installed: the only file that knows resvg."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

WIDTH = 1200
"""Pixels: sharp on a phone; the height follows."""
_FONT = Path(__file__).parent / "font" / "DejaVuSans.ttf"
_FAMILY = "DejaVu Sans"


def drawable() -> bool:
    """Whether the extra is there."""
    return find_spec("resvg_py") is not None


def png(svg: str) -> bytes:
    """The picture, in the font that ships with the program, so that it looks the same everywhere."""
    from resvg_py import svg_to_bytes  # noqa: PLC0415 - it is optional

    return svg_to_bytes(
        svg_string=svg,
        width=WIDTH,
        skip_system_fonts=True,
        font_files=[str(_FONT)],
        font_family=_FAMILY,
        sans_serif_family=_FAMILY,
    )
