"""Versions of partner folders."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, OK, READING, TRIAL, WRITING, Route, json_of, query, route
from gateway.onboarding.states import VersionState
from schemas.findings import Text

_TEXT = {"type": "string"}
_TEXTS = {"type": "object", "additionalProperties": _TEXT}
_BASE64 = {"type": "string", "contentEncoding": "base64"}
_VERSION = json_of(Text("该版本", "The version"), OBJECT)
_ENDS = [VersionState.STAGED.value, VersionState.LIVE.value, VersionState.RETIRED.value]


def listed() -> Route:
    return route(
        Text("列出对接配置的版本", "Versions of a connector"),
        Text(
            "供技术支持人员使用。各版本一律保留，并记录保存、检查和上线的人员。",
            "For operators. Every version is kept, with who saved, staged and brought it into service.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def saved() -> Route:
    return route(
        Text("保存对接配置草稿", "Save a partner folder as a draft"),
        Text(
            "供技术支持人员使用。正文为配置目录的 ZIP 文件；同样的目录再次提交仍为同一版本。",
            "For operators. The body is the folder as a ZIP file. The same folder again is the same version.",
        ),
        (*WRITING, problems.UNFIT_CONNECTOR),
        {"200": _VERSION, "201": _VERSION},
        parameters=[query("note", {"type": "string", "maxLength": 500}, Text("变更说明", "What has changed"))],
        body={"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    )


def tried() -> Route:
    schema = _object("files", "document", files=_TEXTS, kind=_TEXT, document=_BASE64)
    return route(
        Text("用对接配置试运行一份样本", "Try a folder on a document"),
        Text(
            "供技术支持人员使用。`files` 为各配置文件的名称与文本；返回样本中每个值的转换结果和未被使"
            "用的内容，不保存。",
            "For operators. `files` are the texts of a partner folder by their names; what it makes "
            "of every value of the document, and what nothing uses. Nothing is stored.",
        ),
        (*WRITING, problems.UNFIT_CONNECTOR),
        {"200": {"description": Text("试运行结果", "The trial"), "content": {TRIAL: {"schema": OBJECT}}}},
        body={"application/json": {"schema": schema}},
    )


def drafted() -> Route:
    schema = _object("name", "samples", name=_TEXT, samples=_TEXTS, target=_TEXT)
    return route(
        Text("按样本起草对接配置", "Draft a folder from samples"),
        Text(
            "供技术支持人员使用。样本以文件名为键、base64 为值，返回的配置文件亦同。不保存，保存请用 "
            "`POST /v1/connectors/versions`。",
            "For operators. Samples by file name, in Base64; the files of a folder likewise. Nothing "
            "is stored: save them with `POST /v1/connectors/versions`.",
        ),
        (*WRITING, problems.UNFIT_SAMPLE),
        {"200": json_of(Text("配置文件", "The files"), OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def ranked() -> Route:
    schema = _object("samples", "kind", samples=_TEXTS, kind=_TEXT)
    return route(
        Text("列出各字段的候选来源", "What each field of a kind may be taken from"),
        Text(
            "供技术支持人员使用。针对一份样本，逐个规范字段列出候选来源，最可能的在前，并附对应的映射条目。",
            "For operators. Of one sample: for every canonical field its candidates, the likeliest "
            "first, each with the entry that a mapping would have.",
        ),
        (*WRITING, problems.UNFIT_SAMPLE),
        {"200": json_of(Text("各字段", "The fields"), OBJECT)},
        body={"application/json": {"schema": schema}},
    )


def _object(*required: str, **properties: object) -> dict[str, object]:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


def moved() -> Route:
    schema = {"type": "object", "required": ["state"], "properties": {"state": {"type": "string", "enum": _ENDS}}}
    return route(
        Text("检查、上线或停用一个版本", "Stage a version, bring it into service, or take it out"),
        Text(
            "供技术支持人员使用。`staged`：检查该版本并列出全部问题；`live`：替换在用版本，数秒内在各"
            "进程生效，也可回退到已停用的版本；`retired`：停用；从未上线的版本则作废（`given_up`）。",
            "For operators. `staged`: it is checked, and every problem told. `live`: it takes the "
            "place of the one in service, in every process within seconds; a retired one is rolled "
            "back to. `retired`: it is taken out, or given up for good (`given_up`) where it never "
            "was in service.",
        ),
        (*WRITING, problems.UNFIT_CONNECTOR, problems.VERSION_STATE, problems.SECOND_PERSON_NEEDED),
        {"200": _VERSION},
        body={"application/json": {"schema": schema}},
    )
