"""Cleaners for amounts, ratios and counts. Amounts stay decimal text: binary fractions never touch money."""

from __future__ import annotations

import re
from decimal import Decimal

from adapters.mapping.cleaners.capitals import from_capitals, is_in_capitals
from adapters.mapping.problems import AMOUNT, AMOUNT_FRACTION, COUNT, RATIO, Dirty

_AMOUNT = re.compile(
    r"(?:人民币|RMB|CNY|[¥￥])?\s*([+-]?)(\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(\.\d{1,6})?\s*+(万)?\s*+(?:元|圆|RMB|CNY)?(?:整|正)?",
    re.ASCII | re.IGNORECASE,
)
_COUNT = re.compile(r"(\d{1,9})(?:\.0+)?\s*(?:人|名|位|天|日|晚|夜|次|个|间|份|小时|分钟)?", re.ASCII)
_RATIO = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*(%|‰)?", re.ASCII)
_CENT = Decimal("0.01")
_BASIS_POINT = Decimal("0.0001")


def cn_amount(value: str | int | float) -> str:
    """Yuan with two decimals, `12800.50`, from `¥12,800.5`, `1.28万元`, `壹仟玖佰元整` or a number.

    Fractions of a fen are refused.
    """
    if not isinstance(value, str) and 0 < value < 1e13 and float(text := f"{value:.2f}") == value:
        return text  # up to 15 digits, two decimals that read back as the same number are the ones meant
    text = value if isinstance(value, str) else _plain(value)
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return _in_capitals(text)
    sign, whole, fraction, ten_thousand = match.groups()
    amount = Decimal(sign + whole.replace(",", "") + (fraction or "")) * (10000 if ten_thousand else 1)
    cents = amount.quantize(_CENT)
    if cents != amount:
        raise Dirty(AMOUNT_FRACTION)
    return format(abs(cents) if cents == 0 else cents, "f")


def _in_capitals(text: str) -> str:
    amount = from_capitals(text) if is_in_capitals(text) else None
    if amount is None:
        raise Dirty(AMOUNT)
    return format(amount.quantize(_CENT), "f")


def percent(value: str | int | float) -> str:
    """Per cent as decimal text: `30%`, `30` and 30 give `30`; `5‰` gives `0.5`."""
    number, sign = _ratio(value)
    return _short(number / 10 if sign == "‰" else number)


def share(value: str | int | float) -> str:
    """Per cent as decimal text from partners who write shares: 0.3 and `30%` give `30`."""
    number, sign = _ratio(value)
    return _short(number * {"%": 1, "‰": Decimal("0.1"), None: 100}[sign])


def count(value: str | int | float) -> int:
    """A whole number, not negative: `3`, `3.0`, `3人`."""
    if not isinstance(value, str):
        if value != value or value < 0 or value > 1e9 or value != int(value):
            raise Dirty(COUNT)
        return int(value)
    match = _COUNT.fullmatch(value)
    if match is None:
        raise Dirty(COUNT)
    return int(match[1])


def _ratio(value: str | int | float) -> tuple[Decimal, str | None]:
    match = _RATIO.fullmatch(value if isinstance(value, str) else _plain(value))
    if match is None:
        raise Dirty(RATIO)
    return Decimal(match[1]), match[2]


def _short(number: Decimal) -> str:
    return format(number.quantize(_BASIS_POINT).normalize(), "f")


def _plain(number: int | float) -> str:
    """The digits a partner wrote: repr is the shortest text that reads back as the same float."""
    return format(Decimal(repr(number)), "f")
