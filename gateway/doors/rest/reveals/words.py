"""Personal values in clear."""

from __future__ import annotations

from gateway.authority.revealing import MOST_FIELDS, Purpose
from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, WRITING, Route, json_of, route
from gateway.ledger.kinds import BEHAVIOURS
from schemas.findings import Text


def revealed() -> Route:
    schema = {
        "type": "object",
        "required": ["kind", "key", "fields", "purpose"],
        "additionalProperties": False,
        "properties": {
            "kind": {"type": "string", "enum": [*BEHAVIOURS]},
            "key": {
                "type": "string",
                "description": Text("记录编号，合同为合同编码", "The number of the record, of a contract its code"),
            },
            "agency_uscc": {
                "type": "string",
                "description": Text(
                    "多家旅行社使用同一编号时，指明哪一家的记录", "Whose record, when several agencies use this number"
                ),
            },
            "partner": {
                "type": "string",
                "description": Text(
                    "政务服务网和旅行社各保存一份时，指明哪一方的记录",
                    "Whose record, when a portal and the agency itself keep one",
                ),
            },
            "fields": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST_FIELDS},
            "purpose": {"type": "string", "enum": [purpose.value for purpose in Purpose]},
        },
    }
    return route(
        Text("按用途查看遮盖的个人信息", "Personal values in clear, for a purpose"),
        Text(
            "按用途查看遮盖的个人信息；查看人、字段和用途记入审计记录，内容不记。字段为 JSON 指针。",
            "Fields are JSON pointers. Who looked, at which fields and for what is audited, the values are not.",
        ),
        (*WRITING, problems.NOT_FOUND),
        {"200": json_of(Text("各指针对应的值", "The values by their pointers"), OBJECT)},
        body={"application/json": {"schema": schema}},
    )
