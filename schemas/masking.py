"""How personal values look where a person may read them: findings, pages, logs, exports.

Document numbers keep the first 3 and last 4 characters (resident identity) or 2 and 2 (passports and permits), phones
3 and 4, names the surname, what may be anything its first character. A value too short to hide anything is hidden
whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from schemas.findings import veiled

_STAR = "*"

_COMPOUND_SURNAMES = """
欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容
仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐
段干 百里 呼延 东郭 南门 羊舌 微生 左丘 东门 西门 第五
"""
# A name that begins with one of these keeps both characters.
COMPOUND_SURNAMES = frozenset(_COMPOUND_SURNAMES.split())


class Classed(Protocol):
    """Knows the class of personal data at a JSON pointer, as `catalog.Kind` does."""

    def pii(self, pointer: str) -> str | None: ...


def mask(value: object, pii: str | None) -> str | None:
    """`value` as text, masked as its class demands; None stays None, an unknown class hides all."""
    if value is None:
        return None
    text = str(value)
    return text if pii is None else _MASKS.get(pii, _hide)(text)


def mask_misplaced(text: str) -> str:
    """A value that is not what its field wants: where there are letters in it, it may be what somebody is called."""
    return _mixed(text) if any(map(str.isalpha, text)) else text


def masked(body: Any, kind: Classed, pointer: str = "") -> Any:
    """A canonical body of `kind` with every personal value masked as its class demands, and no number of a person left
    in a text where it does not belong.
    """
    if isinstance(body, dict):
        return {name: masked(item, kind, f"{pointer}/{name}") for name, item in body.items()}
    if isinstance(body, list):
        return [masked(item, kind, f"{pointer}/{index}") for index, item in enumerate(body)]
    pii = kind.pii(pointer)
    if pii is not None:
        return mask(body, pii)
    return veiled(body) if isinstance(body, str) else body


def _keep(text: str, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    if hidden < 1:
        return _hide(text)
    return text[:head] + _STAR * hidden + text[len(text) - tail :]


def _hide(text: str) -> str:
    return _STAR * min(len(text), 8)


def _id_number(text: str) -> str:
    return _keep(text, 3, 4) if len(text) >= 15 else _keep(text, 2, 2)


def _phone(text: str) -> str:
    return _keep(text, 3, 4)


def _name(text: str) -> str:
    if text.isascii():
        surname, separator, given = text.partition("/" if "/" in text else " ")
        return surname + separator + _STAR * len(given) if given else _keep(text, 1, 0)
    surname = 2 if len(text) > 2 and text[:2] in COMPOUND_SURNAMES else 1
    return _keep(text, surname, 0)


def _mixed(text: str) -> str:
    return _keep(text, 1, 0)


def _birth(text: str) -> str:
    year, dash, _ = text.partition("-")
    return f"{year}-**-**" if dash else _hide(text)


def _email(text: str) -> str:
    user, at, domain = text.rpartition("@")
    return user[:1] + _STAR * 3 + at + domain if at else _hide(text)


def _address(text: str) -> str:
    return _keep(text, 3, 0)


_MASKS: dict[str, Callable[[str], str]] = {
    "id_number": _id_number,
    "phone": _phone,
    "name": _name,
    "birth": _birth,
    "email": _email,
    "address": _address,
    "mixed": _mixed,
}
