"""Electronic seals and rosters under them."""

from __future__ import annotations

from typing import Any

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.openapi_blocks import LIMIT, OBJECT, OK, READING, WRITING, Route, json_of, query, route
from gateway.doors.requests import bad_parameter
from gateway.seals.states import SealState
from schemas.findings import Text, veiled

_LONGEST_REASON = 500
_REASON = {"type": "string", "minLength": 1, "maxLength": _LONGEST_REASON}
_UNTIL = {
    "type": "string",
    "format": "date-time",
    "description": Text("有效期截止；不填为三年", "The end of its time; three years if not given"),
}


def reason(given: Any) -> str:
    """Why a seal is decided about, as its owner reads it. Raises Refused (REQUEST-001)."""
    said = given.strip() if isinstance(given, str) else ""
    if not 1 <= len(said) <= _LONGEST_REASON or "\0" in said:
        raise bad_parameter("reason", f"1 .. {_LONGEST_REASON}")
    if veiled(said) != said:
        detail = Text("理由中含有疑似证件号或手机号", "The reason seems to hold a document or telephone number")
        raise Refused(problems.BAD_REQUEST, detail, parameter="reason")
    return said


def listed() -> Route:
    states = {"type": "string", "enum": [state.value for state in SealState]}
    parameters = [
        query("state", states, Text("仅此状态的", "Only those")),
        query(
            "after", {"type": "string", "format": "uuid"}, Text("上次调用返回的 `next`", "`next` of the call before")
        ),
        LIMIT,
    ]
    return route(
        Text("列出电子印章", "Electronic seals in sight, the oldest first"),
        Text("旅行社可见本社印章，主管部门可见本辖区印章；先申请的在前。", "An agency's own, or those of a division."),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=parameters,
    )


def applied() -> Route:
    names = {"agency_uscc": {"type": "string"}, "partner": {"type": "string"}}
    return route(
        Text("申请电子印章", "Apply for a seal"),
        Text(
            "旅行社申请报送专用章（代多家报送的须填 `agency_uscc`），主管部门申请审核专用章，也可为本"
            "辖区的旅行社或 `partner` 申请。已有待办申请的，返回该申请。",
            "An agency for its reporting seal (`agency_uscc` where the caller speaks for several), "
            "an authority for its audit seal; an authority may name an agency or `partner` of its "
            "division. Who has an application waiting gets that one.",
        ),
        (*WRITING, problems.UNPRINTABLE),
        {"201": json_of(Text("印章申请", "The application"), OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": names, "additionalProperties": False}}},
    )


def shown() -> Route:
    return route(
        Text("查看电子印章", "A seal"),
        Text(
            "含 GB/T 38540-2020 规定的属性。示例章，非认证产品。",
            "With the properties of GB/T 38540-2020. A sample, no certified product.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def picture() -> Route:
    return _file(
        Text("下载原尺寸印章图样", "The drawing of a seal at its true size"),
        Text("矢量轮廓，不需要字体。", "Vector outlines: no font is needed."),
        "image/svg+xml",
    )


def certificate() -> Route:
    return _file(
        Text("下载印章证书", "The certificate of a seal"),
        Text("由本平台的根证书签发。", "Of the root of this installation."),
        "application/x-pem-file",
    )


def root() -> Route:
    content = {"application/x-pem-file": {"schema": {"type": "string"}}}
    return route(
        Text("下载印章根证书", "The root certificate of the seals of this installation"),
        Text("PDF 阅读器导入后可显示印章持有人。", "Readers of PDFs that import it show whose seal it is."),
        (problems.RATE_LIMITED,),
        {"200": {"description": OK, "content": content}},
        security=[],
    )


def uses() -> Route:
    parameters = [
        query("after", {"type": "integer", "minimum": 0}, Text("上次调用返回的 `next`", "`next` of the call before")),
        LIMIT,
    ]
    return route(
        Text("查看用印记录", "What a seal was used for"),
        Text(
            "每次办理和每份文件，含其 SHA-256、用印人和时间。",
            "Every decision and document, with its SHA-256, who and when.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=parameters,
    )


def decided() -> Route:
    decision = {"type": "string", "enum": ["approve", "reject"]}
    schema = {
        "type": "object",
        "required": ["decision"],
        "properties": {"decision": decision, "reason": _REASON, "valid_until": _UNTIL},
        "additionalProperties": False,
    }
    return _change(
        Text("核准或退回印章申请", "Issue a seal that was applied for, or reject it"),
        Text(
            "供其辖区的主管部门使用。同一持有人已有有效印章的，核准即为换发。",
            "For authorities that see its division. It renews one of the same owner that is in force.",
        ),
        schema,
    )


def revoked() -> Route:
    schema = {
        "type": "object",
        "required": ["reason"],
        "properties": {"reason": _REASON},
        "additionalProperties": False,
    }
    return _change(
        Text("撤销电子印章", "Revoke a seal"),
        Text(
            "供持有人和其辖区的主管部门使用，立即生效。",
            "For its owner, and authorities that see its division; it takes effect at once.",
        ),
        schema,
    )


def renewed() -> Route:
    schema = {"type": "object", "properties": {"valid_until": _UNTIL}, "additionalProperties": False}
    return route(
        Text("换发电子印章", "Renew a seal"),
        Text(
            "供主管部门使用：以新印章、新密钥替换原印章。",
            "For authorities: a new one, with a new key, in the place of this one.",
        ),
        (*WRITING, problems.SEAL_STATE, problems.UNPRINTABLE),
        {"201": json_of(Text("新印章", "The new seal"), OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def verified() -> Route:
    return route(
        Text("核验已用印的 PDF", "What a signed PDF is worth"),
        Text(
            "由哪些印章签署、是否为本平台签发且有效、签署后是否改动。文件不留存。",
            "Which seals signed it, whether they are ours and in force, whether anything was changed "
            "since. The file is not kept.",
        ),
        (*READING, problems.BODY_INCOMPLETE, problems.DOCUMENT_TOO_LARGE, problems.NOT_A_SIGNED_PDF),
        {"200": json_of(Text("逐个签名的核验结果", "The verdict, signature by signature"), OBJECT)},
        body={"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    )


def roster() -> Route:
    parameters = [
        query(
            "agency_uscc",
            {"type": "string"},
            Text("多家旅行社使用同一编号时填写", "Where several agencies use the number"),
        ),
        query(
            "partner",
            {"type": "string"},
            Text("多个对接方保存同一编号时填写", "Where several partners keep the number"),
        ),
    ]
    content = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
    return route(
        Text("下载已用印的名单表打印件", "A roster as it is printed, under its seals"),
        Text(
            "含各联，格式为 `PDF/A-2b`，每个印章为一个 `PAdES` 签名；供为该旅行社报送的一方下载。首次"
            "请求时生成，同一版本和状态的内容始终逐字节一致。`Roster-Seals` 列出所用印章。",
            "In all copies of its form, PDF/A-2b, each seal a PAdES signature. For who speaks for "
            "its agency. Made when it is first asked for; of the same version and state always the "
            "same bytes. `Roster-Seals` says which seals stand on it.",
        ),
        (*READING, problems.UNPRINTABLE, problems.NOT_SET),
        {"200": {"description": OK, "content": content}},
        parameters=parameters,
    )


def facts() -> Route:
    return route(
        Text("按核验码核对名单表打印件", "What became of a printed roster, by its code"),
        Text("返回可与纸面核对的信息，不含个人信息。", "Facts to compare with the paper, without personal data."),
        (problems.UNKNOWN_CODE, problems.RATE_LIMITED),
        {"200": json_of(OK, OBJECT)},
        security=[],
    )


def _change(summary: Text, description: Text, schema: dict[str, Any]) -> Route:
    return route(
        summary,
        description,
        (*WRITING, problems.SEAL_STATE, problems.UNPRINTABLE),
        {"200": json_of(Text("印章", "The seal"), OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def _file(summary: Text, description: Text, media_type: str) -> Route:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    refusals = (*READING, problems.SEAL_STATE)
    return route(summary, description, refusals, {"200": {"description": OK, "content": content}})
