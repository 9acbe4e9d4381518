"""What SOAP messages are made of, as JSON Schemas: the words of REST's answers and the canonical records."""

from __future__ import annotations

from typing import Any

from schemas.catalog import kind
from schemas.loading import Schema, declared, schema_names
from schemas.projections.xsd import camel

SUBMITTED: dict[str, str] = {
    operation: kind_id for kind_id in schema_names() if (operation := declared(kind_id, "x-operation")) is not None
}
"""The operations by which senders submit, each with the kind it takes, as the schemas name them."""


def value(zh: str, en: str, type_: str = "string", **more: Any) -> Schema:
    return {"type": type_, "title": zh, "title:en": en, **more}


def many(item: Schema, **more: Any) -> Schema:
    words = {name: item[name] for name in ("title", "title:en") if name in item}
    return {"type": "array", "items": item, **words, **more}


def obj(zh: str, en: str, properties: dict[str, Schema], optional: str = "", **more: Any) -> Schema:
    """An object whose properties are all required but those named in `optional`."""
    required = [name for name in properties if name not in optional.split()]
    return value(zh, en, "object", properties=properties, required=required, **more)


def body_of(kind_id: str) -> Schema:
    """The canonical schema of a kind, under a type name without version."""
    return {**kind(kind_id).schema, "x-type": camel(kind_id.partition(".")[0])}


_WORDS = obj(
    "中英文",
    "Both languages",
    {"zh": value("中文", "Chinese"), "en": value("英文", "English")},
    **{"x-type": "Words"},
)
FINDING = obj(
    "校验结果",
    "Finding",
    {
        "code": value("代码", "Code", examples=["ROSTER-017"]),
        "severity": value("级别", "Severity", enum=["error", "warning"]),
        "field": value("规范字段的 JSON 指针", "JSON pointer of the canonical field"),
        "locator": value("报文中的位置（XPath）", "Place in your own message, an XPath"),
        "title": _WORDS,
        "value": value("原值，个人信息已掩码", "What stood there, personal values masked"),
        "reason": _WORDS,
        "advice": _WORDS,
    },
    optional="value",
    **{"x-type": "Finding"},
)
_DIFFERENCE = obj(
    "不同之处",
    "Difference",
    {
        "field": value("规范字段的 JSON 指针", "JSON pointer of the canonical field"),
        "title": _WORDS,
        "stored": value("已存的值", "What is stored"),
        "sent": value("本次的值", "What was sent"),
    },
    optional="stored sent",
    **{"x-type": "Difference"},
)
_STORED = obj(
    "平台已存的记录",
    "What is stored under the number",
    {
        "version": value("版本", "Version", "integer"),
        "state": value("状态", "State"),
        "content_sha256": value("内容摘要", "SHA-256 of the canonical content"),
        "code": value("合同编码", "Contract code"),
    },
    optional="code",
    **{"x-type": "Standing"},
)
_FATE = obj(
    "一条记录的处理结果",
    "What became of one record",
    {
        "ordinal": value("第几条，从 1 起", "Counted from 1", "integer"),
        "locator": value("报文中的位置（XPath）", "Place in your own message, an XPath"),
        "status": value(
            "处理结果",
            "Fate",
            enum=["accepted", "unchanged", "amended", "rejected", "quarantined", "conflict", "withheld"],
        ),
        "key": value("业务编号", "Business number"),
        "version": value("版本", "Version", "integer"),
        "state": value("状态", "State"),
        "content_sha256": value("内容摘要", "SHA-256 of the canonical content"),
        "code": value("合同编码", "Contract code"),
        "code_printed": value("印刷用的合同编码", "Contract code as it is printed"),
        "qr_text": value("二维码内容", "Text of the QR"),
        "original_submission_id": value("最初提交的编号", "Submission that first brought this content"),
        "stored": _STORED,
        "differences": many(_DIFFERENCE),
        "findings": many(FINDING),
    },
    optional=(
        "key version state content_sha256 code code_printed qr_text original_submission_id stored differences findings"
    ),
    **{"x-type": "RecordFate"},
)
_COUNTS = obj(
    "计数",
    "Counts",
    {
        name: value(zh, en, "integer")
        for name, zh, en in (
            ("rows", "总数", "All"),
            ("accepted", "已接收", "Accepted"),
            ("unchanged", "无变化", "Unchanged"),
            ("amended", "已变更", "Amended"),
            ("rejected", "被退回", "Rejected"),
            ("quarantined", "已隔离", "Quarantined"),
            ("conflict", "与已存不一致", "In conflict"),
            ("withheld", "暂未保存", "Withheld"),
            ("warned", "有提示", "With warnings"),
        )
    },
    optional="quarantined",
    **{"x-type": "Counts"},
)
ANSWER = {
    "submission_id": value("提交编号", "Submission id"),
    "kind": value("种类", "Kind"),
    "mapping": value("映射", "Mapping"),
    "received_at": value("收到时间", "Received at", format="date-time"),
    "raw_sha256": value(
        "报文主体元素（排他规范化）的摘要", "SHA-256 of the operation element in exclusive canonical form"
    ),
    "counts": _COUNTS,
    "records": many(_FATE),
    "notes": many(FINDING),
    "receipt": value("回执（JWS）", "Signed receipt, a compact JWS"),
    "original_receipt": value("首次接收时的回执", "The receipt given when this content first came in"),
    "dry_run": value("试运行：未保存，无回执", "A trial: nothing is stored, and there is no receipt", "boolean"),
}
_PROBLEM = {
    "type": value("问题类型", "Problem type"),
    "title": value("标题", "Title in Chinese"),
    "title_en": value("英文标题", "Title in English"),
    "status": value("REST 接口对应的状态码", "HTTP status that REST answers with", "integer"),
    "code": value("问题代码", "Problem code", examples=["INTAKE-002"]),
    "detail": value("详情", "Detail in Chinese"),
    "detail_en": value("英文详情", "Detail in English"),
    "advice": value("处理办法", "What to do, in Chinese"),
    "advice_en": value("英文处理办法", "What to do, in English"),
    "trace_id": value("追踪编号", "Trace id"),
}
_XSD_ERROR = obj(
    "不符合 XSD 之处",
    "Where the message departs from the XSD",
    {"locator": value("XPath", "XPath"), "reason": value("原因", "Reason")},
    **{"x-type": "SchemaError"},
)
_MEMBER = obj(
    "其他信息",
    "A further member of the problem",
    {"name": value("名称", "Name"), "value": value("值（文本或 JSON）", "Value, text or JSON")},
    **{"x-type": "Member"},
)
REFUSAL = obj(
    "拒绝",
    "Refusal",
    {
        **_PROBLEM,
        "members": many(_MEMBER),
        "findings": many(FINDING),
        "xsd_errors": many(_XSD_ERROR),
        **ANSWER,
    },
    optional=" ".join(("trace_id members findings xsd_errors", *ANSWER)),
    description="与 REST 接口相同的问题代码；一条记录被退回时，另含完整的答复与回执",
    **{"description:en": "The problem codes of the REST API; for one refused record the whole answer with its receipt"},
)
FACTS = obj(
    "合同要素",
    "What the register says of a contract",
    {
        "code": value("合同编码", "Contract code"),
        "code_printed": value("印刷用的合同编码", "Contract code as it is printed"),
        "contract_type": value("合同类型", "Contract type"),
        "agency_name": value("旅行社名称", "Agency"),
        "agency_uscc": value("统一社会信用代码", "USCC of the agency"),
        "depart_on": value("出发日期", "Departure", format="date"),
        "return_on": value("返回日期", "Return", format="date"),
        "headcount": value("人数", "Headcount", "integer"),
        "issued_at": value("签发时间", "Issued at", format="date-time"),
        "version": value("版本", "Version", "integer"),
        "state": value("状态", "State"),
        "content_sha256": value("内容摘要", "SHA-256 of the canonical content"),
        "documents_sha256": many(value("合同文件的摘要", "SHA-256 of the final documents")),
    },
    optional="depart_on return_on documents_sha256",
    **{"x-type": "ContractFacts"},
)
RECORD = obj(
    "已存记录",
    "A stored record",
    {
        "kind": value("种类", "Kind"),
        "key": value("业务编号", "Business number"),
        "schema": value("规范与版本", "Schema with version"),
        "version": value("版本", "Version", "integer"),
        "state": value("状态", "State"),
        "subkind": value("子类", "Type within the kind"),
        "agency_name": value("旅行社名称", "Agency"),
        "agency_uscc": value("统一社会信用代码", "USCC of the agency"),
        "depart_on": value("出发日期", "Departure", format="date"),
        "return_on": value("返回日期", "Return", format="date"),
        "headcount": value("人数", "Headcount", "integer"),
        "division": value("行政区划", "Division, GB/T 2260"),
        "content_sha256": value("内容摘要", "SHA-256 of the canonical content"),
        "submission_id": value("提交编号", "Submission id"),
        "stored_at": value("保存时间", "Stored at", format="date-time"),
        "issued_at": value("签发时间", "Issued at", format="date-time"),
        "code": value("合同编码", "Contract code"),
        "code_printed": value("印刷用的合同编码", "Contract code as it is printed"),
        "qr_text": value("二维码内容", "Text of the QR"),
        **{kind_id.partition(".")[0]: body_of(kind_id) for kind_id in SUBMITTED.values()},
    },
    optional=" ".join(
        (
            "depart_on return_on division issued_at code code_printed qr_text",
            *(kind_id.partition(".")[0] for kind_id in SUBMITTED.values()),
        )
    ),
    **{"x-type": "StoredRecord"},
)
