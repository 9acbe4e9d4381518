"""Statistics."""

from __future__ import annotations

from gateway.doors.openapi_blocks import OBJECT, OK, READING, Route, json_of, query, route
from gateway.statistics.deriving import KINDS
from gateway.statistics.figures import Grouping, Part
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
                    f"分组，以逗号分隔：{'、'.join(Grouping)}",
                    f"What to group by, parted by commas: {', '.join(Grouping)}",
                ),
            ),
            query("subkind", {"type": "string"}, Text("类型，以逗号分隔", "Types, parted by commas")),
            DIVISION,
            AGENCY,
        ],
    )
