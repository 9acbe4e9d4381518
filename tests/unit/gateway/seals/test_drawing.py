"""The drawing of a seal: right sizes, even spread, legible for short and very long names, the same without fonts."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from lxml import etree

from gateway.seals import drawing
from gateway.seals.faces import LONGEST_NAME, SealKind, face_of
from gateway.seals.glyphs import Placing, Unprintable, must_be_printable

NAMES = {
    "one": "社",
    "short": "厦门社",
    "usual": "北京示例国际旅行社有限公司",
    "long": "中国示例国际旅行社集团股份有限公司内蒙古自治区呼伦贝尔市分公司",
    "longest": "示例" * (LONGEST_NAME // 2),
}
every_name = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)


def angle(placing: Placing) -> float:
    """Clockwise from the top."""
    return math.atan2(placing.x, -placing.y)


@pytest.mark.parametrize(
    ("kind", "name", "millimetres"),
    [
        (SealKind.AUDIT, "北京市旅游发展委员会", 42),
        (SealKind.AUDIT, NAMES["long"], 42),
        (SealKind.REPORT, NAMES["usual"], 42),
        (SealKind.REPORT, NAMES["long"], 45),
    ],
)
def test_a_seal_has_its_size(kind: SealKind, name: str, millimetres: int) -> None:
    drawn = etree.fromstring(drawing.svg(face_of(kind, name)))
    assert (drawn.get("width"), drawn.get("height")) == (f"{millimetres}mm", f"{millimetres}mm")
    ring = drawn.find("{*}circle")
    assert 2 * float(ring.get("r")) + float(ring.get("stroke-width")) == pytest.approx(millimetres)


@every_name
def test_the_name_is_spread_evenly_from_left_to_right(name: str) -> None:
    placings = list(drawing.name(face_of(SealKind.REPORT, name)))
    angles = [angle(each) for each in placings]
    assert "".join(each.character for each in placings) == name
    assert angles[0] == pytest.approx(-angles[-1])
    steps = {round(after - before, 9) for before, after in pairwise(angles)}
    assert len(steps) <= 1
    assert all(step > 0 for step in steps)


@every_name
def test_no_characters_touch_each_other_or_the_ring(name: str) -> None:
    face = face_of(SealKind.REPORT, name)
    placings = list(drawing.name(face))
    inner = face.diameter / 2 - drawing.RING
    for each in placings:
        assert math.hypot(each.width / 2, math.hypot(each.x, each.y) + each.height / 2) < inner
    for before, after in pairwise(placings):
        foot = math.hypot(before.x, before.y) - before.height / 2
        assert (before.width + after.width) / 2 <= (angle(after) - angle(before)) * (foot + before.height * 0.1)


@every_name
def test_the_purpose_and_the_notice_keep_clear_of_the_name(name: str) -> None:
    face = face_of(SealKind.AUDIT, name)
    along = list(drawing.name(face))
    for each in (*drawing.purpose(face), *drawing.notice(face)):
        near = min(math.hypot(each.x - other.x, each.y - other.y) for other in along)
        assert near > (each.height + along[0].width) / 2, each.character


def test_names_are_condensed_before_they_become_lower() -> None:
    short, usual, longest = (
        next(drawing.name(face_of(SealKind.REPORT, NAMES[each]))) for each in ("short", "usual", "longest")
    )
    assert short.width == short.height
    assert short.height == usual.height > usual.width
    assert usual.height > longest.height >= 2.0


def test_a_seal_needs_no_font_where_it_is_shown() -> None:
    drawn = drawing.svg(face_of(SealKind.REPORT, NAMES["usual"]))
    assert b"<text" not in drawn
    assert drawn == drawing.svg(face_of(SealKind.REPORT, NAMES["usual"]))


def test_rare_characters_of_names_are_drawn() -> None:
    must_be_printable("䶮㛃𬱟𫖯喆堃·ÜÀ 示例")
    assert drawing.svg(face_of(SealKind.REPORT, "䶮㛃𬱟旅行社")) != drawing.svg(
        face_of(SealKind.REPORT, "示示示旅行社")
    )


def test_what_the_font_lacks_is_named() -> None:
    with pytest.raises(Unprintable) as refused:
        drawing.svg(face_of(SealKind.REPORT, "示例𠮷旅行社"))
    assert refused.value.characters == "𠮷"


@pytest.mark.parametrize("name", ["", "　", "示" * (LONGEST_NAME + 1)])
def test_a_name_that_no_seal_holds_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        face_of(SealKind.REPORT, name)
