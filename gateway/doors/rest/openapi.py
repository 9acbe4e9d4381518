"""The OpenAPI document: FastAPI's paths, with the canonical schemas as components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from gateway.base.problems import CATALOGUE
from gateway.doors.openapi_blocks import change_of
from gateway.ledger.kinds import OWN_KINDS
from gateway.ledger.values import FateStatus
from schemas import filed_samples, samples
from schemas.catalog import Kind, kinds
from schemas.loading import Schema

_ABOUT = """
旅游监管数据交换网关：推送名单表与合同，取得编码、二维码与签名回执。
Push rosters and contracts, get codes, QR codes and signed receipts.

Every refusal is a problem document (RFC 9457) with a stable `code`. Records carry `findings`, each with a stable
code, the place in your own document, the reason and what to do, in Chinese and English.
"""


def document(app: FastAPI) -> dict[str, Any]:
    """The whole document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title="Yizhan 驿站", version=app.version, description=_ABOUT, routes=app.routes)
        made["components"] = _components()
        _keep_own_words(made, app.routes)
        app.openapi_schema = made
    return app.openapi_schema


def _keep_own_words(made: dict[str, Any], routes: Sequence[BaseRoute]) -> None:
    """A route answers what it says and nothing else: FastAPI adds JSON to every success, and a 422 body of its own."""
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods:
                operation = made["paths"][route.path_format][method.lower()]
                operation["responses"] = (route.openapi_extra or {})["responses"]


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
            name: {"summary": f"A {name}", "value": sample(1)}
            for name, sample in (filed_samples.SAMPLES | samples.SAMPLES).items()
        },
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "description": "`<key id>.<secret>`"},
            "signature": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "YIZHAN2-HMAC-SHA256 or YIZHAN2-HMAC-SM3, see the how-to on signing requests",
            },
        },
    }


def _in_plain_letters(schema: Schema) -> Schema:
    """A schema whose titles stand among its descriptions: generated clients call their classes by a title."""
    plain = {name: _below(name, value) for name, value in schema.items() if name not in _UNSAID}
    said = [str(schema[name]) for name in _WORDS if schema.get(name)]
    return plain | ({"description": " / ".join(said)} if said else {})


def _below(name: str, value: Any) -> Any:
    if name in ("properties", "$defs"):
        return {field: _in_plain_letters(child) for field, child in value.items()}
    if name in ("anyOf", "oneOf", "allOf"):
        return [_in_plain_letters(child) for child in value]
    return _in_plain_letters(value) if name == "items" else value


def _change(kind: Kind) -> Schema:
    words = kind.title("")
    return {"type": "object", "description": f"{words.zh}的变更字段 / The fields of a {words.en.lower()} to change"}


_UNSAID = frozenset({"title", "title:en", "description", "description:en", "x-aliases"})
_WORDS = ("title", "title:en", "description", "description:en")
_TEXT = {"type": "object", "properties": {"zh": {"type": "string"}, "en": {"type": "string"}}}
_FINDING = {
    "type": "object",
    "required": ["code", "severity", "field", "locator", "title", "value", "reason", "advice"],
    "properties": {
        "code": {"type": "string", "examples": ["ROSTER-017"]},
        "severity": {"enum": ["error", "warning"]},
        "field": {"type": "string", "description": "JSON pointer of the canonical field"},
        "locator": {"type": "string", "description": "Place in your own document: cell, XPath, pointer, line"},
        "title": _TEXT,
        "value": {"type": ["string", "null"], "description": "What stood there, personal values masked"},
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
                        "description": "Where the record stands that is stored under the number, beside a conflict",
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
            "description": "What of the document was not read",
        },
        "receipt": {"type": "string", "description": "Compact JWS"},
        "original_receipt": {"type": "string", "description": "The receipt given when this content first came in"},
    },
}
