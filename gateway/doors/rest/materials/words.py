"""Materials of filings."""

from __future__ import annotations

from typing import Any

from gateway.authority.filing_materials import LONGEST_NAME, TYPES
from gateway.base import problems
from gateway.doors.openapi_blocks import OBJECT, OK, READING, WRITING, Route, json_of, query, route
from schemas.codelists import codelist
from schemas.findings import Text

_PARTNER = query(
    "partner",
    {"type": "string"},
    Text("同一编号由多方保存时，指明哪一方的记录", "Whose record, when several keep one of this key"),
)
_NAME = Text("材料名称", "What it is called")
_PDF: dict[str, Any] = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}


def listed(parameters: tuple[dict[str, Any], ...] = (_PARTNER,)) -> Route:
    return route(
        Text("列出办件的材料", "The materials of a filing"),
        Text(
            "`place` 为 `here` 的可以下载；`elsewhere` 由报送方保存或尚未上传；`missing` 为申报时注明尚缺的。",
            "`place` says `here` for what can be read, `elsewhere` for what its sender keeps or has yet to upload, "
            "`missing` for what was declared lacking.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=list(parameters),
    )


def read(parameters: tuple[dict[str, Any], ...] = (_PARTNER,)) -> Route:
    return route(
        Text("下载办件的一份材料", "A material of a filing"),
        Text("按摘要（SHA-256）下载，查看留痕。", "By its SHA-256; that it was read is kept."),
        READING,
        {"200": {"description": OK, "content": _PDF}},
        parameters=list(parameters),
    )


def own_filing() -> Route:
    return route(
        Text("查看本社办件及其材料", "A filing of your own agency with its materials"),
        Text("个人信息遮盖。", "Personal values masked."),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def hand_in() -> Route:
    form = {
        "type": "object",
        "required": ["name", "kind", "file"],
        "properties": {
            "name": {"type": "string", "maxLength": LONGEST_NAME, "description": _NAME},
            "kind": {"enum": list(codelist(TYPES)), "description": Text("材料类型", "Its type")},
            "file": {"type": "string", "format": "binary", "description": Text("PDF 文件", "The PDF")},
        },
    }
    return route(
        Text("提交办件材料", "Hand a material of a filing in"),
        Text(
            "办结前提交，须为 PDF；以 multipart/form-data 表单提交，名称不进入网址。",
            "A PDF, before the filing is decided, as a form (multipart/form-data): its name is no part of an address.",
        ),
        (*WRITING, problems.STATE_REFUSED, problems.MATERIAL_REFUSED),
        {
            "200": json_of(Text("此前已保存", "Was there already"), OBJECT),
            "201": json_of(Text("已保存", "Stored"), OBJECT),
        },
        body={"multipart/form-data": {"schema": form}},
    )


def take_back() -> Route:
    return route(
        Text("撤回办件的一份材料", "Take a material of a filing back"),
        Text(
            "仅限本社提交的材料，办结前可撤回；留痕。", "One that your agency has handed in, before the decision; kept."
        ),
        (*READING, problems.STATE_REFUSED),
        {"204": {"description": Text("已撤回", "It is there no more")}},
    )
