"""A seal as a vector drawing: ring, star, the name along the arc, its purpose below, and that it is a sample. Pure.

All numbers are millimetres from the middle of the seal, y downwards. Characters are outlines, so that a seal looks the
same where no Chinese font is installed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from gateway.seals.faces import Face
from gateway.seals.glyphs import Placing, outlines

RING = 1.2
"""The width of the outer ring."""
RED = "#c8161d"
NOTICE = "示例章非认证印章产品"
"""On every seal, in small characters: whoever sees its picture sees its limits."""
_GAP = 0.8
_STAR_RADIUS, _STAR_POINTS, _STAR_WAIST = 6.8, 5, 0.381966
_STAR_Y = -1.6
_TALLEST, _LOWEST, _STEP = 5.2, 2.0, 0.1
_NARROWEST = 0.58
"""How far a character is condensed: its width by its height."""
_WIDEST_PITCH = 1.55
"""The most room that a character of a short name takes, by its height."""
_TIGHT = 0.96
_ARC, _LONG_ARC, _LONG_NAME = math.radians(228), math.radians(276), 16
_INNER = 0.42
_PURPOSE_HEIGHT, _PURPOSE_TOP, _PURPOSE_LEAD = 2.75, 7.1, 3.5
_NOTICE_HEIGHT, _NOTICE_ARC = 1.25, math.radians(50)
_BOLD = 0.14
"""The outline is drawn this wide, too: stamps are bolder than print."""


def svg(face: Face) -> bytes:
    """The drawing at its true size. Raises Unprintable."""
    edge = face.diameter
    radius = (edge - RING) / 2
    half = edge / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{edge:g}mm" height="{edge:g}mm"'
        f' viewBox="{-half:g} {-half:g} {edge:g} {edge:g}">'
        f"<title>{_escaped(face.title)}</title>"
        f'<circle r="{radius:g}" fill="none" stroke="{RED}" stroke-width="{RING:g}"/>'
        f'<path fill="{RED}" d="{_star()}"/>'
        f'<path fill="{RED}" stroke="{RED}" stroke-width="{_BOLD:g}" d="{outlines([*name(face), *purpose(face)])}"/>'
        f'<path fill="{RED}" d="{outlines(list(notice(face)))}"/></svg>'
    ).encode()


def name(face: Face) -> Iterator[Placing]:
    """The name along the arc, left to right, evenly spread and even on both sides; long ones are condensed, then lower.

    The tops of the characters stand along the inner side of the ring, the feet towards the middle.
    """
    count = len(face.name)
    arc = _ARC if count <= _LONG_NAME else _LONG_ARC
    height, pitch = _fitted(face, count, arc)
    radius = _rim(face) - height / 2
    width = min(height, _room(radius, height, pitch))
    first = -pitch * (count - 1) / 2
    for nth, character in enumerate(face.name):
        yield _on_arc(character, radius, first + nth * pitch, height=height, width=width)


def purpose(face: Face) -> Iterator[Placing]:
    """The lines below the star, each in the middle."""
    for nth, line in enumerate(face.purpose):
        left = -_PURPOSE_HEIGHT * (len(line) - 1) / 2
        for place, character in enumerate(line):
            yield Placing(
                character=character,
                x=left + place * _PURPOSE_HEIGHT,
                y=_PURPOSE_TOP + nth * _PURPOSE_LEAD,
                height=_PURPOSE_HEIGHT,
                width=_PURPOSE_HEIGHT,
            )


def notice(face: Face) -> Iterator[Placing]:
    """That it is a sample, along the lower arc, to be read from left to right."""
    radius = _rim(face) - _NOTICE_HEIGHT / 2
    pitch = _NOTICE_ARC / (len(NOTICE) - 1)
    for nth, character in enumerate(NOTICE):
        angle = _NOTICE_ARC / 2 - nth * pitch
        yield Placing(
            character=character,
            x=radius * math.sin(angle) * -1,
            y=radius * math.cos(angle),
            height=_NOTICE_HEIGHT,
            width=_NOTICE_HEIGHT,
            turned=(math.cos(angle), math.sin(angle)),
        )


def _rim(face: Face) -> float:
    """Where the tops of what stands along the ring lie."""
    return face.diameter / 2 - RING - _GAP


def _room(radius: float, height: float, pitch: float) -> float:
    """How wide a character may be: neighbours are closest at their feet."""
    return _TIGHT * pitch * (radius - _INNER * height)


def _fitted(face: Face, count: int, arc: float) -> tuple[float, float]:
    """Height of the characters, and the angle from one to the next: as tall as they fit when condensed."""
    steps = range(round((_TALLEST - _LOWEST) / _STEP) + 1)
    for height in (_TALLEST - nth * _STEP for nth in steps):
        radius = _rim(face) - height / 2
        pitch = min(arc / max(1, count - 1), _WIDEST_PITCH * height / radius)
        if _room(radius, height, pitch) >= _NARROWEST * height:
            return height, pitch
    return _LOWEST, arc / (count - 1)


def _on_arc(character: str, radius: float, angle: float, *, height: float, width: float) -> Placing:
    """`angle` is clockwise from the top."""
    sine, cosine = math.sin(angle), math.cos(angle)
    return Placing(
        character=character,
        x=radius * sine,
        y=-radius * cosine,
        height=height,
        width=width,
        turned=(cosine, sine),
    )


def _star() -> str:
    """A five-pointed star with straight edges, one point up."""
    corners = []
    for nth in range(2 * _STAR_POINTS):
        radius = _STAR_RADIUS * (_STAR_WAIST if nth % 2 else 1)
        angle = nth * math.pi / _STAR_POINTS
        corners.append(f"{radius * math.sin(angle):.3f} {_STAR_Y - radius * math.cos(angle):.3f}")
    return f"M{'L'.join(corners)}Z"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
