"""Amounts in capital numerals, written and read again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mapping.cleaners.capitals import from_capitals, to_capitals


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        pytest.param("0", "零元整", id="nothing"),
        pytest.param("1900", "壹仟玖佰元整", id="whole"),
        pytest.param("12800.50", "壹万贰仟捌佰元伍角整", id="jiao"),
        pytest.param("1004.05", "壹仟零肆元零伍分", id="fen alone"),
        pytest.param("0.05", "伍分", id="fen only"),
        pytest.param("100000", "壹拾万元整", id="ten thousands"),
        pytest.param("100500000", "壹亿零伍拾万元整", id="gap before ten thousands"),
        pytest.param("200000003.21", "贰亿零叁元贰角壹分", id="gap over a section"),
        pytest.param("10000050", "壹仟万零伍拾元整", id="gap before ones"),
    ],
)
def test_amounts_are_written_as_bills_write_them(amount: str, written: str) -> None:
    assert to_capitals(Decimal(amount)) == written


@given(st.integers(100, 10**14 - 1))
def test_what_is_written_is_read_again(fen: int) -> None:
    amount = Decimal(fen) / 100
    assert from_capitals(to_capitals(amount)) == amount


@pytest.mark.parametrize("amount", ["-1", "0.001", "1000000000000"])
def test_what_is_no_amount_of_a_contract_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        to_capitals(Decimal(amount))
