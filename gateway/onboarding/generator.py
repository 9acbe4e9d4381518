"""Synthetic records to try things out with: valid, or dirty in ways that are met; a seed gives the same again. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from schemas import samples

MOST = 1000
_FAR_APART = 100_000
Body = dict[str, Any]
_MAKERS: dict[str, Callable[[int], Body]] = {"contract": samples.contract, "roster": samples.roster}
KINDS = tuple(_MAKERS)


def generated(kind: str, count: int, *, seed: int, today: date, dirty: bool = False) -> Iterator[Body]:
    """`count` records of a kind that depart within weeks of `today`. Of `dirty` ones about every other has a flaw.

    Raises KeyError for a kind that there are no samples of.
    """
    make, chance = _MAKERS[kind], random.Random(seed)  # noqa: S311 - nothing here is secret
    later = today - samples.CHECKED_ON
    for number in range(count):
        body = _moved(make(seed % _FAR_APART * MOST + number), later)
        if dirty and chance.random() < 0.5:
            chance.choice(_FLAWS)(chance, body)
        yield body


def _moved(value: Any, by: timedelta) -> Any:
    """The same with every day later by so much; birthdays stay."""
    if isinstance(value, dict):
        return {name: item if name == "birth_date" else _moved(item, by) for name, item in value.items()}
    if isinstance(value, list):
        return [_moved(item, by) for item in value]
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        try:
            return (date.fromisoformat(value) + by).isoformat()
        except ValueError:
            return value
    return value


def _people(body: Body) -> list[Body]:
    return body["travellers"]


def _wrong_check_digit(chance: random.Random, body: Body) -> None:
    document = chance.choice(_people(body))["document"]
    last = document["number"][-1]
    document["number"] = document["number"][:-1] + ("1" if last != "1" else "2")


def _no_name(chance: random.Random, body: Body) -> None:
    del chance.choice(_people(body))["name"]


def _twice(chance: random.Random, body: Body) -> None:
    _people(body).append(dict(chance.choice(_people(body))))


def _unknown_field(chance: random.Random, body: Body) -> None:
    body["remarks2"] = "n/a"


def _wrong_type(chance: random.Random, body: Body) -> None:
    body["agency"] = body["agency"]["name"]


def _unlisted_code(chance: random.Random, body: Body) -> None:
    chance.choice(_people(body))["document"]["type"] = "library_card"


_FLAWS: Sequence[Callable[[random.Random, Body], None]] = (
    _wrong_check_digit, _no_name, _twice, _unknown_field, _wrong_type, _unlisted_code,
)  # fmt: skip
