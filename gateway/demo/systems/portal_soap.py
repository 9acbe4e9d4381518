"""The portal of Minjiang (synthetic): .NET-style SOAP 1.1, areas of its own, elements with Chinese names.

    python -I portal_soap.py <database> [--port N] [--records N]        (VERIFY_CODE in the environment)

Document/literal. Lists are asked for by whole days (startDate, endDate) and numbered pages, in the order of their keys;
updates name the version they were made on. Codes of an answer: 0 good, 1 wrong verification code, 2 another version is
held, 3 no such record, 8 what was sent cannot be taken. Ends when its standard input does.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).parent))

from portal_doors import PortalHandler, control, run, serve
from portal_world import Row, World, uscc

CHINA = timezone(timedelta(hours=8))
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NAMESPACE = "http://tempuri.minjiang.example/"
KINDS = {"Agency": "agency", "Branch": "branch", "Outlet": "outlet", "Filing": "filing"}
ELEMENTS = {"agency": "旅行社", "branch": "分社", "outlet": "服务网点", "filing": "办件"}
KEYS = {"agency": "社会信用代码", "branch": "社会信用代码", "outlet": "社会信用代码", "filing": "办件编号"}
AREAS = ("002008001", "002008002", "002008013", "002008021")
PLACES = ("鼓楼", "思明", "鲤城", "武夷山")
REVIEWER = "闽江示例文化和旅游局"


class Minjiang(PortalHandler):
    code: str

    def do_POST(self) -> None:
        body = self.body()
        if self.is_refused():
            return None
        operation = self.headers.get("SOAPAction", "").strip('"').removeprefix(NAMESPACE)
        try:
            (asked,) = ElementTree.fromstring(body).find(f"{{{SOAP}}}Body")  # noqa: S314  # pyright: ignore
        except (ElementTree.ParseError, TypeError, ValueError):
            return self.fault("Client", "无法识别的消息")
        given = {child.tag.removeprefix(f"{{{NAMESPACE}}}"): child for child in asked}
        verb, noun = operation[:3], operation[3:].removesuffix("List")
        if asked.tag != f"{{{NAMESPACE}}}{operation}":
            return self.fault("Client", f"没有 {operation} 操作")
        if given["verifyCode"].text != self.code:
            return self.say(operation, 1, "验证码错误")
        if verb == "Get" and noun in KINDS:
            return self.list(operation, KINDS[noun], {name: child.text or "" for name, child in given.items()})
        if operation in ("UpdateAgency", "UpdateFiling"):
            return self.update(operation, KINDS[operation[6:]], given)
        return self.fault("Client", f"没有 {operation} 操作")

    def list(self, operation: str, kind: str, asked: dict[str, str]) -> None:
        since, until = _midnight(asked.get("startDate"), 0), _midnight(asked.get("endDate"), 1)
        rows = sorted(self.world.view(kind, since, until))
        size = int(asked.get("pageSize") or 50)
        first = (int(asked.get("pageIndex") or 1) - 1) * size
        page = self.world.delivered(kind, rows[first : first + size])
        name = ELEMENTS[kind]
        records = "".join(element(name, written(kind, row)) for row in page)
        self.say(operation, 0, "成功", f"<TotalCount>{len(rows)}</TotalCount><{name}列表>{records}</{name}列表>")

    def update(self, operation: str, kind: str, given: dict[str, ElementTree.Element]) -> None:
        """Compare the version, and set what was sent; an empty element clears."""
        fields = value(given[ELEMENTS[kind]])
        key, base = given["key"].text or "", int(given["version"].text or -1)
        if not isinstance(fields, dict) or fields.get(KEYS[kind], key) != key:
            return self.say(operation, 8, "内容与编号不符")
        found = self.world.push(kind, key, base, fields, given["messageId"].text or "")
        if self.world.fault("drop_answer"):
            self.close_connection = True
            return None
        code, message = {"taken": (0, "成功"), "conflict": (2, "版本不一致"), "missing": (3, "记录不存在")}[found.what]
        version = f"<Version>{found.row.version}</Version>" if found.row and found.what != "missing" else ""
        return self.say(operation, code, message, version)

    def say(self, operation: str, code: int, message: str, rest: str = "") -> None:
        result = f"<Code>{code}</Code><Message>{message}</Message>{rest}"
        self.envelope(
            200,
            f'<{operation}Response xmlns="{NAMESPACE}"><{operation}Result>{result}</{operation}Result>'
            f"</{operation}Response>",
        )

    def fault(self, blamed: str, why: str) -> None:
        code = f"<faultcode>soap:{blamed}</faultcode><faultstring>{escape(why)}</faultstring>"
        self.envelope(500, f"<soap:Fault>{code}</soap:Fault>")

    def envelope(self, status: int, body: str) -> None:
        self.reply_text(
            status,
            "text/xml",
            f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{SOAP}">'
            f"<soap:Body>{body}</soap:Body></soap:Envelope>",
        )


def written(kind: str, row: Row) -> dict[str, Any]:
    """A record as it goes out: days as .NET writes them, times with fractions, now and then with a zone."""
    days = {name: f"{day}T00:00:00" for name, day in row.body.items() if name.endswith("日期") and len(day) == 10}
    when = datetime.fromtimestamp(row.changed_ms / 1000, CHINA)
    stamp = when.isoformat(timespec="milliseconds")
    return {**row.body, **days, "Version": row.version, "UpdateTime": stamp if row.version % 2 else stamp[:23]}


def element(name: str, content: Any) -> str:
    """A value as an element, a list as several."""
    if isinstance(content, list):
        return "".join(element(name, each) for each in content)
    inner = "".join(element(*part) for part in content.items()) if isinstance(content, dict) else escape(str(content))
    return f"<{name}>{inner}</{name}>"


def value(node: ElementTree.Element) -> Any:
    """An element as a value; children of a list's element are always a list."""
    if not len(node):
        return node.text or ""
    name = node.tag.rpartition("}")[2]
    if name.endswith("列表"):
        return {name.removesuffix("列表"): [value(child) for child in node]}
    return {child.tag.rpartition("}")[2]: value(child) for child in node}


def made(kind: str, index: int) -> tuple[str, dict[str, Any]]:
    """The synthetic record of a kind."""
    area, place, number = AREAS[index % 4], PLACES[index % 4], index + 1
    agency, code = f"闽江示例{number}号旅行社有限公司", uscc("350100", index)
    common = {"AreaID": area, "联系电话": f"0591-8{index % 10_000_000:07d}", "生效日期": "2025-01-01"}
    abroad = index % 4 == 0
    body = {
        "agency": lambda: {"社会信用代码": code, "许可证号": f"L-FJ-{index % 90000 + 10000}", "名称": agency,
            "法定代表人": "周示例", "负责人": "吴示例", "地址": f"{place}区示例路{number}号",
            "类型": 2 if abroad else 1, "出境业务": "是" if abroad else "否",
            "保证金": "￥1,400,000.00" if abroad else "200000",
            "发证日期": "2014-07-01", "State": 0, **common},
        "branch": lambda: {"社会信用代码": uscc("350200", index), "名称": f"{agency}{place}分社", "总社代码": code,
            "总社名称": agency, "地址": f"{place}区样本路{number}号", "负责人": "郑示例", "登记日期": "2018-03-01",
            "备案日期": "2018-03-05", "证书号": f"MJFS{index:06d}", "State": 1, **common},
        "outlet": lambda: {"社会信用代码": uscc("350300", index), "名称": f"{agency}{place}门市部", "总社代码": code,
            "总社名称": agency, "地址": f"{place}区演示路{number}号", "负责人": "王示例", "登记日期": "2019-04-01",
            "备案日期": "2019-04-03", "证书号": f"MJWD{index:06d}", "State": 1, **common},
        "filing": lambda: {"办件编号": f"MJ2025{index:06d}", "办件类型": "变更", "对象类型": 1, "对象名称": agency,
            "对象代码": code, "申请单位代码": code, "AreaID": area, "申请日期": "2025-01-02", "受理日期": "2025-01-03",
            "应办结日期": "2025-01-10", "审核状态": 0,
            "变更列表": {"变更": [{"事项": "法定代表人", "变更前": "周示例", "变更后": "冯示例"}]},
            "环节列表": {"环节": [{"序号": 1, "名称": "受理", "办理时间": "2025-01-03T10:20:30", "单位": REVIEWER}]}},
    }[kind]()  # fmt: skip
    return body[KEYS[kind]], body


def _midnight(day: str | None, later: int) -> int | None:
    """Milliseconds of a day's beginning, `later` days on."""
    if not day:
        return None
    when = datetime.fromisoformat(day).replace(tzinfo=CHINA) + timedelta(days=later)
    return int(when.timestamp() * 1000)


def opened(world: World, arguments: Namespace) -> tuple[int, dict[str, Any]]:
    given = {"code": os.environ["VERIFY_CODE"], "world": world}
    return serve(Minjiang, arguments.port, **given), {"control": control(world)}


if __name__ == "__main__":
    run(tuple(ELEMENTS), made, opened)
