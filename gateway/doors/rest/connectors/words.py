"""Versions of partner folders."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, READING, TRIAL, WRITING, Route, json_of, query, route
from gateway.onboarding.states import VersionState

_TEXT = {"type": "string"}
_TEXTS = {"type": "object", "additionalProperties": _TEXT}
_BASE64 = {"type": "string", "contentEncoding": "base64"}
_VERSION = json_of("The version", OBJECT)
_ENDS = [VersionState.STAGED.value, VersionState.LIVE.value, VersionState.RETIRED.value]


def listed() -> Route:
    return route(
        "Versions of a connector",
        "For operators. Every version is kept, with who saved, staged and brought it into service. 各个版本。",
        READING,
        {"200": json_of("OK", OBJECT)},
    )


def saved() -> Route:
    return route(
        "Save a partner folder as a draft",
        "For operators. The body is the folder as a ZIP file. The same folder again is the same version. 保存草稿。",
        (*WRITING, problems.UNFIT_CONNECTOR),
        {"200": _VERSION, "201": _VERSION},
        parameters=[query("note", {"type": "string", "maxLength": 500}, "What has changed")],
        body={"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    )


def tried() -> Route:
    schema = _object("files", "document", files=_TEXTS, kind=_TEXT, document=_BASE64)
    return route(
        "Try a folder on a document",
        "For operators. `files` are the texts of a partner folder by their names; what it makes of every value of the "
        "document, and what nothing uses. Nothing is stored. 用一组配置文件试运行样本，不保存。",
        (*WRITING, problems.UNFIT_CONNECTOR),
        {"200": {"description": "The trial", "content": {TRIAL: {"schema": OBJECT}}}},
        body={"application/json": {"schema": schema}},
    )


def drafted() -> Route:
    schema = _object("name", "samples", name=_TEXT, samples=_TEXTS, target=_TEXT)
    return route(
        "Draft a folder from samples",
        "For operators. Samples by file name, in Base64; the files of a folder likewise. Nothing is stored: save them "
        "with `POST /v1/connectors/versions`. 按样本起草对接配置，不保存。",
        (*WRITING, problems.UNFIT_SAMPLE),
        {"200": json_of("The files", OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def ranked() -> Route:
    schema = _object("samples", "kind", samples=_TEXTS, kind=_TEXT)
    return route(
        "What each field of a kind may be taken from",
        "For operators. Of one sample: for every canonical field its candidates, the likeliest first, each with the "
        "entry that a mapping would have. 逐字段列出候选来源。",
        (*WRITING, problems.UNFIT_SAMPLE),
        {"200": json_of("The fields", OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def _object(*required: str, **properties: object) -> dict[str, object]:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


def moved() -> Route:
    schema = {"type": "object", "required": ["state"], "properties": {"state": {"type": "string", "enum": _ENDS}}}
    return route(
        "Stage a version, bring it into service, or take it out",
        "For operators. `staged`: it is checked, and every problem told. `live`: it takes the place of the one in "
        "service, in every process within seconds; a retired one is rolled back to. `retired`: it is taken out, or "
        "given up for good (`given_up`) where it never was in service. 检查、上线、停用。",
        (*WRITING, problems.UNFIT_CONNECTOR, problems.VERSION_STATE, problems.SECOND_PERSON_NEEDED),
        {"200": _VERSION},
        body={"application/json": {"schema": schema}},
    )
