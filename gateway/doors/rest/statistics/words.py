"""Statistics."""

from __future__ import annotations

from gateway.doors.openapi_blocks import OBJECT, OK, READING, WRITING, Route, json_of, query, route
from gateway.doors.statistics_tables import FORMATS
from gateway.statistics.deriving import KINDS
from gateway.statistics.figures import Grouping, Part
from gateway.statistics.top100 import WEIGHABLE
from gateway.statistics.yearly import COUNTS, MONEY
from schemas.findings import Text

_DAY = {"type": "string", "format": "date"}
SINCE = query("since", _DAY, Text("起始日期，默认本年 1 月 1 日", "First day, by default that of this year"))
UNTIL = query("until", _DAY, Text("截止日期（含），默认今天", "Last day, that day too; by default today"))
DIVISION = query(
    "division",
    {"type": "string"},
    Text("只统计该行政区划及其下级", "Only that division of GB/T 2260 and those below it"),
)
AGENCY = query(
    "agency",
    {"type": "string"},
    Text("只统计该统一社会信用代码的旅行社", "Only the agency of that credit code"),
)


def _code(name: str) -> str:
    return f"`{name}`"


def figures() -> Route:
    return route(
        Text("查询统计数据", "Figures of what was reported"),
        Text(
            "主管部门看到本辖区的数据，旅行社看到本社的数据。一个团队按出发日期计入；"
            "`organised` 每位旅游者只计一次，`received` 按每家接待社计，`visited` 按每个目的地计。"
            "已作废的合同和已退回的名单表不计入团队数和人数，另列 `voids` 和 `returned`。",
            "Officials get those of their division, agencies their own. A group counts on the day on which it leaves: "
            "once as `organised`, once for each agency that `received` it, once for each place it `visited`. Void "
            "contracts and returned rosters count neither as groups nor as travellers but as `voids` and `returned`.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=[
            SINCE,
            UNTIL,
            query(
                "kind",
                {"type": "string", "enum": list(KINDS), "default": "roster"},
                Text("名单表或合同", "Rosters or contracts"),
            ),
            query(
                "part",
                {"type": "string", "enum": [each.value for each in Part], "default": Part.ORGANISED.value},
                Text("组织、接待或目的地", "Organised, received or visited"),
            ),
            query(
                "by",
                {"type": "string", "examples": ["month,agency"]},
                Text(
                    f"分组，以逗号分隔：{'、'.join(map(_code, Grouping))}",
                    f"What to group by, parted by commas: {', '.join(map(_code, Grouping))}",
                ),
            ),
            query("subkind", {"type": "string"}, Text("类型，以逗号分隔", "Types, parted by commas")),
            DIVISION,
            AGENCY,
        ],
    )


_FORMAT = query(
    "format",
    {"type": "string", "enum": list(FORMATS), "default": FORMATS[0]},
    Text("JSON，或文件：CSV、xlsx", "JSON, or a file: CSV, xlsx"),
)
_YEAR = query("year", {"type": "integer"}, Text("年份，默认上一年", "The year, by default the one before this"))


def trade() -> Route:
    return route(
        Text("行业统计报表", "The trade's forms"),
        Text(
            "国内、入境和出境三张表：组织（外联）与接待的人次和人天，按客源地或目的地列出。"
            "出境表按国家重复计数，合计每人只计一次。",
            "Domestic, inbound and outbound: persons and person-days organised and received, by where they come from "
            "or go to. Of the outbound form a traveller counts in each country; in the total once.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=[SINCE, UNTIL, DIVISION, AGENCY, _FORMAT],
    )


def rates() -> Route:
    return route(
        Text("填报率", "Reporting rates"),
        Text(
            "已报团队数与应报团队数之比。应报数有四种依据，各自列出，互不替代：旅行社申报、上年同期、合同、对接配置。"
            "`silent` 为停止报送的旅行社。",
            "Groups reported against groups expected, by each of four bases and none in the place of another: what the "
            "agency declares, the year before, contracts, its connector. `silent` are those that have fallen silent.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=[SINCE, UNTIL, DIVISION, AGENCY, _FORMAT],
    )


def published() -> Route:
    return route(
        Text("发布行业统计报表", "Publish the trade's forms"),
        Text(
            "把本辖区该时段的报表按当前数据定稿；此后的更正不影响定稿，再次发布生成新版本。",
            "Freezes the forms of your division and those days as they are; later corrections leave them alone, and "
            "publishing once more makes the next version.",
        ),
        WRITING,
        {"201": json_of(Text("定稿", "The frozen forms"), OBJECT)},
        body={
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["since", "until"],
                    "properties": {"since": _DAY, "until": _DAY},
                }
            }
        },
    )


def publications() -> Route:
    return route(
        Text("已发布的报表", "Published forms"),
        Text("最近发布的在前。", "The newest first."),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def publication() -> Route:
    return route(
        Text("查看定稿及其与现在的差异", "A publication, and what is otherwise now"),
        Text("`changes` 列出定稿与当前数据不同的数字。", "`changes` are the numbers that are otherwise now."),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def ranking() -> Route:
    return route(
        Text("百强排名", "The Top-100"),
        Text(
            "按该年度的规则排名，规则为示例；给出 `weights` 则按该权重模拟，不保存。"
            "给出 `agency` 时另答复其各项提升名次所需的数值 `steps`。",
            "By the rule of the year, which is synthetic; with `weights` a simulation, of which nothing is kept. With "
            "an `agency` also `steps`: the value of each part that would lift it.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=[
            _YEAR,
            DIVISION,
            AGENCY,
            query(
                "weights",
                {"type": "string", "examples": ["revenue:1,tax_paid:2"]},
                Text(
                    f"各项权重，以逗号分隔，可用：{'、'.join(map(_code, WEIGHABLE))}",
                    f"Weights by part, parted by commas: {', '.join(map(_code, WEIGHABLE))}",
                ),
            ),
            _FORMAT,
        ],
    )


def handed_in() -> Route:
    number = {"type": ["string", "integer", "null"]}
    return route(
        Text("填报年度报表", "Hand in the report of a year"),
        Text(
            "旅行社填报：预计团队数、各项人次和人天、营业收入、毛利和税金；再次填报则替换。金额以字符串传输。",
            "What an agency says of a year: groups expected, persons and person-days, revenue, profit, tax. Handed in "
            "once more it takes the place of the one before. Amounts are strings.",
        ),
        WRITING,
        {"200": json_of(OK, OBJECT)},
        parameters=[AGENCY],
        body={
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {name: number | {"title": words} for name, words in {**COUNTS, **MONEY}.items()},
                }
            }
        },
    )


def report() -> Route:
    return route(
        Text("年度报表与统计数据对照", "A year's report beside what was counted"),
        Text(
            "每项的填报数、统计数和差异（统计减填报）。",
            "Of each figure what is reported, what was counted, and by how much that is more.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=[AGENCY],
    )
