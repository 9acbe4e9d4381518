"""What a case of the conformance suite is, the good record that all begin with, and the ways to spoil it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from schemas.samples import resident_id

Body = dict[str, Any]

TODAY = date.today()
DEPART_ON = TODAY + timedelta(days=30)
DROP = object()


@dataclass(frozen=True)
class Case:
    """One record. `after` names the case that was sent before under the same number.

    `unsaid` gives, by door, why it cannot express the record. `otherwise` gives, by door, the findings that it has in
    place of `codes`, and why: a mapping judges a value before the schema sees it.
    """

    name: str
    change: Callable[[Body], object]
    status: str
    codes: tuple[str, ...] = ()
    after: str | None = None
    amend: bool = False
    unsaid: Mapping[str, str] = field(default_factory=dict)
    otherwise: Mapping[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)

    @property
    def is_stored(self) -> bool:
        return self.status in ("accepted", "amended", "unchanged")

    def body(self, number: int) -> Body:
        """The record in canonical form; the same in every tenant. One that comes after another is spelt anew."""
        found = good(number)
        self.change(found)
        return found if self.after is None else dict(reversed(found.items()))


def good(number: int) -> Body:
    """A contract that every door can express, and that draws no finding."""
    return {
        "business_no": f"SAME-{number:04d}",
        "contract_type": "domestic",
        "template": "GF-2014-2401",
        "agency": {
            "name": "北京示例国际旅行社有限公司",
            "license_no": "L-BJ-CJ00144",
            "uscc": "91350100M000100Y43",
            "contact_name": "钱示例",
            "contact_phone": "13900139000",
        },
        "group_no": f"SAME-T{number:03d}",
        "route_name": "三亚双飞五日游",
        "depart_on": DEPART_ON.isoformat(),
        "return_on": (DEPART_ON + timedelta(days=4)).isoformat(),
        "headcount": 2,
        "adult_count": 2,
        "child_count": 0,
        "travellers": [_guest(number * 2 + row, row) for row in range(2)],
        "total_price": "7960.00",
        "itinerary": {
            "departure_city": {"city": "北京"},
            "days": [{"day": day, "description": f"第 {day} 天 示例景区游览"} for day in range(1, 6)],
        },
        "insurance": {"mode": "declined"},
    }


def _guest(index: int, row: int) -> Body:
    return {
        "seq_no": row + 1,
        "name": ("张示例", "李样本")[row],
        "sex": "1" if index % 2 else "2",
        "is_signer": row == 0,
        "mobile": f"139{index:08d}",
        "document": {"type": "resident_id", "number": resident_id(index)},
    }


def put(path: str, value: Any) -> Callable[[Body], object]:
    """A change of one field; `DROP` takes it away."""

    def change(body: Body) -> None:
        node: Any = body
        *way, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
        for step in way:
            node = node[step] if isinstance(step, int) else node.setdefault(step, {})
        if value is DROP:
            del node[last]
        else:
            node[last] = value

    return change


def every(*changes: Callable[[Body], object]) -> Callable[[Body], object]:
    return lambda body: [change(body) for change in changes]


def as_it_is(body: Body) -> None:
    """No change."""


def wrong_digit(body: Body) -> None:
    document = body["travellers"][1]["document"]
    document["number"] = document["number"][:-1] + ("1" if document["number"][-1] != "1" else "2")


def same_person_twice(body: Body) -> None:
    body["travellers"][1]["document"] = copy.deepcopy(body["travellers"][0]["document"])
    body["travellers"][1]["sex"] = body["travellers"][0]["sex"]


def passports(body: Body) -> None:
    for row, guest in enumerate(body["travellers"]):
        guest["document"] = {"type": "passport", "number": f"E1000000{row}"}
