"""Write the golden examples of the synthetic partners, and what each must give.

Run `python -m mappings.make_examples` after changing a mapping on purpose, and read the difference before committing.
People are made up; document numbers have right check digits and belong to nobody.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import orjson
import xlsxwriter

from adapters.check import account_of, examples, expected, kind_of, outcome_of
from adapters.connector import load_connectors
from mappings.form_examples import write_haiyan, write_qingteng, write_wanfeng, write_wuyi
from mappings.haixi_examples import write_haixi
from mappings.portal_examples import write_donghai, write_jiangnan, write_minjiang
from schemas.samples import resident_id

ROOT = Path(__file__).parent
TODAY = date(2017, 7, 28)
PORTALS_TODAY = date(2026, 11, 9)


def lvy_contract(index: int) -> dict[str, Any]:
    """A contract as the ERP pushes it, with the dirt of a .NET client: nulls, dates with time, numbers for money."""
    return {
        "ERPContractId": f"LVY-2017-{index:06d}",
        "templateId": "A00001",
        "contractNumber": None,
        "callbackURL": "https://erp.lvy.example/callback",
        "isMultiSignatory": False,
        "supplementaryClause": None,
        "attachments": None,
        "travelAgency": {
            "agencyName": "北京示例国际旅行社有限公司",
            "travelAgencyLicenseNumber": "L-BJ-CJ00144",
            "businessLicenseNumber": "91350100M000100Y43",
            "agencyAddress": {
                "country": "中国",
                "state": "北京市",
                "city": "北京市",
                "district": "朝阳区",
                "zip": "100020",
                "description": "示例路１号",
            },
            "transactorName": "孙示例",
            "transactorPhone": "13900139001",
            "contactName": "钱示例",
            "contactPhone": "010-12345678",
            "servicePhone": "010-12345678",
            "fax": None,
            "email": "service@agency.example",
        },
        "itinerary": {
            "groupId": f"SY-20170804-{index:02d}",
            "groupMode": "独立成团",
            "routeName": "三亚双飞五日游",
            "startDate": "2017-08-04T00:00:00",
            "endDate": "2017-08-08T00:00:00",
            "departureCity": {"description": "北京"},
            "passCity": None,
            "arrivalCity": {"description": "三亚"},
            "endCity": {"description": "北京"},
            "hotel": "四星级，双人标准间",
            "longTransport": {"description": "飞机", "standard": "经济舱"},
            "localTransport": None,
            "freeTime": {"description": "第三天下午", "number": 1},
            "meal": "四早八正",
            "routes": [
                {
                    "day": day,
                    "stop": 1,
                    "departure": {"country": "中国", "state": "海南省", "city": "三亚市", "description": "三亚"},
                    "description": f"第 {day} 天：示例景区游览",
                    "transport": {"type": "大巴", "number": None, "driverName": None, "hasAC": True, "standard": None},
                    "meals": [{"type": "午餐", "place": "示例餐厅", "standard": "50 元/人"}],
                }
                for day in range(1, 6)
            ],
        },
        "touristsInfo": {
            "totalNumber": 3,
            "adultNumber": 3,
            "childNumber": 0,
            "tourists": [lvy_tourist(index * 3 + row, row) for row in range(3)],
        },
        "signatory": None,
        "entrustedTravelAgency": None,
        "localTravelAgencies": [
            {"agencyName": "三亚示例旅行社有限公司", "agencyAddress": None, "contactName": "周示例"}
        ],
        "cost": {
            "totalCost": 11940.5,
            "guideServiceCost": 0,
            "deadline": "2017-07-31T00:00:00",
            "paymentMethodDescription": "签约时一次付清",
            "overduePenaltyDayRatio": 0.05,
        },
        "insurance": {
            "agreeToBuy": True,
            "productName": "境内旅游意外险",
            "company": "示例财产保险股份有限公司",
            "coverage": 300000,
            "premium": 15.0,
        },
        "dispute": {"resolution": "仲裁", "tribunalName": "北京仲裁委员会"},
        "activities": [],
        "shoppings": [
            {"date": "2017-08-06T00:00:00", "place": "三亚", "shoppingPlace": "示例珍珠馆", "goods": "珍珠",
             "stayDuration": "60分钟", "memo": None}
        ],
        "groupAgreement": {
            "leastCustomerNumber": 10,
            "agreeToChangeLine": False,
            "mergeToCompanyName": None,
            "partAPenalty": None,
            "partBPenalty": {"cancel": {"standards": [{"start": 6, "end": 4, "ratio": 20}]}},
        },
    }  # fmt: skip


def lvy_tourist(index: int, row: int) -> dict[str, Any]:
    number = resident_id(index)
    return {
        "number": row + 1,
        "isSigner": row == 0,
        "name": ("张 三丰", "买买提•吐尔逊", "李㛃")[row],
        "gender": "1" if index % 2 else "2",
        "age": 2017 - int(number[6:10]) - (number[10:14] > "0804"),
        "isChild": False,
        "nationality": "中国",
        "race": "汉族",
        "phone": ("+86 139-0013-9000", "１３９００１３９００１", "暂无")[row],
        "health": "良好",
        "address": None,
        "ID": {"IDType": "1", "IDNumber": number.lower() if row == 0 else number},
    }


def lvy_group(index: int) -> dict[str, Any]:
    people = [lvy_tourist(index * 20 + row, row) for row in range(3)]
    men = sum(person["gender"] in ("男", "1", 1) for person in people)
    return {
        "ERPTeamId": f"LVY-T-{index}",
        "teamCode": f"LVYTD20170805{index:03}",
        "teamType": "domestic",
        "year": 2017,
        "routeName": "云南昆明大理丽江六日游",
        "startDate": "2017-08-05T00:00:00",
        "endDate": "2017-08-10T00:00:00",
        "travelAgency": lvy_contract(index)["travelAgency"],
        "totalNumber": len(people),
        "maleNumber": men,
        "femaleNumber": len(people) - men,
        "tourists": [{**person, "birthday": None} for person in people],
    }


def write_lvy_team(folder: Path) -> None:
    _json(folder / "group.json", lvy_group(1))
    _json(folder / "bad.json", {**lvy_group(2), "totalNumber": 99})


def write_lvy(folder: Path) -> None:
    _json(folder / "clean.json", lvy_contract(1))
    bad = lvy_contract(2)
    bad["touristsInfo"]["tourists"][1]["ID"]["IDNumber"] = 1.10105194912e17
    bad["itinerary"]["startDate"] = "2017-02-30T00:00:00"
    bad["cost"]["totalCost"] = "一万"
    wrong_digit = lvy_contract(3)
    number = wrong_digit["touristsInfo"]["tourists"][2]["ID"]["IDNumber"]
    wrong_digit["touristsInfo"]["tourists"][2]["ID"]["IDNumber"] = number[:17] + ("0" if number[17] != "0" else "1")
    _json(folder / "batch.json", [lvy_contract(1), bad, wrong_digit])
    lines = [orjson.dumps(lvy_contract(4)), b'{"ERPContractId": "LVY-5", "ERPContractId": "LVY-6"}', b"{broken"]
    (folder / "lines.ndjson").write_bytes(b"\n".join(lines) + b"\n")


_GUEST_HEADINGS = [
    "序号", "姓名", "汉语\n拼音", "性别", "出生日期", "出生地", "护照号码", "发证机关", "发证日期", "护照有效期",
]  # fmt: skip
_BUREAU = "公安部出入境管理局"


def write_shanhai(folder: Path) -> None:
    guests: list[list[Any]] = [
        [0, "郑 领队", "ZHENG/LINGDUI", "男", date(1980, 5, 6), "北京", "E10000001", _BUREAU, "2015/3/2", 45718],
        [1, "吕示例", "LÜ/SHILI", "F", "1985年7月8日", "上海", "e２0000001", _BUREAU, "20150302", "2025-03-01"],
        [2, "陈样本", "CHEN YANGBEN", "1", 30000, "广东", " E20000002", _BUREAU, "2015-03-02", "2025.3.1"],
    ]  # fmt: skip
    _roster(folder / "form.xlsx", guests)
    mangled = [list(guest) for guest in guests]
    mangled[1][6] = 1.10105e17
    mangled[2][6] = 20000002
    _roster(folder / "mangled.xlsx", mangled)


def _roster(file: Path, guests: list[list[Any]]) -> None:
    book = xlsxwriter.Workbook(str(file))
    book.set_properties({"created": datetime(2017, 7, 28)})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    book.add_worksheet("参数").hide()
    sheet = book.add_worksheet("名单表")
    sheet.activate()
    sheet.set_first_sheet()
    sheet.merge_range(0, 0, 0, 9, "中国公民出境旅游团队名单表", book.add_format())
    sheet.write_row(1, 0, ["组团社序号：", "BJ-001", None, "团队编号：", "TG-20170804-01", None, "年份：２０１７"])
    sheet.write_row(2, 0, ["领队姓名：郑领队   领队证号：D-1101-012345", None, None, "线路：", "泰国曼谷芭提雅六日游"])
    sheet.write_row(3, 0, ["组团社名称", "北京示例国际旅行社有限公司", None, "许可证号", "l-bj-cj00144"])
    sheet.write_row(
        4, 0, ["出境日期", None, "出境口岸", "北京首都国际机场", "入境日期", "2017年8月9日", "入境口岸", "PEK"]
    )
    sheet.write_datetime(4, 1, datetime(2017, 8, 4), day)
    sheet.write_row(
        5, 0, ["前往国家", "泰国", "总人数：3", "男：2", "女：1", "联络人", "钱示例", "联络电话", "010-12345678"]
    )
    sheet.write_row(7, 0, _GUEST_HEADINGS)
    for row, guest in enumerate(guests, 8):
        for column, value in enumerate(guest):
            if isinstance(value, date):
                sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), day)
            else:
                sheet.write(row, column, value)
    sheet.write_row(8 + len(guests), 0, ["合计", None, f"{len(guests)} 人"])
    sheet.write_row(9 + len(guests), 0, ["授权人签字：吴示例", None, None, "组团社盖章"])
    book.close()


_CSV_HEADINGS = [
    "合同号", "合同类型", "旅行社", "许可证号", "团号", "线路", "出发日期", "返回日期", "人数", "总价",
    "序号", "姓名", "性别", "签约人", "证件类型", "证件号码", "手机", "备注",
]  # fmt: skip


def write_laoqiao(folder: Path) -> None:
    def rows(number: str, *people: list[str], depart: str = "2017/8/4", total: str = "￥７,960.00") -> list[list[str]]:
        head = [number, "国内", "上海示例旅行社有限公司", "L-SH-00321", "SH-01", "黄山三日游", depart, "2017/8/6"]
        return [[*head, str(len(people)), total, str(i), *person] for i, person in enumerate(people, 1)]

    first = ["赵龑䶮", "男", "是", "身份证", resident_id(11), "138 0013 8000", "第一行\n第二行"]
    second = ["王 小明", "女", "否", "身份证", f"'{resident_id(12)}", "", "素食"]
    lost = ["钱丢失", "男", "是", "身份证", "1.10105E+17", "13800138001", ""]
    table = [
        ["上海老桥合同导出"],
        [],
        _CSV_HEADINGS,
        *rows("LQ-0001", first, second),
        *rows("LQ-0002", ["欧阳样本", "女", "是", "身份证", resident_id(14), "13900139000", ""], total="0.398万元"),
        *rows("LQ-0003", lost),
        *rows("LQ-0004", ["孙早归", "男", "是", "身份证", resident_id(15), "", ""], depart="42960"),
        ["合计", "", "", "", "", "", "", "", "5", "19,880.00"],
    ]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table)
    (folder / "export.csv").write_bytes(text.getvalue().encode("gb18030"))
    ragged = io.StringIO(newline="")
    csv.writer(ragged, delimiter=";").writerows([*table[2:5], [*table[5], "多出的一格"]])
    (folder / "ragged.csv").write_bytes(ragged.getvalue().encode("utf-16"))


def write_huaxia(folder: Path) -> None:
    def contract(number: str, people: str, count: int, depart: str = "2017年8月4日") -> str:
        return f"""
  <合同 编号="{number}">
    <合同类型>境内游</合同类型><合同文本>GF-2014-2401</合同文本><签订日期>20170726</签订日期>
    <旅行社><名称>北京示例国际旅行社有限公司</名称><许可证号>L-BJ-CJ00144</许可证号><所在地>110105</所在地>
      <联络人>钱示例</联络人><联络电话>010-12345678</联络电话></旅行社>
    <行程><团号>HX-01</团号><线路名称>{escape("西安 & 华山四日游")}</线路名称><出发日期>{depart}</出发日期>
      <返回日期>2017-08-07</返回日期><出发地>北京</出发地><目的地>西安</目的地>
      <日程 天="1">抵达西安</日程><日程 天="2">兵马俑</日程></行程>
    <游客名单 人数="{count}">{people}</游客名单>
    <费用><总额>￥2,980元</总额><付款方式>现金</付款方式></费用><保险><方式>委托购买</方式></保险><备注/>
  </合同>"""

    def guest(name: str, index: int, kind: str = "居民身份证", sign: str = "是") -> str:
        sex = "男" if index % 2 else "女"
        return (
            f'<游客 签约人="{sign}"><姓名>{name}</姓名><性别>{sex}</性别><国籍>中国</国籍>'
            f'<证件 类型="{kind}">{resident_id(index)}</证件></游客>'
        )

    body = (
        contract("HX-0001", guest("司马示例", 21), 1)
        + contract("HX-0002", guest("阿依古丽･买买提", 22) + guest("李样本", 23, sign="否"), 2)
        + contract("HX-0003", guest("周错证", 24, kind="借书证"), 1)
        + contract("HX-0004", guest("吴错日", 25), 1, depart="2017年2月30日")
    )
    text = f'<?xml version="1.0" encoding="GB2312"?>\n<合同列表 xmlns="urn:huaxia:contract">{body}\n</合同列表>\n'
    (folder / "contracts.xml").write_bytes(text.encode("gb18030"))
    (folder / "doctype.xml").write_text(
        '<?xml version="1.0"?><!DOCTYPE 合同 [<!ENTITY a "b">]><合同>&a;</合同>', "utf-16"
    )


def _json(file: Path, value: Any) -> None:
    file.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")


def main() -> None:
    writers = {
        "lvy": write_lvy,
        "lvy_team": write_lvy_team,
        "shanhai": write_shanhai,
        "laoqiao": write_laoqiao,
        "huaxia": write_huaxia,
        "haixi": write_haixi,
        "donghai": write_donghai,
        "minjiang": write_minjiang,
        "jiangnan": write_jiangnan,
        "haiyan": write_haiyan,
        "qingteng": write_qingteng,
        "wanfeng": write_wanfeng,
        "wuyi": write_wuyi,
    }
    for name, write in writers.items():
        folder = ROOT / name / "examples"
        folder.mkdir(exist_ok=True)
        write(folder)
    for connector in load_connectors(ROOT).values():
        for example in examples(connector.folder or ROOT):
            today = PORTALS_TODAY if connector.channel == "portal" else TODAY
            kind = kind_of(connector, example)
            account = account_of(connector.route(kind))
            _json(expected(example), outcome_of(connector, example, today, kind, account=account))


if __name__ == "__main__":
    main()
