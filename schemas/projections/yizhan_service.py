"""The SOAP service of the gateway: its operations, with messages made of the canonical schemas and REST's own words."""

from __future__ import annotations

from typing import Any

from schemas.catalog import kind
from schemas.findings import Text
from schemas.loading import Schema
from schemas.projections.namespaces import SERVICE
from schemas.projections.wsdl import Operation, Service
from schemas.projections.xsd import camel

SUBMITTED = {"SubmitContracts": "contract.v1", "SubmitRosters": "roster.v1"}
MOST_LOOKUPS = 1000


def _value(zh: str, en: str, type_: str = "string", **more: Any) -> Schema:
    return {"type": type_, "title": zh, "title:en": en, **more}


def _many(item: Schema, **more: Any) -> Schema:
    words = {name: item[name] for name in ("title", "title:en") if name in item}
    return {"type": "array", "items": item, **words, **more}


def _object(zh: str, en: str, properties: dict[str, Schema], optional: str = "", **more: Any) -> Schema:
    """An object whose properties are all required but those named in `optional`."""
    required = [name for name in properties if name not in optional.split()]
    return _value(zh, en, "object", properties=properties, required=required, **more)


def _body(kind_id: str) -> Schema:
    """The canonical schema of a kind, under a type name without version."""
    return {**kind(kind_id).schema, "x-type": camel(kind_id.partition(".")[0])}


_WORDS = _object(
    "中英文",
    "Both languages",
    {"zh": _value("中文", "Chinese"), "en": _value("英文", "English")},
    **{"x-type": "Words"},
)
_FINDING = _object(
    "校验结果",
    "Finding",
    {
        "code": _value("代码", "Code", examples=["ROSTER-017"]),
        "severity": _value("级别", "Severity", enum=["error", "warning"]),
        "field": _value("规范字段的 JSON 指针", "JSON pointer of the canonical field"),
        "locator": _value("报文中的位置（XPath）", "Place in your own message, an XPath"),
        "title": _WORDS,
        "value": _value("原值，个人信息已掩码", "What stood there, personal values masked"),
        "reason": _WORDS,
        "advice": _WORDS,
    },
    optional="value",
    **{"x-type": "Finding"},
)
_DIFFERENCE = _object(
    "不同之处",
    "Difference",
    {
        "field": _value("规范字段的 JSON 指针", "JSON pointer of the canonical field"),
        "title": _WORDS,
        "stored": _value("已存的值", "What is stored"),
        "sent": _value("本次的值", "What was sent"),
    },
    optional="stored sent",
    **{"x-type": "Difference"},
)
_FATE = _object(
    "一条记录的处理结果",
    "What became of one record",
    {
        "ordinal": _value("第几条，从 1 起", "Counted from 1", "integer"),
        "locator": _value("报文中的位置（XPath）", "Place in your own message, an XPath"),
        "status": _value(
            "处理结果",
            "Fate",
            enum=["accepted", "unchanged", "amended", "rejected", "quarantined", "conflict", "withheld"],
        ),
        "key": _value("业务编号", "Business number"),
        "version": _value("版本", "Version", "integer"),
        "state": _value("状态", "State"),
        "content_sha256": _value("内容摘要", "SHA-256 of the canonical content"),
        "code": _value("合同编码", "Contract code"),
        "code_printed": _value("印刷用的合同编码", "Contract code as it is printed"),
        "qr_text": _value("二维码内容", "Text of the QR"),
        "original_submission_id": _value("最初提交的编号", "Submission that first brought this content"),
        "differences": _many(_DIFFERENCE),
        "findings": _many(_FINDING),
    },
    optional="key version state content_sha256 code code_printed qr_text original_submission_id differences findings",
    **{"x-type": "RecordFate"},
)
_COUNTS = _object(
    "计数",
    "Counts",
    {
        name: _value(zh, en, "integer")
        for name, zh, en in (
            ("rows", "总数", "All"),
            ("accepted", "已接收", "Accepted"),
            ("unchanged", "无变化", "Unchanged"),
            ("amended", "已变更", "Amended"),
            ("rejected", "被退回", "Rejected"),
            ("quarantined", "已隔离", "Quarantined"),
            ("conflict", "与已存不一致", "In conflict"),
            ("withheld", "暂未保存", "Withheld"),
            ("warned", "有警告", "With warnings"),
        )
    },
    optional="quarantined",
    **{"x-type": "Counts"},
)
_ANSWER = {
    "submission_id": _value("提交编号", "Submission id"),
    "kind": _value("种类", "Kind"),
    "mapping": _value("映射", "Mapping"),
    "received_at": _value("收到时间", "Received at", format="date-time"),
    "raw_sha256": _value(
        "报文主体元素（排他规范化）的摘要", "SHA-256 of the operation element in exclusive canonical form"
    ),
    "counts": _COUNTS,
    "records": _many(_FATE),
    "receipt": _value("回执（JWS）", "Signed receipt, a compact JWS"),
    "original_receipt": _value("首次接收时的回执", "The receipt given when this content first came in"),
}
_PROBLEM = {
    "type": _value("问题类型", "Problem type"),
    "title": _value("标题", "Title in Chinese"),
    "title_en": _value("英文标题", "Title in English"),
    "status": _value("REST 接口对应的状态码", "HTTP status that REST answers with", "integer"),
    "code": _value("问题代码", "Problem code", examples=["INTAKE-002"]),
    "detail": _value("详情", "Detail in Chinese"),
    "detail_en": _value("英文详情", "Detail in English"),
    "advice": _value("处理办法", "What to do, in Chinese"),
    "advice_en": _value("英文处理办法", "What to do, in English"),
    "trace_id": _value("追踪编号", "Trace id"),
}
_XSD_ERROR = _object(
    "不符合 XSD 之处",
    "Where the message departs from the XSD",
    {"locator": _value("XPath", "XPath"), "reason": _value("原因", "Reason")},
    **{"x-type": "SchemaError"},
)
_MEMBER = _object(
    "其他信息",
    "A further member of the problem",
    {"name": _value("名称", "Name"), "value": _value("值（文本或 JSON）", "Value, text or JSON")},
    **{"x-type": "Member"},
)
_REFUSAL = _object(
    "拒绝",
    "Refusal",
    {
        **_PROBLEM,
        "members": _many(_MEMBER),
        "findings": _many(_FINDING),
        "xsd_errors": _many(_XSD_ERROR),
        **_ANSWER,
    },
    optional=" ".join(("trace_id members findings xsd_errors", *_ANSWER)),
    description="与 REST 接口相同的问题代码；一条记录被退回时，另含完整的答复与回执",
    **{"description:en": "The problem codes of the REST API; for one refused record the whole answer with its receipt"},
)
_FACTS = _object(
    "合同要素",
    "What the register says of a contract",
    {
        "code": _value("合同编码", "Contract code"),
        "code_printed": _value("印刷用的合同编码", "Contract code as it is printed"),
        "contract_type": _value("合同类型", "Contract type"),
        "agency_name": _value("旅行社名称", "Agency"),
        "agency_uscc": _value("统一社会信用代码", "USCC of the agency"),
        "depart_on": _value("出发日期", "Departure", format="date"),
        "return_on": _value("返回日期", "Return", format="date"),
        "headcount": _value("人数", "Headcount", "integer"),
        "issued_at": _value("签发时间", "Issued at", format="date-time"),
        "version": _value("版本", "Version", "integer"),
        "state": _value("状态", "State"),
        "content_sha256": _value("内容摘要", "SHA-256 of the canonical content"),
        "documents_sha256": _many(_value("合同文件的摘要", "SHA-256 of the final documents")),
    },
    optional="depart_on return_on documents_sha256",
    **{"x-type": "ContractFacts"},
)
_RECORD = _object(
    "已存记录",
    "A stored record",
    {
        "kind": _value("种类", "Kind"),
        "key": _value("业务编号", "Business number"),
        "schema": _value("规范与版本", "Schema with version"),
        "version": _value("版本", "Version", "integer"),
        "state": _value("状态", "State"),
        "subkind": _value("子类", "Type within the kind"),
        "agency_name": _value("旅行社名称", "Agency"),
        "agency_uscc": _value("统一社会信用代码", "USCC of the agency"),
        "depart_on": _value("出发日期", "Departure", format="date"),
        "return_on": _value("返回日期", "Return", format="date"),
        "headcount": _value("人数", "Headcount", "integer"),
        "division": _value("行政区划", "Division, GB/T 2260"),
        "content_sha256": _value("内容摘要", "SHA-256 of the canonical content"),
        "submission_id": _value("提交编号", "Submission id"),
        "stored_at": _value("保存时间", "Stored at", format="date-time"),
        "issued_at": _value("签发时间", "Issued at", format="date-time"),
        "code": _value("合同编码", "Contract code"),
        "code_printed": _value("印刷用的合同编码", "Contract code as it is printed"),
        "qr_text": _value("二维码内容", "Text of the QR"),
        **{kind_id.partition(".")[0]: _body(kind_id) for kind_id in SUBMITTED.values()},
    },
    optional="depart_on return_on division issued_at code code_printed qr_text contract roster",
    **{"x-type": "StoredRecord"},
)


def _submit(name: str, kind_id: str) -> Operation:
    body = _body(kind_id)
    words = Text(body["title"], body["title:en"])
    request = {
        "idempotencyKey": _value("幂等键，重试时原样重发", "Repeat it with a retry", minLength=1, maxLength=200),
        "atomic": _value("全部成功才保存", "Store all or nothing", "boolean"),
        "amend": _value("按变更处理", "Amend what is stored", "boolean"),
        kind_id.partition(".")[0]: _many(body, minItems=1),
    }
    zh, en = f"报送{words.zh}，一次一条或多条", f"Submit one or many: {words.en}"
    return Operation(
        name,
        Text(zh, en),
        _object(zh, en, request, optional="idempotencyKey atomic amend"),
        _object("答复", "Answer", _ANSWER, optional="records original_receipt"),
    )


YIZHAN = Service(
    name="Yizhan",
    title=Text("驿站数据交换网关", "Yizhan data-exchange gateway"),
    namespace=SERVICE,
    operations=(
        *(_submit(name, kind_id) for name, kind_id in SUBMITTED.items()),
        Operation(
            "UploadDocument",
            Text("上传合同的最终 PDF 文件（base64 或 MTOM）", "Upload the final PDF of a contract, as base64 or MTOM"),
            _object(
                "上传合同文件",
                "Upload the document of a contract",
                {
                    "code": _value("合同编码", "Contract code"),
                    "document": _value(
                        "PDF 文件", "The PDF", contentEncoding="base64", contentMediaType="application/pdf"
                    ),
                },
            ),
            _object(
                "已存的文件",
                "The stored document",
                {
                    "code": _value("合同编码", "Contract code"),
                    "sha256": _value("文件摘要", "SHA-256 of the file"),
                    "size_bytes": _value("字节数", "Bytes", "integer"),
                    "pages": _value("页数", "Pages", "integer"),
                    "code_printed": _value("文字中是否印有编码", "Whether its text shows the code", "boolean"),
                },
            ),
        ),
        Operation(
            "GetReceipt",
            Text("取回一次提交的回执与原答复", "The receipt and the original answer of a submission"),
            _object("取回执", "Get a receipt", {"submission_id": _value("提交编号", "Submission id")}),
            _object(
                "原答复",
                "The original answer",
                _ANSWER,
                optional="kind mapping received_at raw_sha256 counts records original_receipt",
            ),
        ),
        Operation(
            "LookUp",
            Text("查询已存的记录", "Look up what is stored"),
            _object(
                "查询，至少一个条件",
                "Look up; give at least one criterion",
                {
                    "kind": _value("种类", "Kind", enum=[name.partition(".")[0] for name in SUBMITTED.values()]),
                    "code": _many(_value("合同编码", "Contract codes"), maxItems=MOST_LOOKUPS),
                    "business_no": _many(_value("业务合同号", "Business numbers"), maxItems=MOST_LOOKUPS),
                    "group_no": _many(_value("团队编号", "Group numbers"), maxItems=MOST_LOOKUPS),
                    "content_sha256": _many(_value("内容摘要", "Content hashes"), maxItems=MOST_LOOKUPS),
                },
                optional="code business_no group_no content_sha256",
            ),
            _object("查到的记录", "What was found", {"records": _many(_RECORD)}),
        ),
        Operation(
            "VerifyContract",
            Text("核验合同编码或二维码，无需凭证", "Verify a contract code or QR; needs no credential"),
            _object(
                "核验", "Verify", {"text": _value("合同编码或二维码内容", "A code or a whole QR text", minLength=1)}
            ),
            _object(
                "核验结果",
                "Verdict",
                {
                    "verdict": _value("结论", "Verdict", enum=["valid", "void", "superseded"]),
                    "checked_at": _value("核验时间", "Checked at", format="date-time"),
                    "contract": _FACTS,
                },
            ),
        ),
    ),
    refusals={"Refusal": _REFUSAL},
)
