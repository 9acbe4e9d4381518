"""Synthetic, fully valid records for demonstrations, tests and benchmarks.

The same index always gives the same record. Names and addresses are made up, document numbers have right check digits
but belong to no batch that was issued, agencies are called 示例. `DEPARTURE` is the fixed day on which trips start.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from schemas.identifiers import check_character

DEPARTURE = date(2017, 8, 4)
CHECKED_ON = date(2017, 7, 28)

_SURNAMES = (
    ("张", "ZHANG"),
    ("王", "WANG"),
    ("李", "LI"),
    ("赵", "ZHAO"),
    ("欧阳", "OUYANG"),
    ("吕", "LYU"),
    ("陈", "CHEN"),
)
_GIVEN = (("示例", "SHILI"), ("样本", "YANGBEN"), ("测试", "CESHI"), ("演示", "YANSHI"), ("模拟", "MONI"))
_DIVISIONS = (("110105", "北京"), ("310115", "上海"), ("440106", "广东"), ("330106", "浙江"), ("510104", "四川"))
_AGENCIES = (
    ("北京示例国际旅行社有限公司", "L-BJ-CJ00144", "91350100M000100Y43", "110105"),
    ("上海示例旅行社有限公司", "L-SH-00321", "91110105MA00ABCD4R", "310115"),
)


def resident_id(index: int) -> str:
    """A resident identity number of an adult; even indexes are women."""
    division = _DIVISIONS[index % len(_DIVISIONS)][0]
    born = date(1955, 1, 1) + timedelta(days=(index * 97) % 14000)
    first17 = f"{division}{born:%Y%m%d}{(index * 7 % 500) * 2 + index % 2:03d}"
    return first17 + check_character(first17)


def agency(index: int) -> dict[str, Any]:
    """The agency object of both kinds."""
    name, license_no, uscc, division = _AGENCIES[index % len(_AGENCIES)]
    return {
        "name": name,
        "license_no": license_no,
        "uscc": uscc,
        "division": division,
        "contact_name": "钱示例",
        "contact_phone": "13900139000",
        "service_phone": "010-12345678",
    }


def contract(index: int, travellers: int = 3) -> dict[str, Any]:
    """A valid `contract.v1` body of a domestic tour; checked on `CHECKED_ON` it draws no finding.

    `business_no` differs for every index. `travellers` may be 1 to 2000.
    """
    depart_on = DEPARTURE + timedelta(days=index % 28)
    total = f"{travellers * 3980}.00"
    return {
        "business_no": f"ERP-2017-{index:08d}",
        "contract_type": "domestic",
        "template": "GF-2014-2401",
        "signed_on": "2017-07-26",
        "signing_place": "北京",
        "agency": {**agency(index), "transactor_name": "孙示例", "transactor_phone": "13900139001"},
        "group_no": f"SY-{depart_on:%Y%m%d}-{index % 100:02d}",
        "route_name": "三亚双飞五日游",
        "depart_on": depart_on.isoformat(),
        "return_on": (depart_on + timedelta(days=4)).isoformat(),
        "days": 5,
        "nights": 4,
        "headcount": travellers,
        "adult_count": travellers,
        "child_count": 0,
        "travellers": [_guest(index * travellers + row, row) for row in range(travellers)],
        "total_price": total,
        "cost": {
            "adult_price": "3980.00",
            "parts": [{"name": "综合服务费", "amount": total}],
            "pay_by": "2017-07-31",
            "payment_method": "签约时一次付清",
        },
        "itinerary": {
            "departure_city": {"city": "北京"},
            "arrival_city": {"city": "三亚", "division": "460200"},
            "hotel_standard": "四星级，双人标准间",
            "days": [_day(number) for number in range(1, 6)],
        },
        "shopping": [{"date": depart_on.isoformat(), "place": "三亚", "name": "示例珍珠馆", "stay_minutes": 60}],
        "insurance": {"mode": "entrusted", "product_name": "境内旅游意外险", "company": "示例财产保险股份有限公司"},
        "group_agreement": {
            "minimum_headcount": 10,
            "agree_transfer": True,
            "traveller_penalties": [{"days_from": 6, "days_to": 4, "ratio": "20"}],
        },
        "receiving_agencies": [{"name": "三亚示例旅行社有限公司", "contact_name": "周示例"}],
        "dispute": {"resolution": "arbitration", "tribunal_name": "北京仲裁委员会"},
    }


def roster(index: int, travellers: int = 20) -> dict[str, Any]:
    """A valid `roster.v1` body of an outbound group; checked on `CHECKED_ON` it draws no finding.

    `group_no` differs for every index. `travellers` may be 1 to 9999; the leader is beside them, not among them.
    """
    exit_date = DEPARTURE + timedelta(days=index % 28)
    people = [_passenger(index * travellers + row, row) for row in range(travellers)]
    men = sum(person["sex"] == "1" for person in people)
    return {
        "group_no": f"TG-{exit_date:%Y%m%d}-{index:06d}",
        "roster_type": "outbound",
        "roster_year": 2017,
        "form_no": f"{index:07d}",
        "agency": {**agency(index), "serial_no": "BJ-001"},
        "leader": {
            "name": "郑领队",
            "cert_no": "D-1101-012345",
            "mobile": "13900139002",
            "document": {"type": "passport", "number": "E10000001", "expires_on": "2025-01-01"},
        },
        "route_name": "泰国曼谷芭提雅六日游",
        "destination_countries": ["TH"],
        "exit_date": exit_date.isoformat(),
        "exit_port": "PEK",
        "entry_date": (exit_date + timedelta(days=5)).isoformat(),
        "entry_port": "PEK",
        "days": 6,
        "total_count": travellers,
        "male_count": men,
        "female_count": travellers - men,
        "travellers": people,
        "receiving_agencies": [
            {"name": "示例泰国旅行社", "country": "TH", "contact_name": "SOMCHAI", "contact_phone": "+66 2 1234567"}
        ],
        "authorised_signatory": "吴示例",
        "agency_sealed": True,
    }


def _person(index: int) -> dict[str, Any]:
    number = resident_id(index)
    surname, given = _SURNAMES[index % len(_SURNAMES)], _GIVEN[index // len(_SURNAMES) % len(_GIVEN)]
    return {
        "name": surname[0] + given[0],
        "name_pinyin": f"{surname[1]} {given[1]}",
        "sex": "1" if index % 2 else "2",
        "birth_date": f"{number[6:10]}-{number[10:12]}-{number[12:14]}",
        "nationality": "CN",
    }


def _guest(index: int, row: int) -> dict[str, Any]:
    return {
        "seq_no": row + 1,
        **_person(index),
        "is_signer": row == 0,
        "mobile": f"139{index % 10**8:08d}",
        "document": {"type": "resident_id", "number": resident_id(index)},
    }


def _passenger(index: int, row: int) -> dict[str, Any]:
    return {
        "seq_no": row + 1,
        **_person(index),
        "birth_place": _DIVISIONS[index % len(_DIVISIONS)][1],
        "document": {
            "type": "passport",
            "number": f"E{20000000 + index % 70000000:08d}",
            "category": "2",
            "issue_authority": "公安部出入境管理局",
            "issued_on": "2015-03-02",
            "expires_on": "2025-03-01",
        },
    }


def _day(number: int) -> dict[str, Any]:
    return {
        "day": number,
        "description": f"第 {number} 天：三亚示例景区游览",
        "meals": [{"type": "lunch", "standard": "50 元/人，八菜一汤"}],
        "hotel": {"name": "三亚示例酒店", "standard": "4"},
    }


SAMPLES: dict[str, Callable[[int], dict[str, Any]]] = {
    "contract": contract,
    "roster": lambda index: roster(index, travellers=2),
}
"""A valid record by kind and index."""
