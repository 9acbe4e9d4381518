"""The characters of the one font that seals are drawn and rosters are set in: its outlines, and what it lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

FONT = Path(__file__).with_name("font") / "NotoSerifSC-Regular.ttf"
FAMILY = "Noto Serif SC"
_CENTRE = 0.38
"""Where the middle of a Chinese character lies above the base line, in ems: half of 0.88 - 0.12."""


class Unprintable(Exception):
    """Characters that the font has no picture of: they are named, never printed as empty boxes."""

    def __init__(self, characters: str) -> None:
        super().__init__(characters)
        self.characters = characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Where a character stands: its middle in millimetres, its height and width, and how it is turned, as cosine and
    sine of the angle clockwise.
    """

    character: str
    x: float
    y: float
    height: float
    width: float
    turned: tuple[float, float] = (1.0, 0.0)


def must_be_printable(text: str) -> None:
    """Raises Unprintable."""
    if lacking := "".join(sorted({each for each in text if ord(each) not in _known() and not each.isspace()})):
        raise Unprintable(lacking)


@cache
def _known() -> frozenset[int]:
    with _opened() as font:
        return frozenset(_names(font))


def _names(font: TTFont) -> Mapping[int, str]:
    """The names of glyphs by code point."""
    return font.getBestCmap() or {}


@contextmanager
def _opened() -> Iterator[TTFont]:
    with TTFont(FONT, lazy=True) as font:
        yield font


def outlines(placings: list[Placing]) -> str:
    """The characters as the data of one SVG path, in millimetres, y downwards. Raises Unprintable."""
    must_be_printable("".join(each.character for each in placings))
    with _opened() as font:
        names = _names(font)
        glyphs, em = font.getGlyphSet(), font["head"].unitsPerEm  # pyright: ignore[reportAttributeAccessIssue]
        pen = SVGPathPen(glyphs, ntos=lambda number: f"{number:.3f}".rstrip("0").rstrip("."))
        for each in placings:
            glyph = glyphs[names[ord(each.character)]]
            glyph.draw(TransformPen(pen, _matrix(each, glyph.width / em, em)))
        return pen.getCommands()


def _matrix(placing: Placing, advance: float, em: float) -> tuple[float, float, float, float, float, float]:
    """From units of the font to its place: the middle of the character to the middle of the placing."""
    across, down = placing.width / em, placing.height / em
    cosine, sine = placing.turned
    left, middle = -advance * em / 2, -_CENTRE * em
    a, b, c, d = across * cosine, across * sine, down * sine, -down * cosine
    return a, b, c, d, placing.x + a * left + c * middle, placing.y + b * left + d * middle
