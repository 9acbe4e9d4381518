"""What every description of a route is made of.

Whatever people read of it is a `Text`, and stays one until the document is asked for in a language.
"""

from __future__ import annotations

from typing import Any

from gateway.base import problems
from gateway.base.problems import ProblemType
from gateway.doors.reasons import LONGEST_REASON
from gateway.trust.qr_image import PRINT_SIZES_MM
from schemas import catalog
from schemas.findings import Text

Route = dict[str, Any]


READING = (
    problems.BAD_REQUEST,
    problems.UNAUTHENTICATED,
    problems.BAD_SIGNATURE,
    problems.BAD_TIMESTAMP,
    problems.NONCE_REPLAYED,
    problems.OLD_SIGNATURE,
    problems.FORBIDDEN,
    problems.NOT_FOUND,
    problems.HEAD_TOO_LARGE,
    problems.TOO_SLOW,
    problems.RATE_LIMITED,
    problems.BUSY,
)


WRITING = (
    *READING,
    problems.TOO_LARGE,
    problems.BODY_INCOMPLETE,
    problems.NOT_DURABLE,
    problems.NO_ROOM,
    problems.QUOTA_USED,
)


AUTHENTICATED: list[dict[str, list[str]]] = [{"bearer": []}, {"signature": []}]


PROBLEM = {"$ref": "#/components/schemas/Problem"}


OBJECT = {"type": "object"}


ANSWER = {"$ref": "#/components/schemas/Answer"}


WHY = {
    "type": "string",
    "minLength": 1,
    "maxLength": LONGEST_REASON,
    "description": Text(
        "核定理由，记入审计记录和该记录的办理记录；不得含证件号、手机号",
        "Why: it stands in the audit log and in the record's history; without numbers of documents or telephones",
    ),
}
OK = Text("成功", "OK")
NOTHING = Text("", "")
"""Where the summary says it all."""


def change_of(kind: str) -> str:
    """What the changes of a kind are called among the schemas: `AgencyChange`."""
    return f"{kind.title()}Change"


def named(kind: str) -> Text:
    """What the records of a kind are called within a sentence."""
    return Text(catalog.kind(f"{kind}.v1").title("").zh, kind)


def route(
    summary: Text,
    description: Text,
    refusals: tuple[ProblemType, ...],
    successes: dict[str, Any],
    *,
    parameters: list[dict[str, Any]] | None = None,
    body: dict[str, Any] | None = None,
    security: list[dict[str, list[str]]] | None = None,
    refusal: dict[str, Any] | None = None,
) -> Route:
    extra: dict[str, Any] = {
        "summary": summary,
        "description": description,
        "parameters": parameters or [],
        "security": AUTHENTICATED if security is None else security,
        "responses": {**successes, **responses_of(refusals, refusal)},
    }
    if body is not None:
        extra["requestBody"] = {"required": True, "content": body}
    return {"openapi_extra": extra}


def responses_of(refusals: tuple[ProblemType, ...], shape: dict[str, Any] | None = None) -> dict[str, Any]:
    by_status: dict[int, list[ProblemType]] = {}
    for problem in (*refusals, problems.INTERNAL):
        by_status.setdefault(problem.status, []).append(problem)
    return {
        str(status): {
            "description": Text(
                "；".join(f"{problem.code} {problem.title.zh}" for problem in group),
                "; ".join(f"{problem.code} {problem.title.en}" for problem in group),
            ),
            "content": {problems.CONTENT_TYPE: {"schema": PROBLEM}, **(shape or {}).get("content", {})},
        }
        for status, group in sorted(by_status.items())
    }


def json_of(description: Text, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def query(name: str, schema: dict[str, Any], description: Text) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


LIMIT = query(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
    Text("最多返回条数", "Most to return"),
)


IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "description": Text("使重试安全；与记录保存同样长的时间", "Makes retries safe; kept as long as the records are"),
}


DRY_RUN = query(
    "dry_run",
    {"type": "boolean", "default": False},
    Text(
        "试运行，不保存：返回每个值的处理结果和未被读取的内容；`Accept` 为电子表格时，返回标注原因的未通过记录",
        "Store nothing: answer what would become of every value, and what nobody reads; to who "
        "accepts a spreadsheet, the records that would not pass with their reasons",
    ),
)
TRIAL = "application/vnd.yizhan.trial+json"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def answered(description: Text) -> dict[str, Any]:
    """The answer to a push, or to its trial."""
    pushed = json_of(description, ANSWER)
    sheet = {"schema": {"type": "string", "format": "binary"}}
    return {**pushed, "content": {**pushed["content"], TRIAL: {"schema": OBJECT}, SPREADSHEET: sheet}}


def answers(summary: Text, *parameters: dict[str, Any]) -> Route:
    return route(summary, NOTHING, READING, {"200": json_of(OK, {"type": "object"})}, parameters=list(parameters))


def file(summary: Text, media_type: str) -> Route:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    sizes = [
        query(
            "size_mm",
            {"type": "integer", "enum": list(PRINT_SIZES_MM), "default": 30},
            Text("打印边长（毫米）", "Printed edge length"),
        )
    ]
    return route(
        summary,
        NOTHING,
        READING,
        {"200": {"description": OK, "content": content}},
        parameters=sizes if media_type.startswith("image/") else [],
    )


def signed(summary: Text, *, is_public: bool = False) -> Route:
    content = {"application/jose": {"schema": {"type": "string"}}}
    return route(
        summary,
        Text(
            "紧凑格式 JWS，可用任意 JOSE 软件库按 /.well-known/jwks.json 验签。",
            "A compact JWS; any JOSE library checks it against /.well-known/jwks.json.",
        ),
        (problems.RATE_LIMITED,) if is_public else READING,
        {"200": {"description": Text("已签名的声明", "The signed statement"), "content": content}},
        security=[] if is_public else None,
    )
