"""The OpenAPI document: FastAPI's paths, with the canonical schemas as components."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from gateway.base.problems import CATALOGUE
from gateway.ledger.values import FateStatus
from schemas import filed_samples, samples
from schemas.catalog import kinds

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
        _keep_own_words(made)
        app.openapi_schema = made
    return app.openapi_schema


def _keep_own_words(made: dict[str, Any]) -> None:
    """FastAPI adds its own 422 body to routes with parameters; ours answer problems only."""
    for path in made["paths"].values():
        for operation in path.values():
            refused = operation["responses"].get("422", {}).get("content", {})
            if "application/json" in refused:
                del refused["application/json"]
            if not refused and "422" in operation["responses"]:
                del operation["responses"]["422"]


def _components() -> dict[str, Any]:
    return {
        "schemas": {
            **{kind.id: kind.schema for kind in kinds()},
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
                "description": "YIZHAN-HMAC-SHA256 or YIZHAN-HMAC-SM3, see the how-to on signing requests",
            },
        },
    }


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
