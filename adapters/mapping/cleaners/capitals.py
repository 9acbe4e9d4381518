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
_NAMES = "零壹贰叁肆伍陆柒捌玖"
_TOO_LARGE = 10**12


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


def to_capitals(amount: Decimal) -> str:
    """An amount of yuan as contracts write it: `12800.50` is 壹万贰仟捌佰元伍角整.

    Raises ValueError for one that is negative, has parts of a 分, or is 10^12 or more.
    """
    fen = amount * 100
    if amount < 0 or fen != int(fen) or amount >= _TOO_LARGE:
        raise ValueError(f"no amount of a contract: {amount}")
    whole, rest = divmod(int(fen), 100)
    jiao, cents = divmod(rest, 10)
    written = _whole(whole)
    if jiao:
        written += f"{_NAMES[jiao]}角"
    if cents:
        written += ("零" if whole and not jiao else "") + f"{_NAMES[cents]}分"
    return (written or _NOUGHT) + ("" if cents else "整")


def _whole(number: int) -> str:
    """The yuan of an amount; "" for none."""
    written = ""
    for value, unit in ((10**8, "亿"), (10**4, "万"), (1, "元")):
        section, number = divmod(number, value)
        if section:
            gap = "零" if written and (section < 1000 or written.endswith("零")) else ""
            written += gap + _four(section) + unit
        elif unit == "元" and written:
            written += unit
    return written


def _four(number: int) -> str:
    written = ""
    for unit, value in (*_PLACES, ("", 1)):
        digit, number = divmod(number, value)
        if digit:
            written += _NAMES[digit] + unit
        elif written and number and not written.endswith("零"):
            written += "零"
    return written
