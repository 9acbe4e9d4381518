"""The library of model contracts."""

from __future__ import annotations

from typing import Any

from gateway.base import problems
from gateway.doors.openapi_blocks import LIMIT, OBJECT, OK, READING, WRITING, Route, json_of, query, route
from gateway.templates.library import LONGEST_TITLE
from gateway.templates.named_files import DOCX
from gateway.templates.states import TemplateState
from schemas.codelists import codelist
from schemas.findings import Text

_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_TYPES = {"type": "string", "enum": list(codelist("contract_types"))}
_WHICH = query(
    "version",
    {"type": "integer", "minimum": 1},
    Text("版本；不填为已发布的版本", "Its version; the published one if not given"),
)
_WORK = (*WRITING, problems.TEMPLATE_STATE, problems.TEMPLATE_MOVED, problems.TEMPLATE_UNFIT)


def listed() -> Route:
    states = {"type": "string", "enum": [state.value for state in TemplateState]}
    parameters = [
        query("state", states, Text("状态；不填为已发布的", "Their state; published ones if not given")),
        query("contract_type", _TYPES, Text("合同类型", "Their type of contract")),
        query(
            "division",
            {"type": "string"},
            Text("适用于该行政区划的：本级及上级发布的", "Those that apply there: of that division and those above it"),
        ),
        query(
            "after", {"type": "string", "format": "uuid"}, Text("上次调用返回的 `next`", "`next` of the call before")
        ),
        LIMIT,
    ]
    return route(
        Text("列出合同模板", "Model contracts, the newest first"),
        Text("全国示范合同和各地发布的合同模板。", "Those of the nation, and what divisions publish."),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=parameters,
    )


def uploaded() -> Route:
    parameters = [
        query("title", {"type": "string", "maxLength": LONGEST_TITLE}, Text("名称", "Its title")) | {"required": True},
        query("contract_type", _TYPES, Text("合同类型", "Its type of contract")) | {"required": True},
        query(
            "code",
            {"type": "string"},
            Text(
                "已有模板的编号；填写后作为其新版本", "Code of a template of your own, of which this is a new version"
            ),
        ),
    ]
    return route(
        Text("上传合同文本", "Upload a model contract"),
        Text(
            "Word 文档（.docx，至多 5 MiB）。系统找出填写处，并为每处推荐合同字段。含宏、外部链接、嵌入对象或模板标记"
            "的文档不予接受。",
            "A .docx of at most 5 MiB. Its blanks are found, and fields proposed for each. Macros, links, embedded "
            "objects and marks of templates are refused.",
        ),
        (*WRITING, problems.TEMPLATE_UNFIT),
        {"201": json_of(Text("待模板化处理", "Waits to be made a template"), OBJECT)},
        parameters=parameters,
        body={DOCX: _BINARY},
    )


def shown() -> Route:
    return route(
        Text("查看合同模板", "A model contract"),
        Text(
            "`schema` 是该模板所用的那部分合同数据规范（`JSON Schema`）；`not_asked_for` 是每份合同都须报送、"
            "但模板没有填写处的字段。",
            "`schema` is the part of the contract's JSON Schema that it takes; `not_asked_for` are fields that every "
            "contract needs and the template has no blank for.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=[_WHICH],
    )


def file() -> Route:
    content = {DOCX: _BINARY, "application/pdf": _BINARY}
    return route(
        Text("下载合同模板的文件", "A file of a model contract"),
        Text(
            "`document.docx` 为上传的空白合同，`blank.pdf` 为其 PDF，`template.docx` 为带标记的模板，"
            "`sample.pdf` 为填好的样张。",
            "`document.docx` is the blank contract as uploaded, `blank.pdf` the same printed, `template.docx` has the "
            "marks, `sample.pdf` is filled in.",
        ),
        READING,
        {"200": {"description": OK, "content": content}},
        parameters=[_WHICH],
    )


def blanks() -> Route:
    return route(
        Text("列出填写处", "The blanks of a model contract"),
        Text(
            "每处的编号、前后文字、候选字段及得分，和已确定的含义。",
            "Each with its number, the words around it, candidates with scores, and what it means by now.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def marked() -> Route:
    meanings = {"type": "object", "additionalProperties": {"type": "string"}}
    properties = {"revision": {"type": "integer"}, "meanings": meanings}
    shape = {"type": "object", "properties": properties, "required": ["revision", "meanings"]}
    return route(
        Text("确定填写处的含义", "Say what blanks mean"),
        Text(
            "按编号填写字段路径（`agency.name`、`depart_on#year`、`travellers/name`）、平台填入的内容（`@code`）、`-`（手工填写）"
            "或空字符串（待定）。",
            "By number: a field (`agency.name`, `depart_on#year`, `travellers/name`), what the platform puts in "
            "(`@code`), `-` for a pen, an empty string for what is open.",
        ),
        _WORK,
        {"200": json_of(OK, OBJECT)},
        body={"application/json": {"schema": shape}},
    )


def replaced() -> Route:
    return route(
        Text("上传在 Word 中修改过的模板", "Put a template in that was changed in a word processor"),
        Text("标记逐一核对：只能取合同字段、循环和判断。", "Its marks are checked: fields, loops and conditions only."),
        _WORK,
        {"200": json_of(OK, OBJECT)},
        parameters=[query("revision", {"type": "integer"}, Text("所依据的修订号", "What it was changed on"))],
        body={DOCX: _BINARY},
    )


def decided() -> Route:
    decisions = {"type": "string", "enum": ["take", "submit", "return", "publish", "withdraw", "end"]}
    day = {"type": "string", "format": "date"}
    properties = {"decision": decisions, "reason": {"type": "string"}, "valid_from": day}
    return route(
        Text("办理合同模板", "Move a model contract on"),
        Text(
            "`take` 开始处理，`submit` 提交样张，`return` 退回修改，`publish` 发布，`withdraw` 撤回，`end` 停用。"
            "退回、撤回、停用须填理由。",
            "`take` begins the work, `submit` hands the sample in, `return` sends it back, `publish`, `withdraw` gives "
            "it up, `end` takes it out of use. A reason is needed to return, withdraw or end.",
        ),
        (*_WORK, problems.NOT_PRINTED),
        {"200": json_of(OK, OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": properties, "required": ["decision"]}}},
    )
