from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mapping.chain import Chain
from adapters.mapping.cleaners import CLEANERS, NUMERIC
from adapters.mapping.cleaners.examples import EXAMPLES
from adapters.mapping.problems import Dirty
from tests.unit.adapters.helpers import chain


@pytest.mark.parametrize(
    ("cleaner", "dirty", "clean"),
    [
        ("nfkc", "Ｘ１２３／　", "X123/ "),
        ("trim", "\u200b　张三 \ufeff", "张三"),
        ("squeeze", "a \n b", "a b"),
        ("cn_date", "2017/8/4", "2017-08-04"),
        ("cn_date", "2017/08/04", "2017-08-04"),
        ("cn_date", "2017.8.4", "2017-08-04"),
        ("cn_date", "20170804", "2017-08-04"),
        ("cn_date", "2017年8月4日", "2017-08-04"),
        ("cn_date", "二〇一七年八月四日", "2017-08-04"),
        ("cn_date", "二零一七年十二月三十一日", "2017-12-31"),
        ("cn_date", "二〇一七年十月廿一日", "2017-10-21"),
        ("cn_date", "2017-08-04T00:00:00", "2017-08-04"),
        ("cn_date", "2017-08-04 12:30", "2017-08-04"),
        ("cn_date", "42951", "2017-08-04"),
        ("cn_date", 42951, "2017-08-04"),
        ("cn_date", 42951.0, "2017-08-04"),
        ("cn_date", 42951.75, "2017-08-04"),
        ("cn_date", 20170804.0, "2017-08-04"),
        ("cn_time", "8:30", "08:30"),
        ("cn_time", "8时30分", "08:30"),
        ("cn_time", "8点", "08:00"),
        ("cn_time", "1899-12-31T08:30:00", "08:30"),
        ("cn_datetime", "2026-11-02T09:30:00", "2026-11-02T09:30:00"),
        ("cn_datetime", "2026-11-02 09:30:00.123", "2026-11-02T09:30:00"),
        ("cn_datetime", "2026/11/2 9:30", "2026-11-02T09:30:00"),
        ("cn_datetime", "2026年11月2日 9时30分0秒", "2026-11-02T09:30:00"),
        ("cn_datetime", "2026年11月2日9时30分", "2026-11-02T09:30:00"),
        ("cn_datetime", "20261102093000", "2026-11-02T09:30:00"),
        ("cn_datetime", "20261102T093000", "2026-11-02T09:30:00"),
        ("cn_datetime", 20261102093000, "2026-11-02T09:30:00"),
        ("cn_datetime", "2026-11-02T01:30:00Z", "2026-11-02T09:30:00"),
        ("cn_datetime", "2026-11-01T22:30:00-03:00", "2026-11-02T09:30:00"),
        ("cn_datetime", "2026-11-02T09:30:00+0800", "2026-11-02T09:30:00"),
        ("cn_datetime", 1793583000000, "2026-11-02T09:30:00"),
        ("cn_datetime", "1793583000999", "2026-11-02T09:30:00"),
        ("cn_datetime", 1793583000, "2026-11-02T09:30:00"),
        ("cn_datetime", "/Date(1793583000000+0800)/", "2026-11-02T09:30:00"),
        ("cn_datetime", "/Date(1793583000000)/", "2026-11-02T09:30:00"),
        ("cn_datetime", "20261102", "2026-11-02T00:00:00"),
        ("cn_datetime", 20261102, "2026-11-02T00:00:00"),
        ("cn_datetime", "2026/11/2", "2026-11-02T00:00:00"),
        ("cn_datetime", 46328.395833333336, "2026-11-02T09:30:00"),
        ("cn_amount", "¥12,800.5", "12800.50"),
        ("cn_amount", "￥12800元", "12800.00"),
        ("cn_amount", "1.28万元", "12800.00"),
        ("cn_amount", "999,999,999,999,999.999999万", "9999999999999999999.99"),
        ("cn_amount", 0.1, "0.10"),
        ("cn_amount", 12800, "12800.00"),
        ("cn_amount", 12800.0, "12800.00"),
        ("cn_amount", 1e6, "1000000.00"),
        ("percent", "30%", "30"),
        ("percent", "5‰", "0.5"),
        ("percent", 0.05, "0.05"),
        ("share", 0.3, "30"),
        ("share", "30%", "30"),
        ("count", "3人", 3),
        ("count", 3.0, 3),
        ("person_name", "张 三", "张三"),
        ("person_name", "买买提•吐尔逊", "买买提·吐尔逊"),
        ("person_name", "买买提‧吐尔逊", "买买提·吐尔逊"),
        ("person_name", "买买提⋅吐尔逊", "买买提·吐尔逊"),
        ("person_name", "买买提・吐尔逊", "买买提·吐尔逊"),
        ("person_name", "买买提 · 吐尔逊", "买买提·吐尔逊"),
        ("person_name", "JOHN  SMITH", "JOHN SMITH"),
        ("person_name", "李㛃䶮𬱟", "李㛃䶮𬱟"),
        ("pinyin", "zhang/san", "ZHANG SAN"),
        ("pinyin", "ZHANG SAN", "ZHANG SAN"),
        ("pinyin", "LÜ/SHILI", "LYU SHILI"),
        ("pinyin", "LV/SHILI", "LV SHILI"),
        ("pinyin", "Zhāng Sān", "ZHANG SAN"),
        ("sex", "男", "1"),
        ("sex", "f", "2"),
        ("sex", "2", "2"),
        ("cn_mobile", "+86 138-0013 8000", "13800138000"),
        ("cn_mobile", "008613800138000", "13800138000"),
        ("phone", "010 - 12345678", "010-12345678"),
        ("document_no", "11010519491231002x", "11010519491231002X"),
        ("document_no", " e1234 5678", "E12345678"),
        ("document_no", "'110105", "110105"),
        ("document_no", '="11010519491231002X"', "11010519491231002X"),
        ("license_no", "l－bj—cj00144", "L-BJ-CJ00144"),
        ("uscc", "91350100m000100y43", "91350100M000100Y43"),
        ("yes_no", "是", True),
        ("yes_no", "N", False),
        ("country", "中国", "CN"),
        ("country", "THA", "TH"),
        ("country", "hk", "HK"),
        ("division", "110105", "110105"),
        ("division", "110105001000", "110105"),
        ("code", "A 001", "A001"),
        ("document_no", "'E12345678", "E12345678"),
    ],
)
def test_a_cleaner_reads_what_partners_write(cleaner: str, dirty: object, clean: object) -> None:
    assert chain(cleaner).scalar(dirty) == clean if cleaner != "nfkc" else CLEANERS["nfkc"](dirty) == clean


@pytest.mark.parametrize(
    ("cleaner", "value", "code"),
    [
        ("cn_date", "2017-02-30", "MAP-011"),
        ("cn_date", "明天", "MAP-010"),
        ("cn_date", 3, "MAP-012"),
        ("cn_date", 1e300, "MAP-012"),
        ("cn_datetime", 202611020930, "MAP-014"),
        ("cn_time", "25:00", "MAP-013"),
        ("cn_datetime", "2026-11-02 25:00:00", "MAP-014"),
        ("cn_datetime", "2026-02-30 09:30:00", "MAP-011"),
        ("cn_datetime", "2026-11-02 9:30:00 下午", "MAP-014"),
        ("cn_datetime", "昨天", "MAP-010"),
        ("cn_datetime", 9999999999999, "MAP-014"),
        ("cn_datetime", 20261102093000.5, "MAP-014"),
        ("cn_amount", "一万", "MAP-020"),
        ("cn_amount", "1,28", "MAP-020"),
        ("cn_amount", "1" + ",234" * 5, "MAP-020"),
        ("cn_amount", "¥2" + ",980" * 40, "MAP-020"),
        ("cn_amount", 0.001, "MAP-023"),
        ("cn_amount", "1234.567", "MAP-023"),
        ("cn_amount", "¥12,800.125元", "MAP-023"),
        ("cn_amount", "0.1234567万", "MAP-020"),
        ("cn_amount", 1e300, "MAP-020"),
        ("count", 2.5, "MAP-021"),
        ("count", -1, "MAP-021"),
        ("count", True, "MAP-021"),
        ("cn_mobile", "12345678901", "MAP-030"),
        ("person_name", "张三1", "MAP-032"),
        ("pinyin", "张三", "MAP-033"),
        ("sex", "未知", "MAP-034"),
        ("document_no", "1.10105E+17", "MAP-040"),
        ("document_no", 1.10105194912e17, "MAP-040"),
        ("document_no", 110105194912310021, "MAP-040"),
        ("document_no", 12345678.0, "MAP-041"),
        ("document_no", "身份证", "MAP-042"),
        ("license_no", "京A00144", "MAP-043"),
        ("uscc", "9135", "MAP-044"),
        ("yes_no", "也许", "MAP-050"),
        ("division", "朝阳区", "MAP-051"),
        ("country", "亚特兰蒂斯", "MAP-052"),
        ("trim", "a\0b", "MAP-004"),
        ("code", "a/b", "MAP-053"),
        ("upper", ["a", "b"], "MAP-001"),
    ],
)
def test_a_cleaner_refuses_with_a_stable_code(cleaner: str, value: object, code: str) -> None:
    with pytest.raises(Dirty) as refusal:
        chain(cleaner).scalar(value)
    assert refusal.value.problem.code == code


@pytest.mark.parametrize("name", sorted(CLEANERS))
def test_the_examples_of_a_cleaner_are_true(name: str) -> None:
    shown = EXAMPLES[name]
    assert EXAMPLES.keys() == CLEANERS.keys()
    for written, value in shown.takes.items():
        read = CLEANERS[name](written) if name in ("nfkc", "trim") else chain(name).scalar(written)
        assert (read, type(read)) == (value, type(value)), written
    for written, code in shown.refuses.items():
        with pytest.raises(Dirty) as refusal:
            chain(name).scalar(written)
        assert refusal.value.problem.code == code, written


@pytest.mark.parametrize("value", ["", "  ", "　", "无", None, [], {}, "\u200b"])
def test_blank_is_no_value(value: object) -> None:
    assert chain("cn_date").scalar(value) is None


def test_true_and_one_are_kept_apart() -> None:
    counts = chain("count")
    assert counts.scalar(1) == 1
    with pytest.raises(Dirty):
        counts.scalar(True)


def test_the_memory_of_a_chain_is_bounded() -> None:
    texts = Chain(("nfkc", "trim"), ("",))
    for number in range(10_000):
        assert texts[str(number)] == str(number)
    assert texts["x" * 1000] == "x" * 1000
    assert len(texts) <= 4096
    assert "x" * 1000 not in texts


@pytest.mark.parametrize("name", sorted(CLEANERS))
@given(text=st.text(max_size=40))
def test_any_text_is_cleaned_or_refused_and_cleaning_twice_changes_nothing(name: str, text: str) -> None:
    try:
        once = chain(name).scalar(text)
    except Dirty:
        return
    if isinstance(once, str) and name != "share":
        assert chain(name).scalar(once) == once


@pytest.mark.parametrize("name", sorted(NUMERIC))
@given(number=st.one_of(st.integers(), st.floats()))
def test_any_number_is_cleaned_or_refused(name: str, number: float) -> None:
    with suppress(Dirty):
        assert chain(name).scalar(number) is not None
