"""Contracts as the regional vendor's SOAP client sends them, and the golden examples made of them. All made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from schemas.samples import resident_id


def haixi_contract(index: int, guests: int = 2) -> dict[str, Any]:
    """The JSON text of one `submitContract`, as an object; `no` differs for every index."""
    people = [haixi_guest(index * 10 + row, row) for row in range(guests)]
    first = people[0]
    return {
        "version": "JN2014",
        "travelname": first["name"],
        "travelmobile": "13900139000",
        "transactor": "孙示例",
        "price": f"{guests * 1280}.00",
        "no": f"HAIXI-2017-{index:06d}",
        "contractJSON": {
            "traveler": {"name": first["name"], "idtype": "1", "idcode": first["idcode"], "mobile": "13900139000"},
            "supplier": {
                "name": "厦门示例旅行社有限公司",
                "licence": "L-FJ-00123",
                "uscc": "91350100M000100Y43",
                "address": "示例路１号",
                "contact": "钱示例",
                "phone": "0592-1234567",
            },
            "groupcorp": {"name": "武夷山示例旅行社有限公司", "contact": "周示例", "phone": "13900139005"},
            "line": {"departcity": "厦门", "arrivecity": "武夷山", "hotel": "双人标准间", "traffic": "动车二等座"},
            "pay": {"mode": "签约时一次付清", "deadline": "20170731", "adultprice": 1280},
            "insurance": {"mode": "3"},
            "group": {"leastqty": "10", "transfer": "是", "postpone": "否"},
            "goldenweek": None,
            "controversy": {"mode": "1", "organ": "厦门仲裁委员会"},
            "other": {"clause": "无"},
        },
        "contractTeam": {
            "linename": "武夷山动车三日游",
            "teamcode": f"HXT-{index:04d}",
            "days": "3",
            "nights": "2",
            "bgndate": "20170804",
            "enddate": "20170806",
            "qty": str(guests),
            "routes": [_route(day) for day in (1, 2, 3)],
            "guests": people,
        },
    }


def haixi_guest(index: int, row: int) -> dict[str, Any]:
    """One of `contractTeam.guests`."""
    number = resident_id(index)
    return {
        "no": str(row + 1),
        "idtype": "1",
        "idcode": number.lower(),
        "name": ("张示例", "李 样本", "王测试", "赵演示")[row % 4],
        "sex": "男" if index % 2 else "女",
        "birthday": number[6:14],
        "mobile": f"139{index:08d}",
    }


def _route(day: int) -> dict[str, Any]:
    return {
        "day": day,
        "stop": 1,
        "departcity": "厦门" if day == 1 else "武夷山",
        "arrivecity": "武夷山",
        "arrivestate": "福建省",
        "arrivenation": "中国",
        "trip": f"第 {day} 天：示例景区游览",
    }


def write_haixi(folder: Path) -> None:
    clean, bad = haixi_contract(1), haixi_contract(2)
    guest = bad["contractTeam"]["guests"][1]
    guest["idcode"] = guest["idcode"][:-1] + ("1" if guest["idcode"][-1] != "1" else "2")
    bad["contractTeam"] |= {"qty": "1", "enddate": "20170803"}
    unknown = haixi_contract(3) | {"version": "XX2099", "price": "面议"}
    unknown["contractTeam"]["guests"][0]["idtype"] = "77"
    for name, document in (("clean", clean), ("bad", bad), ("unknown", unknown)):
        (folder / f"{name}.json").write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
