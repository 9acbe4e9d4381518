"""Electronic seals and rosters under them."""

from __future__ import annotations

from typing import Any

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.openapi_blocks import OBJECT, READING, WRITING, Route, json_of, query, route
from gateway.doors.requests import bad_parameter
from gateway.seals.states import SealState
from schemas.findings import Text, veiled

_LONGEST_REASON = 500
_REASON = {"type": "string", "minLength": 1, "maxLength": _LONGEST_REASON}
_UNTIL = {"type": "string", "format": "date-time", "description": "The end of its time; three years if not given"}


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
        query("state", states, "Only those"),
        query("after", {"type": "string", "format": "uuid"}, "`next` of the call before"),
        query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Most to return"),
    ]
    return route(
        "Electronic seals in sight, the oldest first",
        "An agency's own, or those of a division. 电子印章列表。",
        READING,
        {"200": json_of("OK", OBJECT)},
        parameters=parameters,
    )


def applied() -> Route:
    names = {"agency_uscc": {"type": "string"}, "partner": {"type": "string"}}
    return route(
        "Apply for a seal",
        "An agency for its reporting seal (`agency_uscc` where the caller speaks for several), an authority for its "
        "audit seal; an authority may name an agency or `partner` of its division. Who has an application waiting gets "
        "that one. 申请报送专用章、审核专用章。",
        (*WRITING, problems.UNPRINTABLE),
        {"201": json_of("The application", OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": names, "additionalProperties": False}}},
    )


def shown() -> Route:
    return route(
        "A seal",
        "With the properties of GB/T 38540-2020. A sample, no certified product. 印章详情；示例章，非认证产品。",
        READING,
        {"200": json_of("OK", OBJECT)},
    )


def picture() -> Route:
    return _file(
        "The drawing of a seal at its true size", "Vector outlines: no font is needed. 印章图样。", "image/svg+xml"
    )


def certificate() -> Route:
    return _file("The certificate of a seal", "Of the root of this installation. 印章证书。", "application/x-pem-file")


def root() -> Route:
    content = {"application/x-pem-file": {"schema": {"type": "string"}}}
    return route(
        "The root certificate of the seals of this installation",
        "Readers of PDFs that import it show whose seal it is. 示例印章根证书，导入阅读器后可显示印章持有人。",
        (problems.RATE_LIMITED,),
        {"200": {"description": "OK", "content": content}},
        security=[],
    )


def uses() -> Route:
    parameters = [
        query("after", {"type": "integer", "minimum": 0}, "`next` of the call before"),
        query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Most to return"),
    ]
    return route(
        "What a seal was used for",
        "Every decision and document, with its SHA-256, who and when. 用印记录。",
        READING,
        {"200": json_of("OK", OBJECT)},
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
        "Issue a seal that was applied for, or reject it",
        "For authorities that see its division. It renews one of the same owner that is in force. 核准或退回申请。",
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
        "Revoke a seal",
        "For its owner, and authorities that see its division; it takes effect at once. 撤销印章，立即生效。",
        schema,
    )


def renewed() -> Route:
    schema = {"type": "object", "properties": {"valid_until": _UNTIL}, "additionalProperties": False}
    return route(
        "Renew a seal",
        "For authorities: a new one, with a new key, in the place of this one. 换发印章。",
        (*WRITING, problems.SEAL_STATE, problems.UNPRINTABLE),
        {"201": json_of("The new seal", OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def verified() -> Route:
    return route(
        "What a signed PDF is worth",
        "Which seals signed it, whether they are ours and in force, whether anything was changed since. The file is "
        "not kept. 核验已用印的 PDF；文件不留存。",
        (*READING, problems.BODY_INCOMPLETE, problems.DOCUMENT_TOO_LARGE, problems.NOT_A_SIGNED_PDF),
        {"200": json_of("The verdict, signature by signature", OBJECT)},
        body={"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    )


def roster() -> Route:
    parameters = [query("agency_uscc", {"type": "string"}, "Where several agencies use the number")]
    content = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
    return route(
        "A roster as it is printed, under its seals",
        "In all copies of its form, PDF/A-2b, each seal a PAdES signature. For who speaks for its agency. Made when it "
        "is first asked for; of the same version and state always the same bytes. `Roster-Seals` says which seals "
        "stand on it. 名单表打印件（用印）。",
        (*READING, problems.UNPRINTABLE, problems.NOT_SET),
        {"200": {"description": "OK", "content": content}},
        parameters=parameters,
    )


def facts() -> Route:
    return route(
        "What became of a printed roster, by its code",
        "Facts to compare with the paper, without personal data. 按核验码核对名单表打印件。",
        (problems.UNKNOWN_CODE, problems.RATE_LIMITED),
        {"200": json_of("OK", OBJECT)},
        security=[],
    )


def _change(summary: str, description: str, schema: dict[str, Any]) -> Route:
    return route(
        summary,
        description,
        (*WRITING, problems.SEAL_STATE, problems.UNPRINTABLE),
        {"200": json_of("The seal", OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def _file(summary: str, description: str, media_type: str) -> Route:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    refusals = (*READING, problems.SEAL_STATE)
    return route(summary, description, refusals, {"200": {"description": "OK", "content": content}})
