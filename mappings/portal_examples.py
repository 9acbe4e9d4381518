"""Pages and exports of the three synthetic portals, clean and dirty: their golden examples. All made up."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import orjson

Row = dict[str, Any]

_AGENCY, _BRANCH, _OUTLET = "91350100M000100Y43", "91110105MA00ABCD4R", "91350100M000100Y43"
_WRONG_DIGIT = "91350100M000100Y44"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_MINJIANG = "http://tempuri.minjiang.example/"


def write_donghai(folder: Path) -> None:
    """JSON pages: days in five forms, a code of an earlier edition, numbers for text, nulls."""
    about = {"areaCode": "330106000000", "tel": "0571-81234567", "version": 3, "updateTime": "2026/11/2 9:30:05"}
    agency = {
        "creditCode": _AGENCY, "licenseNo": "L-ZJ-00123", "orgName": "东海示例旅行社有限公司", "orgNameEn": None,
        "legalPerson": "周示例", "principal": "吴示例", "address": "西湖区示例路 1 号", "zipCode": "310000",
        "orgType": 2, "outbound": 1, "deposit": 1400000, "licenseDate": "20150601", "state": "01",
        "validDate": "2025年1月1日", "invalidDate": None, **about,
    }  # fmt: skip
    branch = {
        "creditCode": _BRANCH, "orgName": "东海示例旅行社有限公司海曙分公司", "parentCode": _AGENCY,
        "parentName": "东海示例旅行社有限公司", "address": "海曙区样本路 2 号", "principal": "郑 示例",
        "certNo": "ZJFS000017", "registerDate": 1519833600000, "filingDate": "2018/3/5", "state": "1", **about,
    }  # fmt: skip
    filing = {
        "bizNo": "DH2026000017", "bizType": "BG", "objectType": 1, "objectName": "东海示例旅行社有限公司",
        "objectCode": _AGENCY, "applicantCode": _AGENCY, "areaCode": "330106000000",
        "applyDate": "2026-11-02T00:00:00", "acceptDate": "20261102", "limitDate": "2026/11/9", "bizState": "31",
        "changeList": [{"item": "法定代表人", "old": "周示例", "new": "冯示例", "regDate": 1793116800000}],
        "stepList": [{"no": 1, "name": "受理", "doneDate": "2026年11月2日", "dept": "西湖区示例文旅局"}],
        "decideResult": "0", "decideDate": "2026/11/6", "decideDept": "西湖区示例文旅局", "reason": "材料不齐",
        "version": 7, "updateTime": 1793927700000,
    }  # fmt: skip
    guide = {
        "cardNo": "D-3301-000017", "name": "孙示例", "sex": 2, "mobile": "139 0013 9000", "orgCode": _AGENCY,
        "languages": "普通话、英语", "level": "2", "state": "有效", "validDate": "2025-01-01", **about,
    }  # fmt: skip
    leader = {
        "certNo": "LZJ000017", "name": "买买提•吐尔逊", "sex": "男", "mobile": "暂无", "orgCode": _AGENCY,
        "type": "CJ", "languages": "英语", "filingDate": "2020.5.6", "state": "1", **about,
    }  # fmt: skip
    outlet = {**branch, "creditCode": _OUTLET, "orgName": "东海示例旅行社有限公司海曙门市部", "certNo": "ZJWD000017"}
    kinds = {"agency": agency, "branch": branch, "outlet": outlet, "filing": filing, "guide": guide, "leader": leader}
    for kind, record in kinds.items():
        _page(folder / f"{kind}.json", [record])
    dirt = [
        {"creditCode": " 91350100m000100y43 ", "tel": "０５７１－８１２３４５６７", "areaCode": "330106"},
        {"creditCode": _WRONG_DIGIT},
        {"areaCode": "999999000000"},
        {"updateTime": "昨天", "licenseDate": "2015-02-30"},
        {"orgName": "", "deposit": "一百四十万"},
        {"validDate": "2025-06-01", "invalidDate": "2025-05-01"},
    ]
    _page(folder / "agency-dirty.json", [agency | wrong for wrong in dirt])
    undecided = {
        **filing,
        "bizState": "30",
        "decideResult": None,
        "decideDate": None,
        "decideDept": None,
        "reason": None,
    }
    _page(folder / "filing-dirty.json", [undecided, filing | {"bizState": "99"}, filing | {"reason": ""}])


def write_minjiang(folder: Path) -> None:
    """SOAP answers: areas of the portal's own, midnights, .NET's empty date, amounts as people write them."""
    about = {
        "AreaID": "002008013", "联系电话": "0591-81234567", "生效日期": "2025-01-01T00:00:00",
        "失效日期": "0001-01-01T00:00:00", "Version": 3, "UpdateTime": "2026-11-02T09:30:05.123+08:00",
    }  # fmt: skip
    agency = {
        "社会信用代码": _AGENCY, "许可证号": "L-FJ-CJ00012", "名称": "闽江示例旅行社有限公司", "法定代表人": "周示例",
        "负责人": "吴示例", "地址": "鲤城区示例路１号", "类型": 2, "出境业务": "是", "保证金": "￥1,400,000.00",
        "发证日期": "2014-07-01T00:00:00", "State": 0, **about,
    }  # fmt: skip
    branch = {
        "社会信用代码": _BRANCH, "名称": "闽江示例旅行社有限公司思明分社", "总社代码": _AGENCY,
        "总社名称": "闽江示例旅行社有限公司", "地址": "思明区样本路 2 号", "负责人": "郑示例",
        "登记日期": "2018-03-01T00:00:00", "备案日期": "2018-03-05T00:00:00", "证书号": "MJFS000017", "State": 1,
        **about,
    }  # fmt: skip
    outlet = {**branch, "社会信用代码": _OUTLET, "名称": "闽江示例旅行社有限公司思明门市部", "证书号": "MJWD000017"}
    filing = {
        "办件编号": "MJ2026000017", "办件类型": "登记变更", "对象类型": 1, "对象名称": "闽江示例旅行社有限公司",
        "对象代码": _AGENCY, "申请单位代码": _AGENCY, "AreaID": "002008013", "申请日期": "2026-11-02T00:00:00",
        "受理日期": "2026-11-02T00:00:00", "应办结日期": "2026-11-09T00:00:00", "审核状态": 1,
        "变更列表": {"变更": [{"事项": "名称", "变更前": "A&B 示例", "变更后": "闽江示例"}, {"事项": "地址"}]},
        "环节列表": {"环节": {"序号": 1, "名称": "受理", "办理时间": "2026-11-02T10:20:30", "单位": "闽江示例文旅局"}},
        "审批结果": "通过", "审批日期": "2026-11-06T00:00:00", "审批机关": "闽江示例文旅局", "Version": 7,
        "UpdateTime": "2026-11-06T17:00:00.5",
    }  # fmt: skip
    kinds = {
        "agency": ("旅行社", agency),
        "branch": ("分社", branch),
        "outlet": ("服务网点", outlet),
        "filing": ("办件", filing),
    }
    for kind, (name, record) in kinds.items():
        _envelope(folder / f"{kind}.xml", kind, name, [record])
    dirt = [
        {"AreaID": "０0２008001", "许可证号": "l－fj－00012", "联系电话": ""},
        {"AreaID": "003001001"},
        {"社会信用代码": _WRONG_DIGIT},
        {"类型": 9},
        {"UpdateTime": "2026-11-02T25:00:00", "保证金": "待定"},
        {"名称": "", "Version": "三"},
    ]
    _envelope(folder / "agency-dirty.xml", "agency", "旅行社", [agency | wrong for wrong in dirt])
    returned = {"审核状态": 2, "审批结果": "退回"}
    _envelope(folder / "filing-dirty.xml", "filing", "办件", [filing | returned, filing | {"审核状态": 5}])


def write_jiangnan(folder: Path) -> None:
    """Exports in GB18030: characters beyond GBK, names of places, amounts with units, titles around a table."""
    about = {
        "所在地": "苏州市姑苏区",
        "电话": "0512-81234567",
        "状态": "已备案",
        "版本号": "3",
        "更新时间": "2026/11/02 09:30:05",
    }
    agency = {
        **about, "统一社会信用代码": _AGENCY, "许可证号": "L-JS-00123", "旅行社名称": "江南示例旅行社有限公司",
        "法定代表人": "王䶮", "负责人": "陈𬱟", "地址": "姑苏区示例路 1 号", "旅行社类型": "出境", "出境业务": "是",
        "保证金": "140万元", "许可日期": "2013/8/9", "状态": "正常", "生效日期": "2025/1/1", "失效日期": "无",
    }  # fmt: skip
    branch = {
        **about, "统一社会信用代码": _BRANCH, "名称": "江南示例旅行社有限公司姑苏分社", "设立社代码": _AGENCY,
        "设立社名称": "江南示例旅行社有限公司", "地址": "姑苏区样本路 2 号", "负责人": "李㛃", "登记日期": "2018/3/1",
        "备案日期": "43164", "证书编号": "JNFS000017",
    }  # fmt: skip
    outlet = {
        **branch,
        "统一社会信用代码": _OUTLET,
        "名称": "江南示例旅行社有限公司姑苏门市部",
        "证书编号": "JNWD000017",
    }
    filing = {
        "办件编号": "JN2026000017", "办件类型": "变更", "对象类型": "旅行社", "对象名称": "江南示例旅行社有限公司",
        "对象代码": _AGENCY, "申请单位代码": _AGENCY, "所在地": "姑苏区", "申请日期": "2026/11/2", "状态": "不予",
        "变更内容": {"事项": "法定代表人", "变更前": "王䶮", "变更后": "李㛃"},
        "办理环节": {"环节": "受理", "时间": "2026年11月2日", "单位": "姑苏区示例文旅局"}, "决定结果": "不同意",
        "决定日期": "二〇二六年十一月六日", "决定理由": "材料不齐", "版本号": "7", "更新时间": "2026/11/06 17:00:00",
    }  # fmt: skip
    _table(folder / "agency.csv", [agency])
    _table(folder / "branch.csv", [branch])
    _table(folder / "outlet.csv", [outlet])
    _export(folder / "filing.xml", [filing])
    dirt = [
        {"统一社会信用代码": "9.13501E+17"},
        {"所在地": "鼓楼区", "法定代表人": "王 䶮"},
        {"更新时间": "46328.3959", "许可日期": "2013年8月9日", "电话": "０５１２－８１２３４５６７"},
        {"状态": "注销中"},
        {"生效日期": "2025/13/1", "版本号": "3.0"},
    ]
    _table(folder / "agency-dirty.csv", [agency | wrong for wrong in dirt], "江南省旅行社名录（示例）")
    _export(
        folder / "filing-dirty.xml",
        [filing | {"决定理由": ""}, filing | {"决定结果": "", "决定日期": "", "决定理由": ""}],
    )


def _page(file: Path, records: list[Row]) -> None:
    data = {"total": len(records), "records": records, "nextToken": None}
    answer = {"code": 0, "message": "success", "data": data}
    file.write_bytes(orjson.dumps(answer, option=orjson.OPT_INDENT_2) + b"\n")


def _envelope(file: Path, kind: str, name: str, records: list[Row]) -> None:
    operation = f"Get{kind.capitalize()}List"
    found = "".join(f"\n{_element(name, record)}" for record in records)
    file.write_text(
        f'<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope xmlns:soap="{_SOAP}"><soap:Body>'
        f'<{operation}Response xmlns="{_MINJIANG}"><{operation}Result><Code>0</Code><Message>成功</Message>'
        f"<TotalCount>{len(records)}</TotalCount><{name}列表>{found}\n</{name}列表></{operation}Result>"
        f"</{operation}Response></soap:Body></soap:Envelope>\n",
        "utf-8",
    )


def _export(file: Path, records: list[Row]) -> None:
    found = "".join(f"\n{_element('办件', record)}" for record in records)
    text = f'<?xml version="1.0" encoding="GB18030"?>\n<办件列表>{found}\n</办件列表>\n'
    file.write_bytes(text.encode("gb18030"))


def _table(file: Path, records: list[Row], title: str = "") -> None:
    text = io.StringIO(newline="")
    if title:
        csv.writer(text).writerows([[title], []])
    writer = csv.DictWriter(text, list(records[0]))
    writer.writeheader()
    writer.writerows(records)
    if title:
        csv.writer(text).writerow(["合计", f"{len(records)} 家"])
    file.write_bytes(text.getvalue().encode("gb18030"))


def _element(name: str, content: Any) -> str:
    if isinstance(content, list):
        return "".join(_element(name, each) for each in content)
    inner = "".join(_element(*part) for part in content.items()) if isinstance(content, dict) else escape(str(content))
    return f"<{name}>{inner}</{name}>"
