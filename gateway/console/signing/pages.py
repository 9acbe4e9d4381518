"""Signing by telephone: the link, the code by short message, the contract read page by page, the signature.

Whoever has the link sees whose contract it is, and nothing else of it until the code was entered.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.shell import visitors
from gateway.console.shell.explaining import explained
from gateway.console.shell.language import chosen
from gateway.console.shell.rendering import page
from gateway.console.shell.unkept import unkept_file
from gateway.console.shell.visitors import fields_of, must_be_own
from gateway.contracts.page_pictures import MOST_PICTURES, PICTURE_TYPE
from gateway.doors.requests import admit, bounded_body, must_be_encrypted, services_of
from gateway.online_contracts.signers import Opened
from gateway.online_contracts.signings import CODE_LIFE, Signings
from gateway.online_contracts.states import OnlineState, Purpose, SigningState
from gateway.online_contracts.strokes import HEIGHT, WIDTH
from gateway.trust.codes import grouped
from gateway.wording.readable import shown_subkind
from schemas.findings import Text
from schemas.masking import mask

_ONE = "/sign/{token}"
_COOKIE = "signing"
_MOST_BYTES = 128 * 1024
_NOT_AGREED = Text("请先阅读合同并勾选同意", "Read the contract and tick that you agree")
_LONGEST_TOKEN, _LONGEST_TICKET = 64, 64


async def open_page(request: Request) -> Response:
    """What it is about; the contract and the field to sign in, once the code was entered."""
    admit(request, None)
    return await _page(request, await services_of(request).signings.opened(_token(request)))


async def _page(request: Request, opened: Opened, refusal: Refused | None = None, *, is_sent: bool = False) -> Response:
    row, language = opened.row, chosen(request).language
    contract = opened.contract
    is_open = opened.is_open_to(_ticket(request))
    return page(
        request,
        "sign.html",
        200 if refusal is None else refusal.problem.status,
        token=_token(request),
        agency=opened.owner.title,
        name=mask(opened.name, "name"),
        mobile=mask(opened.mobile, "phone"),
        is_open=is_open,
        is_sent=is_sent or (row.code_hash is not None and not is_open),
        is_ending=row.purpose is Purpose.CANCEL,
        is_done=row.state is SigningState.DONE,
        is_declined=row.state is SigningState.DECLINED,
        is_final=contract.row.state is OnlineState.SIGNED,
        is_ended=contract.row.state is OnlineState.CANCELLED,
        route=str(contract.body.get("route_name", "")) if is_open else "",
        kind=shown_subkind("contract", contract.body.get("contract_type"), language) if is_open else "",
        code=grouped(contract.row.code or "") if is_open else "",
        pages=range(1, min(contract.row.pages or 0, MOST_PICTURES) + 1) if is_open else (),
        minutes=int(CODE_LIFE.total_seconds() // 60),
        width=WIDTH,
        height=HEIGHT,
        wrong=explained(refusal, language),
    )


async def answer(request: Request) -> Response:
    """Ask for a code, enter it, sign or confirm, or decline."""
    admit(request, None)
    must_be_own(request)
    must_be_encrypted(request)
    form = fields_of(await bounded_body(request, _MOST_BYTES))
    signings, token, what = services_of(request).signings, _token(request), form.get("do", "")
    onward = RedirectResponse(f"/sign/{token}", 303)
    try:
        if what == "code":
            await signings.send_code(token)
            return await _page(request, await signings.opened(token), is_sent=True)
        if what == "enter":
            ticket = await signings.let_in(token, form.get("code", "").strip())
            onward.set_cookie(
                _COOKIE,
                ticket,
                path=f"/sign/{token}",
                httponly=True,
                samesite="strict",
                secure=request.url.scheme == "https",
            )
        elif what == "sign":
            if form.get("agreed") != "yes":
                raise Refused(problems.BAD_REQUEST, _NOT_AGREED, parameter="agreed")
            strokes, typed = form.get("strokes", ""), form.get("typed", "")
            await signings.sign(token, _ticket(request), strokes=strokes, typed=typed)
        elif what == "decline":
            await signings.decline(token, _ticket(request))
        else:
            raise Refused(problems.BAD_REQUEST)
    except Refused as refusal:
        return await _page(request, await _still_open(signings, token, refusal), refusal)
    return onward


async def _still_open(signings: Signings, token: str, refusal: Refused) -> Opened:
    """The invitation that was refused something; raises the refusal where it has ended with that."""
    try:
        return await signings.opened(token)
    except Refused:
        raise refusal from None


async def picture(request: Request) -> Response:
    """A page of the contract."""
    signings, opened = services_of(request).signings, await _read(request)
    return unkept_file(await signings.page(opened, request.path_params["number"]), PICTURE_TYPE)


async def document(request: Request) -> Response:
    """The contract as PDF; the signed one once everybody has signed."""
    opened = await _read(request)
    pdf = await services_of(request).signings.contract_pdf(opened)
    return unkept_file(pdf, "application/pdf", name=f"{opened.contract.row.code}.pdf")


async def _read(request: Request) -> Opened:
    """Raises Refused (SIGNING-001, SIGNING-002)."""
    admit(request, None)
    must_be_encrypted(request)
    opened = await services_of(request).signings.opened(_token(request))
    if not opened.is_open_to(_ticket(request)):
        raise Refused(problems.SIGNING_CODE)
    return opened


def _token(request: Request) -> str:
    return request.path_params["token"][:_LONGEST_TOKEN]


def _ticket(request: Request) -> str:
    return request.cookies.get(_COOKIE, "")[:_LONGEST_TICKET]


router = APIRouter(include_in_schema=False)
visitors.add(router, _ONE, open_page)
visitors.add(router, _ONE, answer, "POST")
visitors.add(router, f"{_ONE}/pages/{{number:whole}}.jpg", picture)
visitors.add(router, f"{_ONE}/contract.pdf", document)
