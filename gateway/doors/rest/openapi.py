"""The OpenAPI document: FastAPI's paths, with the canonical schemas as components."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import lru_cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from gateway.base.problems import CATALOGUE
from gateway.doors.openapi_blocks import change_of, named
from gateway.ledger.kinds import OWN_KINDS
from gateway.ledger.values import FateStatus
from gateway.wording.languages import word
from schemas import filed_samples, samples
from schemas.catalog import Kind, kinds
from schemas.findings import Text
from schemas.loading import Schema

_TITLE = Text("驿站", "Yizhan")
_ABOUT = Text(
    "旅游监管数据交换网关：推送名单表与合同，取得编码、二维码与签名回执。\n\n"
    "拒绝的请求一律返回问题文档（RFC 9457），其 `code` 固定不变。记录附有 `findings`（校验结果），"
    "各有固定的代码、在贵方文件中的位置、原因和处理建议，中英文俱备。",
    "Push rosters and contracts, get codes, QR codes and signed receipts.\n\n"
    "Every refusal is a problem document (RFC 9457) with a stable `code`. Records carry `findings`, each with a stable "
    "code, the place in your own document, the reason and what to do, in Chinese and English.",
)
_TAGS = {
    words.en: words
    for words in (
        Text("审计记录", "audit"),
        Text("变更流", "changes"),
        Text("现有接口", "compat12301"),
        Text("对接配置", "connectors"),
        Text("凭证", "credentials"),
        Text("死信", "dead letters"),
        Text("办理台", "desk"),
        Text("现场检查", "field checks"),
        Text("在案记录", "filed records"),
        Text("运行状况", "operations"),
        Text("本社", "own agency"),
        Text("人员", "persons"),
        Text("公开核验", "public"),
        Text("对账", "reconciliations"),
        Text("合同与名单表", "records"),
        Text("系统登记", "registrations"),
        Text("保存期限", "retention"),
        Text("查看个人信息", "reveals"),
        Text("沙箱", "sandbox"),
        Text("电子印章", "seals"),
        Text("合同示范文本", "templates"),
        Text("在线合同", "online contracts"),
        Text("统计", "statistics"),
        Text("个人查询", "subjects"),
        Text("提交", "submissions"),
        Text("上传会话", "uploads"),
        Text("投递目标", "webhooks"),
    )
}


@lru_cache(maxsize=2)
def document(app: FastAPI, language: str) -> dict[str, Any]:
    """The whole document in one language, made once."""
    described = [_spoken(route, language) for route in app.routes if isinstance(route, APIRoute)]
    made = get_openapi(
        title=word(_TITLE, language), version=app.version, description=word(_ABOUT, language), routes=described
    )
    made["components"] = in_language(_components(), language)
    _keep_own_words(made, described, language)
    return made


def in_language(node: Any, language: str) -> Any:
    """A part of a document with every `Text` said in one language."""
    match node:
        case Text():
            return word(node, language)
        case dict():
            return {name: in_language(inner, language) for name, inner in node.items()}
        case list():
            return [in_language(inner, language) for inner in node]
        case _:
            return node


def _spoken(route: APIRoute, language: str) -> APIRoute:
    spoken = copy(route)
    spoken.openapi_extra = in_language(route.openapi_extra or {}, language)
    return spoken


def _keep_own_words(made: dict[str, Any], routes: Sequence[APIRoute], language: str) -> None:
    """A route answers what it says and nothing else: FastAPI adds JSON to every success, and a 422 body of its own."""
    for route in routes:
        if route.include_in_schema:
            for method in route.methods:
                operation = made["paths"][route.path_format][method.lower()]
                operation["responses"] = (route.openapi_extra or {})["responses"]
                operation["tags"] = [word(_TAGS[tag], language) for tag in operation["tags"]]


def _components() -> dict[str, Any]:
    return {
        "schemas": {
            **{kind.id: _in_plain_letters(kind.schema) for kind in kinds()},
            **{change_of(kind.name): _change(kind) for kind in kinds() if kind.name not in OWN_KINDS},
            "Problem": _PROBLEM,
            "Answer": _ANSWER,
            "Finding": _FINDING,
        },
        "examples": {
            name: {"summary": _EXAMPLE.format(kind=named(name)), "value": sample(1)}
            for name, sample in (filed_samples.SAMPLES | samples.SAMPLES).items()
        },
        "securitySchemes": {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": Text("`<凭证标识>.<密钥>`", "`<key id>.<secret>`"),
            },
            "signature": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": Text(
                    "YIZHAN2-HMAC-SHA256 或 YIZHAN2-HMAC-SM3，见请求签名说明",
                    "YIZHAN2-HMAC-SHA256 or YIZHAN2-HMAC-SM3, see the how-to on signing requests",
                ),
            },
        },
    }


def _in_plain_letters(schema: Schema) -> Schema:
    """A schema whose titles stand among its descriptions: generated clients call their classes by a title."""
    plain = {name: _below(name, value) for name, value in schema.items() if name not in _UNSAID}
    return plain | ({"description": _words_of(schema)} if schema.get("title") or schema.get("description") else {})


def _words_of(schema: Schema) -> Text:
    """Title and description of a field, each language by itself."""
    zh = [schema[name] for name in ("title", "description") if schema.get(name)]
    en = [schema[name] for name in ("title:en", "description:en") if schema.get(name)]
    return Text("。".join(zh), ". ".join(en))


def _below(name: str, value: Any) -> Any:
    if name in ("properties", "$defs"):
        return {field: _in_plain_letters(child) for field, child in value.items()}
    if name in ("anyOf", "oneOf", "allOf"):
        return [_in_plain_letters(child) for child in value]
    return _in_plain_letters(value) if name == "items" else value


def _change(kind: Kind) -> Schema:
    words = kind.title("")
    fields = Text("{kind}的变更字段", "The fields of a {kind} to change")
    return {"type": "object", "description": fields.format(kind=Text(words.zh, words.en.lower()))}


_EXAMPLE = Text("{kind}示例", "A {kind}")
_UNSAID = frozenset({"title", "title:en", "description", "description:en", "x-aliases"})
_TEXT = {"type": "object", "properties": {"zh": {"type": "string"}, "en": {"type": "string"}}}
_FINDING = {
    "type": "object",
    "required": ["code", "severity", "field", "locator", "title", "value", "reason", "advice"],
    "properties": {
        "code": {"type": "string", "examples": ["ROSTER-017"]},
        "severity": {"enum": ["error", "warning"]},
        "field": {"type": "string", "description": Text("规范字段的 JSON 指针", "JSON pointer of the canonical field")},
        "locator": {
            "type": "string",
            "description": Text(
                "在贵方文件中的位置：单元格、XPath、指针或行号",
                "Place in your own document: cell, XPath, pointer, line",
            ),
        },
        "title": _TEXT,
        "value": {
            "type": ["string", "null"],
            "description": Text("该处的原值，个人信息遮盖", "What stood there, personal values masked"),
        },
        "reason": _TEXT,
        "advice": _TEXT,
    },
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "title_en", "status", "code", "detail", "detail_en", "advice", "advice_en"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "title_en": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"enum": sorted(CATALOGUE)},
        "detail": {"type": "string"},
        "detail_en": {"type": "string"},
        "advice": {"type": "string"},
        "advice_en": {"type": "string"},
    },
}
_ANSWER = {
    "type": "object",
    "required": ["submission_id", "kind", "mapping", "received_at", "raw_sha256", "counts", "records", "receipt"],
    "properties": {
        "submission_id": {"type": "string", "format": "uuid"},
        "kind": {"type": "string"},
        "mapping": {"type": "string"},
        "received_at": {"type": "string", "format": "date-time"},
        "raw_sha256": {"type": "string"},
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
        "records": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["ordinal", "locator", "status", "key", "findings"],
                "properties": {
                    "ordinal": {"type": "integer"},
                    "locator": {"type": "string"},
                    "status": {"enum": list(FateStatus)},
                    "key": {"type": ["string", "null"]},
                    "version": {"type": "integer"},
                    "state": {"type": "string"},
                    "content_sha256": {"type": "string"},
                    "code": {"type": "string"},
                    "code_printed": {"type": "string"},
                    "qr_text": {"type": "string"},
                    "original_submission_id": {"type": "string"},
                    "stored": {
                        "type": "object",
                        "description": Text(
                            "版本冲突时，该编号下已保存记录的现状",
                            "Where the record stands that is stored under the number, beside a conflict",
                        ),
                        "properties": {
                            "version": {"type": "integer"},
                            "state": {"type": "string"},
                            "content_sha256": {"type": "string"},
                            "code": {"type": "string"},
                        },
                    },
                    "findings": {"type": "array", "items": {"$ref": "#/components/schemas/Finding"}},
                },
            },
        },
        "notes": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Finding"},
            "description": Text("文件中未被读取的内容", "What of the document was not read"),
        },
        "receipt": {"type": "string", "description": Text("紧凑格式 JWS", "Compact JWS")},
        "original_receipt": {
            "type": "string",
            "description": Text("该内容首次提交时的回执", "The receipt given when this content first came in"),
        },
    },
}
