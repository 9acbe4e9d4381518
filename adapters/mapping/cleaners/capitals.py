"""Amounts in capital numerals, as bills and contracts write them so that nobody can alter them: `壹仟玖佰元整`.

The form is that of the banks' rule for bills (正确填写票据和结算凭证的基本规定): 亿, 万, 元, 角 and 分 from the
largest down, each once, and 元 always written. The 零 between digits and the 整 behind them may be missing.
"""

from __future__ import annotations

import re
from decimal import Decimal

_DIGITS = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
_D = "[壹贰叁肆伍陆柒捌玖]"
_SECTION = rf"零?(?:{_D}仟)?零?(?:{_D}佰)?零?(?:{_D}?拾)?零?{_D}?零?"
_AMOUNT = re.compile(
    rf"(?:人民币)?[:]?\s*(?:(?P<yi>{_SECTION})亿)?(?:(?P<wan>{_SECTION})万)?(?P<one>{_SECTION})[元圆]"
    rf"零?(?:(?P<jiao>{_D})角)?零?(?:(?P<fen>{_D})分)?[整正]?"
)
_VARIANTS = str.maketrans("〇弍貳弐叄参參陸柒萬億圓両兩", "零贰贰贰叁叁叁陆柒万亿圆两两")
_PLACES = (("仟", 1000), ("佰", 100), ("拾", 10))
_NOUGHT = "零元"


def is_in_capitals(text: str) -> bool:
    """Whether a text has a capital numeral, which no other amount has."""
    return any(letter in "壹贰叁肆伍陆柒捌玖拾佰仟零" for letter in text.translate(_VARIANTS))


def from_capitals(text: str) -> Decimal | None:
    """Yuan of an amount in capital numerals with its unit; None when it is none."""
    plain = text.translate(_VARIANTS)
    if plain.removeprefix("人民币").rstrip("整正").replace("圆", "元") == _NOUGHT:
        return Decimal(0)
    match = _AMOUNT.fullmatch(plain)
    if match is None or "零零" in plain:
        return None
    yi, wan, one = (_section(match[name] or "") for name in ("yi", "wan", "one"))
    if (match["yi"] is not None and not yi) or (match["wan"] is not None and not wan):
        return None
    amount = Decimal(yi * 10**8 + wan * 10**4 + one) + Decimal(_DIGITS.get(match["jiao"], 0)) / 10
    amount += Decimal(_DIGITS.get(match["fen"], 0)) / 100
    return amount or None


def _section(text: str) -> int:
    """A number of at most four digits: 玖佰零伍 is 905, 拾伍 is 15."""
    plain, total = text.replace("零", ""), 0
    for unit, value in _PLACES:
        before, found, rest = plain.partition(unit)
        if found:
            total += (_DIGITS[before] if before else 1) * value
            plain = rest
    return total + (_DIGITS[plain] if plain else 0)
