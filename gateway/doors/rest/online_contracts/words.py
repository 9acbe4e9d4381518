"""Contracts that an agency makes here."""

from __future__ import annotations

from typing import Any

from gateway.base import problems
from gateway.doors.openapi_blocks import LIMIT, OBJECT, OK, READING, WRITING, Route, json_of, query, route
from gateway.online_contracts.states import OnlineState
from schemas.findings import Text

_PDF: dict[str, Any] = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
_STRING = {"type": "string"}


def listed() -> Route:
    states = {"type": "string", "enum": [state.value for state in OnlineState]}
    parameters = [
        query("state", states, Text("状态", "Their state")),
        query(
            "after", {"type": "string", "format": "uuid"}, Text("上次调用返回的 `next`", "`next` of the call before")
        ),
        LIMIT,
    ]
    return route(
        Text("列出在线合同", "Online contracts of the agency, those changed last first"),
        Text("在本平台填写的合同，含草稿。", "Contracts that are made here, drafts included."),
        READING,
        {"200": json_of(OK, OBJECT)},
        parameters=parameters,
    )


def begun() -> Route:
    properties = {"template": _STRING, "earlier": _STRING, "roster": _STRING}
    shape = {"type": "object", "properties": properties, "required": ["template"], "additionalProperties": False}
    return route(
        Text("新建在线合同", "Begin an online contract"),
        Text(
            "`template` 为已发布模板的编号；`earlier` 为要复制的合同的业务合同号，`roster` 为要带入的团队编号。",
            "`template` is the code of a published one; `earlier` the business number of a contract to copy, `roster` "
            "the number of a group to take over.",
        ),
        WRITING,
        {"201": json_of(Text("草稿", "The draft"), OBJECT)},
        body={"application/json": {"schema": shape}},
    )


def shown() -> Route:
    return route(
        Text("查看在线合同", "An online contract"),
        Text("含签署进度；个人信息遮盖。", "With how far the signing is; personal values masked."),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def saved() -> Route:
    shape = {
        "type": "object",
        "properties": {"revision": {"type": "integer"}, "body": {"type": "object"}},
        "required": ["revision", "body"],
    }
    return route(
        Text("保存草稿", "Keep a draft"),
        Text("整份替换；编号、模板和合同类型不变。", "All of it anew; number, template and type stay."),
        (*WRITING, problems.ONLINE_MOVED),
        {"200": json_of(OK, OBJECT)},
        body={"application/json": {"schema": shape}},
    )


def checked() -> Route:
    return route(
        Text("校验草稿", "Check a draft"),
        Text("与报送时的校验相同，不保存任何内容。", "As it is checked when it is concluded; nothing is stored."),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def decided() -> Route:
    decisions = ["conclude", "invite", "amend", "discard", "cancel", "end", "finish"]
    properties = {"decision": {"type": "string", "enum": decisions}, "reason": _STRING}
    refusals = (
        *WRITING,
        problems.ONLINE_STATE,
        problems.ONLINE_UNFIT,
        problems.ONLINE_UNSEALED,
        problems.ONLINE_NO_PHONE,
        problems.NOT_PRINTED,
    )
    return route(
        Text("办理在线合同", "Move an online contract on"),
        Text(
            "`conclude` 提交并取得编码，`invite` 向签约人发送签署链接（随 `signing` 各项的 `link` 返回一次，"
            "`is_sent` 说明短信是否已发出），`amend` 变更，"
            "`discard` 删除草稿，`cancel` 签署前取消，`end` 请签约人确认解除，`finish` 重新生成已全部签署的文件。"
            "`cancel`、`end` 须填理由。",
            "`conclude` gives it its code, `invite` sends the signers their links (told once as `link` of each under "
            "`signing`; `is_sent` says whether the message went out), `amend` opens "
            "it again, `discard` gives a draft up, `cancel` ends one that nobody has signed, `end` asks the signers to "
            "confirm that it ends, `finish` makes the document anew once all have signed. A reason is needed to cancel "
            "or end.",
        ),
        refusals,
        {"200": json_of(OK, OBJECT)},
        body={"application/json": {"schema": {"type": "object", "properties": properties, "required": ["decision"]}}},
    )


def document() -> Route:
    return route(
        Text("下载在线合同", "The document of an online contract"),
        Text("签署完成后为已签署的文件。", "The signed one once everybody has signed."),
        (*READING, problems.NOT_PRINTED),
        {"200": {"description": OK, "content": _PDF}},
    )
