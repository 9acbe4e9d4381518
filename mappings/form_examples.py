"""The golden examples of partners whose documents need more than one source as it stands."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import xlsxwriter

from schemas.samples import resident_id


def haiyan_order(index: int, **changes: Any) -> dict[str, Any]:
    """A contract as the ERP puts it into a batch."""
    order = {
        "prefix": "HY2017-",
        "no": f"{index:04d}",
        "kind": "1",
        "signed": "2017-07-20",
        "signer": "钱示例（010-12345678）",
        "Extend": [
            {"Key": "TourCode", "Value": f"SY-0804-{index:02d}"},
            {"Key": "Route", "Value": "三亚双飞五日游（含税）"},
        ],
        "起止": "8.4-8.8",
        "adults": 2,
        "children": "1",
        "itinerary": [{"day": day} for day in range(1, 6)],
        "fen": 1194000,
        "capital": "肆仟伍佰元整",
        "options": "1,3",
        "guests": "、".join([f"张示例{resident_id(31)}", f"李 样本 {resident_id(32).lower()}", "买买提·测试E12345678"]),
    }
    return order | changes


def write_haiyan(folder: Path) -> None:
    """One batch that is clean, and one in which every record is dirty in its own way."""
    twice = [{"Key": "TourCode", "Value": "A"}, {"Key": "TourCode", "Value": "B"}, {"Key": "Route", "Value": "三亚"}]
    years_end = {"signed": "2016-12-20", "起止": "2016年12月30日 至 1月3日", "children": 0, "adults": 3}
    clean = [haiyan_order(1), haiyan_order(2, **years_end)]
    dirty = [
        haiyan_order(3, 起止="8月4日起"),
        haiyan_order(4, children=None),
        haiyan_order(5, fen="11940元", capital="肆佰仟元"),
        haiyan_order(6, prefix=""),
        haiyan_order(7, Extend=twice),
        haiyan_order(8, guests=f"张示例{resident_id(33)}、李样本"),
        haiyan_order(9, guests="张示例12345678", itinerary="五天"),
        haiyan_order(10, 起止="8.32-8.8", signer="钱示例"),
    ]
    for name, orders in (("clean", clean), ("dirty", dirty)):
        agency = {"name": "北京示例国际旅行社有限公司", "license": "L-BJ-CJ00144"}
        batch = {"head": {"agency": agency}, "data": {"orders": orders}}
        (folder / f"{name}.json").write_bytes(orjson.dumps(batch, option=orjson.OPT_INDENT_2) + b"\n")


_UPPER = ["团号", "线路", "联系人", "日期", "", "导游", "", "姓名", "性别", "证件", ""]
_LOWER = ["", "", "", "出发", "返回", "姓名", "证号", "", "", "类型", "号码"]


def _qingteng_rows(group: str, *people: list[str], depart: str = "8/4/2017") -> list[list[str]]:
    head = [group, "黄山三日游", "钱示例", depart, "8/6/2017", "郑导游", "D-1101-012345"]
    return [[*head, *person] for person in people]


def write_qingteng(folder: Path) -> None:
    """A clean workbook whose second group stands between the rows of the first, a dirty one, one without sense."""
    first = _qingteng_rows("QT-01", ["张示例", "男", "身份证", resident_id(41)], ["李样本", "女", "护照", "E12345678"])
    second = _qingteng_rows("QT-02", ["王测试", "女", "身份证", resident_id(42)])
    month_last = _qingteng_rows("QT-03", ["赵演示", "男", "身份证", resident_id(43)], depart="14/8/2017")
    untold = _qingteng_rows("QT-04", ["孙不明", "男", "台胞证", "12345678"])
    _workbook(folder / "groups.xlsx", [_UPPER, _LOWER, first[0], *second, first[1]])
    _workbook(folder / "dirty.xlsx", [_UPPER, _LOWER, *month_last, *untold])
    _workbook(folder / "twice.xlsx", [_UPPER, [*_LOWER[:9], "号码", "号码"], *second])


def _workbook(file: Path, rows: list[list[str]]) -> None:
    book = xlsxwriter.Workbook(str(file))
    book.set_properties({"created": datetime(2017, 7, 28)})
    sheet = book.add_worksheet("团队")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()


def wuyi_message(index: int) -> str:
    """The element of an operation of the partner's own WSDL, with a good group and one whose guest cannot be told."""

    def group(number: str, guest: str) -> str:
        return (
            f"<GroupInfo><Code>{number}</Code><Line>武夷山二日游</Line><Begin>2017-08-04</Begin><End>2017-08-05</End>"
            f"<GuideName>郑导游</GuideName><GuideCard>D-3507-012345</GuideCard>"
            f"<Guests><Guest><Name>张示例</Name><IdNo>{guest}</IdNo></Guest></Guests></GroupInfo>"
        )

    agency = "<Agency><Name>北京示例国际旅行社有限公司</Name><License>L-BJ-CJ00144</License></Agency>"
    groups = group(f"WY-{index}", resident_id(61)) + group(f"WY-{index}-B", "12345678")
    return f'<FileGroups xmlns="http://tempuri.wuyi.example/">{agency}{groups}</FileGroups>'


def write_wuyi(folder: Path) -> None:
    """What stands in the body of a message."""
    (folder / "groups.xml").write_text(wuyi_message(1), "utf-8")


def write_wanfeng(folder: Path) -> None:
    """Lines of two contracts in turn; of two more one has an amount that cannot be, one a day that was stored wrong."""
    rows = [
        ["WF-1", "黄山三日游", "4/8/2017", "6.8", "壹仟玖佰元整", "张示例", resident_id(51)],
        ["WF-2", "黄山三日游", "5/8/2017", "7.8", "￥980.00", "李样本", "E12345678"],
        ["WF-1", "黄山三日游", "4/8/2017", "6.8", "1,900.00", "王测试", resident_id(52)],
        ["WF-3", "黄山三日游", "4/8/2017", "6.8", "壹仟玖佰", "赵演示", resident_id(53)],
        ["WF-4", "黄山三日游", "4/13/2017", "6.8", "980", "孙错日", resident_id(54)],
    ]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    (folder / "bookings.csv").write_bytes(text.getvalue().encode("gb18030"))
