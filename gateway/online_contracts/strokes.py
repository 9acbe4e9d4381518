"""A signature as it was drawn: strokes of points, which only become a picture here.

A picture from a browser would have to be opened; points are numbers. Who cannot draw writes the name instead.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import orjson
from PIL import Image, ImageDraw, ImageFont

from gateway.seals.glyphs import FONT

WIDTH, HEIGHT = 600, 240
"""Of the field that is drawn in; points lie within."""
MOST_STROKES, MOST_POINTS = 200, 6000
_PEN, _MARGIN, _NAME_SIZE, _APART = 5, 10, 120, 60
Stroke = Sequence[tuple[int, int]]


def read_strokes(text: str) -> list[Stroke]:
    """Strokes as a page sends them: [[[x, y], ...], ...]. Raises ValueError for anything else, and for a mere dot."""
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValueError("no strokes") from None
    if not isinstance(told, list) or not 1 <= len(told) <= MOST_STROKES:
        raise ValueError("no strokes")
    strokes = [_stroke(each) for each in told]
    if sum(map(len, strokes)) > MOST_POINTS or sum(map(len, strokes)) < 2:
        raise ValueError("too many or too few points")
    return strokes


def _stroke(told: object) -> Stroke:
    if not isinstance(told, list):
        raise ValueError("no stroke")
    return [_point(each) for each in told]


def _point(told: object) -> tuple[int, int]:
    if not isinstance(told, list) or len(told) != len((WIDTH, HEIGHT)):
        raise ValueError("no point")
    x, y = told
    if type(x) is not int or type(y) is not int or not (0 <= x <= WIDTH and 0 <= y <= HEIGHT):
        raise ValueError("a point outside the field")
    return x, y


def picture_of_all(drawings: Sequence[bytes]) -> bytes:
    """What stands in the place of the travellers' signature: drawings as they are kept, side by side."""
    pictures = [_picture(each) for each in drawings]
    return pictures[0] if len(pictures) == 1 else side_by_side(pictures)


def _picture(drawing: bytes) -> bytes:
    told = orjson.loads(drawing)
    if "typed" in told:
        return written(told["typed"])
    return picture_of([[(x, y) for x, y in stroke] for stroke in told["strokes"]])


def picture_of(strokes: Sequence[Stroke]) -> bytes:
    """A PNG of what was drawn, black on nothing, cut to the strokes."""
    image = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        if len(stroke) > 1:
            pen.line([*stroke], fill="black", width=_PEN, joint="curve")
        for x, y in stroke:
            pen.ellipse((x - _PEN / 2, y - _PEN / 2, x + _PEN / 2, y + _PEN / 2), fill="black")
    return _png(image)


def written(name: str) -> bytes:
    """A PNG of a name that was typed in place of a signature."""
    font = ImageFont.truetype(str(FONT), _NAME_SIZE)
    left, top, right, bottom = font.getbbox(name)
    image = Image.new("RGBA", (int(right - left) + 2 * _MARGIN, int(bottom - top) + 2 * _MARGIN), (0, 0, 0, 0))
    ImageDraw.Draw(image).text((_MARGIN - left, _MARGIN - top), name, font=font, fill="black")
    return _png(image)


def side_by_side(pictures: Sequence[bytes]) -> bytes:
    """Several signatures as one picture, each as high as the others."""
    opened = [Image.open(io.BytesIO(each)) for each in pictures]
    scaled = [each.resize((max(1, each.width * HEIGHT // each.height), HEIGHT)) for each in opened]
    image = Image.new("RGBA", (sum(each.width for each in scaled) + _APART * (len(scaled) - 1), HEIGHT), (0, 0, 0, 0))
    at = 0
    for each in scaled:
        image.paste(each, (at, 0))
        at += each.width + _APART
    return _png(image)


def _png(image: Image.Image) -> bytes:
    box = image.getbbox()
    kept = io.BytesIO()
    (image.crop(box) if box else image).save(kept, "PNG")
    return kept.getvalue()
