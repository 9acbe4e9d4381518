"""An agency's own desk."""

from __future__ import annotations

from gateway.base import problems
from gateway.doors.openapi_blocks import ANSWER, OBJECT, OK, READING, WRITING, Route, json_of, route
from gateway.doors.reasons import LONGEST_REASON
from gateway.doors.versions_seen import IF_MATCH
from schemas.findings import Text

_CONFIRMING = (*WRITING, problems.REJECTED, problems.CONFLICT, problems.VERSION_MOVED, problems.STATE_REFUSED)


def dossier() -> Route:
    return route(
        Text("查看本社档案（含政务服务网所存）", "What is filed of your own agency, at portals too"),
        Text(
            "本社名下的分社、网点、人员、备案和承诺；每类最多五十条，人员姓名遮盖。`applicants` 为等待本社确认的人数。",
            "Branches, outlets, guides, leaders, filings, pledges; at most fifty of each, names of "
            "persons masked. `applicants` counts those who wait for your word.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def applicant() -> Route:
    return route(
        Text("查看本社导游或导游证申请人", "A guide of your own agency, or one who applies for a card"),
        Text(
            "个人信息遮盖；`ETag` 为版本号，确认时使用。",
            "Personal values masked; its ETag is the version, to confirm.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
    )


def confirmation() -> Route:
    return route(
        Text("确认导游证申请人信息", "Confirm that an applicant for a guide card is yours and the data are right"),
        Text(
            "在所见版本上确认，之后由主管部门核准。", "On the version you saw; the authority decides on the card then."
        ),
        _CONFIRMING,
        {"200": json_of(Text("已采纳", "Taken over"), ANSWER)},
        parameters=[IF_MATCH],
    )


def decline() -> Route:
    reason = {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON}
    schema = {"type": "object", "required": ["reason"], "properties": {"reason": reason}, "additionalProperties": False}
    return route(
        Text("不予确认导游证申请人", "Decline an applicant for a guide card, who is not yours or whose data are wrong"),
        Text(
            "在所见版本上办理，须写明理由，主管部门可见；之后可改为确认。",
            "On the version you saw, with a reason that the authority reads; you may confirm after all.",
        ),
        _CONFIRMING,
        {"200": json_of(Text("已采纳", "Taken over"), ANSWER)},
        parameters=[IF_MATCH],
        body={"application/json": {"schema": schema}},
    )
