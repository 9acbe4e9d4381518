"""The named forms in which a portal may want a canonical value: `as: compact_date`. Cleaners, the other way round."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from adapters.mapping.cleaners.moments import CHINA

Writer = Callable[[Any], Any]


def text(value: Any) -> str:
    """Any value as text; truth values as `true` and `false`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def number(value: str) -> float:
    """An amount as a number: `200000.00` as 200000.0."""
    return float(value)


def one_zero(value: bool) -> str:
    """`1` or `0`."""
    return "1" if value else "0"


def bit(value: bool) -> int:
    """1 or 0, as a number."""
    return int(value)


def shi_fou(value: bool) -> str:
    """是 or 否."""
    return "是" if value else "否"


def joined(value: list[Any]) -> str:
    """The single values of a list, `普通话、英语`."""
    return "、".join(map(str, value))


def compact_date(value: str) -> str:
    """`20261102`."""
    return value.replace("-", "")


def slash_date(value: str) -> str:
    """`2026/11/2`."""
    year, month, day = map(int, value.split("-"))
    return f"{year}/{month}/{day}"


def chinese_date(value: str) -> str:
    """`2026年11月2日`."""
    year, month, day = map(int, value.split("-"))
    return f"{year}年{month}月{day}日"


def midnight(value: str) -> str:
    """`2026-11-02T00:00:00`, as .NET writes days."""
    return f"{value}T00:00:00"


def epoch_ms(value: str) -> int:
    """Milliseconds since 1970 of a day's midnight, or of a moment, in China."""
    return int(datetime.fromisoformat(value).replace(tzinfo=CHINA).timestamp() * 1000)


WRITERS: dict[str, Writer] = {
    "text": text,
    "number": number,
    "one_zero": one_zero,
    "bit": bit,
    "shi_fou": shi_fou,
    "joined": joined,
    "compact_date": compact_date,
    "slash_date": slash_date,
    "chinese_date": chinese_date,
    "midnight": midnight,
    "epoch_ms": epoch_ms,
}

# What a writer takes, where it is not everything: JSON type, or the format of a text.
TAKES: dict[str, str] = {
    "number": "money",
    "one_zero": "boolean",
    "bit": "boolean",
    "shi_fou": "boolean",
    "joined": "array",
    "compact_date": "date",
    "slash_date": "date",
    "chinese_date": "date",
    "midnight": "date",
    "epoch_ms": "date",
}
