"""Looking records up, moving their states, their QR images and documents.

The same routes for every kind that moves here; one that is coded is addressed by its code, another by its number.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import Parameter, Signature

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.accounts import must_speak_for
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors import openapi_blocks as blocks_docs
from gateway.doors.listed_records import line_document, wanted_of
from gateway.doors.lookup import (
    PAGED,
    key_parameter,
    looked_up,
    page_behind,
    place_of,
    record_by_code,
    record_by_key,
    record_document,
    records_by,
    stored_document,
    whole,
)
from gateway.doors.reasons import reason_of
from gateway.doors.requests import (
    Call,
    DirectRoute,
    Json,
    authenticated,
    bad_parameter,
    following,
    json_object,
    services_of,
    whole_number,
)
from gateway.doors.rest.records import words as records_docs
from gateway.ledger.kinds import BEHAVIOURS, OWN_KINDS, own_life
from gateway.ledger.rows import RecordRow
from gateway.ledger.wanted import MOST_COUNTED
from gateway.trust import qr_image
from schemas import catalog
from schemas.findings import Text

router = APIRouter(route_class=DirectRoute, tags=["records"])

Endpoint = Callable[..., Awaitable[Response]]


def _find(kind: str) -> Endpoint:
    criteria = records_docs.criteria_of(kind)

    async def find(request: Request) -> Response:
        call = await authenticated(request)
        limit = whole_number(request, "limit", 100, 1, most=1000)
        wanted = {name: [value] for name in criteria if (value := request.query_params.get(name))}
        if len(wanted) != 1:
            detail = Text(
                f"请给出且只给出一个条件：{'、'.join(criteria)}",
                f"Give exactly one criterion: {', '.join(criteria)}",
            )
            raise Refused(problems.BAD_REQUEST, detail)
        rows = await records_by(call, kind, wanted, page_behind(request.query_params.get("after"), limit))
        is_paged = not wanted.keys().isdisjoint(PAGED)
        place = following(rows, limit, place_of) if is_paged else None
        return Json({"records": [record_document(call, row) for row in rows], "next": place})

    return find


@router.get("/v1/records", **records_docs.listed())
async def list_records(request: Request) -> Response:
    """Lines of a list by every criterion given, with how many there are."""
    limit = whole_number(request, "limit", 100, 1, most=1000)
    offset = whole_number(request, "offset", 0, 0, most=MOST_COUNTED)
    call = await authenticated(request)
    kind = request.query_params.get("kind", "")
    if kind not in BEHAVIOURS:
        raise bad_parameter("kind", " | ".join(BEHAVIOURS))
    wanted = wanted_of(kind, request.query_params, call.services.scheme)
    reader, scope = call.services.reader, call.principal.scope
    rows, count = await reader.listed(scope, wanted, limit, offset), await reader.count(scope, wanted)
    return Json(
        {
            "records": [line_document(row) for row in rows],
            "count": min(count, MOST_COUNTED),
            "is_more": count > MOST_COUNTED,
        }
    )


def _look_up(kind: str) -> Endpoint:
    async def look_up(request: Request) -> Response:
        call = await authenticated(request, with_body=True)
        return Json({"records": await looked_up(call, kind, json_object(call.body))})

    return look_up


async def _addressed(call: Call, request: Request, kind: str, address: str) -> RecordRow:
    if BEHAVIOURS[kind].is_coded:
        return await record_by_code(call, address)
    given = request.query_params
    return await record_by_key(call, kind, address, given.get("agency_uscc"), partner=given.get("partner"))


def _show(kind: str) -> Endpoint:
    async def show(request: Request, **address: str) -> Response:
        call = await authenticated(request)
        return Json(await whole(call, await _addressed(call, request, kind, *address.values())))

    return show


def _move(kind: str) -> Endpoint:
    states = own_life(kind).machine.states

    async def move(request: Request, **address: str) -> Response:
        call = await authenticated(request, with_body=True)
        row = await _addressed(call, request, kind, *address.values())
        given = json_object(call.body, "state", "reason")
        wanted = given.get("state")
        if not isinstance(wanted, str) or wanted not in states:
            raise bad_parameter("state", " | ".join(states))
        state = await call.services.transitions.move(call.principal, row, wanted, reason_of(given.get("reason")))
        return Json({"kind": row.kind, "key": row.key, "code": row.code, "state": state})

    return move


async def qr_png(request: Request, code: str) -> Response:
    call = await authenticated(request)
    size = _print_size(request)
    return Response(qr_image.png(await _qr_text(call, code), size), media_type="image/png")


async def qr_svg(request: Request, code: str) -> Response:
    call = await authenticated(request)
    size = _print_size(request)
    return Response(qr_image.svg(await _qr_text(call, code), size), media_type="image/svg+xml")


async def _qr_text(call: Call, code: str) -> str:
    """What is drawn for a record in sight. Raises Refused (REQUEST-003)."""
    qr_text = (await record_by_code(call, code)).qr_text
    if qr_text is None:
        raise Refused(problems.NOT_FOUND)
    return qr_text


def _print_size(request: Request) -> int:
    size = whole_number(request, "size_mm", 30, 1, most=1000)
    if size not in qr_image.PRINT_SIZES_MM:
        raise bad_parameter("size_mm", " | ".join(map(str, qr_image.PRINT_SIZES_MM)))
    return size


async def put_document(request: Request, code: str) -> Response:
    most_bytes = services_of(request).settings.http.max_document_bytes
    too_large = problems.DOCUMENT_TOO_LARGE
    call = await authenticated(request, with_body=True, most_bytes=most_bytes, too_large=too_large)
    created, document = await stored_document(call, code, call.body)
    return Json(document, 201 if created else 200)


async def get_document(request: Request, code: str) -> Response:
    call = await authenticated(request)
    row = await record_by_code(call, code)
    must_speak_for(call.principal, row.tenant_id)
    pdf = await call.services.documents.get(call.principal, row)
    if pdf is None:
        raise Refused(problems.NOT_FOUND)
    return Response(pdf, media_type="application/pdf")


def _named(endpoint: Endpoint, name: str, address: str | None = None) -> Endpoint:
    """`endpoint` as the API reference is to know it: under a name of its own, with the parameter in its address."""
    parameters = [Parameter("request", Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)]
    if address is not None:
        parameters.append(Parameter(address, Parameter.POSITIONAL_OR_KEYWORD, annotation=str))
    endpoint.__name__ = name
    endpoint.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return endpoint


def _add(kind: str) -> None:
    described = catalog.kind(f"{kind}.v1")
    base, key = f"/v1/{described.plural}", key_parameter(kind)
    is_coded = BEHAVIOURS[kind].is_coded
    name, one = ("code", f"{base}/{{code}}") if is_coded else (key, f"{base}/{{{key}:path}}")
    called = described.title(f"/{key}")
    words = Text("编码", "code") if is_coded else Text(called.zh, called.en.lower())
    router.get(base, **records_docs.search(kind))(_named(_find(kind), f"find_{described.plural}"))
    router.post(f"{base}/lookup", **records_docs.lookup(kind))(_named(_look_up(kind), f"look_up_{described.plural}"))
    router.get(one, **records_docs.show(kind, words))(_named(_show(kind), f"show_{kind}", name))
    router.post(f"{one}/state", **records_docs.state(kind))(_named(_move(kind), f"move_{kind}", name))
    if is_coded:
        router.get(f"{one}/qr.png", **blocks_docs.file(Text("下载二维码（PNG）", "The QR code as PNG"), "image/png"))(
            qr_png
        )
        router.get(
            f"{one}/qr.svg", **blocks_docs.file(Text("下载二维码（SVG）", "The QR code as SVG"), "image/svg+xml")
        )(qr_svg)
        router.put(f"{one}/document", **records_docs.document())(put_document)
        router.get(
            f"{one}/document",
            **blocks_docs.file(Text("下载合同终稿", "The final PDF of a contract"), "application/pdf"),
        )(get_document)


for _kind in OWN_KINDS:
    _add(_kind)
