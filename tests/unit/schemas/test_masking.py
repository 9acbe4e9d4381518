"""What a person may see of personal data."""

from __future__ import annotations

import pytest

from schemas.masking import mask, mask_misplaced


@pytest.mark.parametrize(
    ("value", "pii", "shown"),
    [
        ("11010519491231002X", "id_number", "110***********002X"),
        ("E12345678", "id_number", "E1*****78"),
        ("123", "id_number", "***"),
        ("13800138000", "phone", "138****8000"),
        ("1380013", "phone", "*******"),
        ("张三", "name", "张*"),
        ("欧阳示例", "name", "欧阳**"),
        ("欧阳", "name", "欧*"),
        ("ZHANG SAN", "name", "ZHANG ***"),
        ("ZHANG/SAN", "name", "ZHANG/***"),
        ("1949-12-31", "birth", "1949-**-**"),
        ("68", "birth", "**"),
        ("someone@mail.example", "email", "s***@mail.example"),
        ("北京市朝阳区示例路", "address", "北京市******"),
        ("糖尿病", "health", "***"),
        ("周示例", "mixed", "周**"),
        ("110105199001011234 Zhou", "mixed", "1**********************"),
        ("any", "a class of tomorrow", "***"),
        ("三亚", None, "三亚"),
        (None, "name", None),
    ],
)
def test_each_class_keeps_only_what_it_may(value, pii, shown):
    assert mask(value, pii) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("周示例", "周**"), ("2017-13-45", "2017-13-45"), ("Zhou Shili", "Z*********"), ("", "")]
)
def test_what_belongs_nowhere_keeps_its_first_character_and_figures(value, shown):
    assert mask_misplaced(value) == shown
