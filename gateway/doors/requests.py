"""What every route needs from a request: its caller, its bounded body, its parameters. All refusals are problems."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

import orjson
from fastapi.routing import APIRoute
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from adapters.errors import Unreadable
from gateway.access.accounts import Actor, Principal, must_may
from gateway.access.authentication import is_plain, is_signature
from gateway.access.callers import origin
from gateway.access.powers import Power
from gateway.access.signatures import COVERED, SignedRequest
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import read_moment
from gateway.base.problems import ProblemType, Refused
from gateway.doors.sandbox_faults import suffer
from gateway.ledger.repeats import BY_CONTENT
from gateway.ledger.values import Answer
from gateway.wiring.services import Services
from schemas.findings import Text, veiled

Listed = TypeVar("Listed")

DRY_RUN = "dry_run"
_THEIRS = "/v1/econtract/"  # the existing e-contract protocol refuses in its own shape
_MOST_MOVED = 20
_COVERED = [name.encode() for name in COVERED]
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,200}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class _Whole(Convertor[int]):
    """A whole number in a path, `{number:whole}`, that fits wherever it may go; what is longer is nowhere."""

    regex = "[0-9]{1,18}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("whole", _Whole())


class DirectRoute(APIRoute):
    """Calls the endpoint with the request and its path parameters, nothing in between.

    The routes take raw bytes, so FastAPI's dependency and body machinery would only cost time here; what it knows of
    a route for OpenAPI stays.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.app = self._direct
        described = (options.get("openapi_extra") or {}).get("parameters", ())
        self._queries = frozenset(each["name"] for each in described if each["in"] == "query")
        self._is_ours = path.startswith("/v1/") and not path.startswith(_THEIRS)

    async def _direct(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_ours and scope["query_string"]:
            self._must_know(Request(scope).query_params)
        response: Response = await self.endpoint(Request(scope, receive, send), **scope["path_params"])
        await response(scope, receive, send)

    def _must_know(self, given: QueryParams) -> None:
        """Raises Refused (REQUEST-001): a filter that is not there would be answered as if it had been applied."""
        if unknown := given.keys() - self._queries:
            raise unknown_name(min(unknown), self._queries)


class Json(Response):
    """A JSON answer in the spelling of orjson."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


def answer_response(answer: Answer) -> Response:
    """The stored answer of a submission, byte for byte."""
    headers = {"Location": f"/v1/submissions/{answer.submission_id}", **replay_headers(answer)}
    return Response(answer.body, answer.status, headers, answer.content_type)


def replay_headers(answer: Answer) -> dict[str, str]:
    """What is said beside an answer that was given before: that it was, and which of its records have gone on since."""
    if not answer.replayed:
        return {}
    headers = {"Idempotent-Replayed": "true"}
    if answer.moved:
        first = [asdict(record) for record in answer.moved[:_MOST_MOVED]]
        headers["Yizhan-Records-Now"] = json.dumps(first, separators=(",", ":"))  # ASCII, as headers are
    return headers


@dataclass(frozen=True, slots=True)
class Call:
    """An authenticated request with its body."""

    services: Services
    principal: Principal
    body: bytes


class Holder(Actor, Protocol):
    """Somebody of an account: a credential, or a person of an office."""

    @property
    def tenant(self) -> Tenant: ...


class Inquiry(Protocol):
    """Who asks, by a program or on a page."""

    @property
    def services(self) -> Services: ...
    @property
    def principal(self) -> Holder: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks on a page, of the same functions as programs."""

    services: Services
    principal: Holder


def services_of(request: Request) -> Services:
    return request.app.state.services


async def authenticated(
    request: Request,
    *,
    with_body: bool = False,
    most_bytes: int | None = None,
    too_large: ProblemType = problems.TOO_LARGE,
) -> Call:
    """The caller of `request`. The body is read, at most to the limit, when wanted or when it is signed.

    It is not read for somebody whom nobody knows. The limit is that of a push if not given. Raises Refused (AUTH-001 ..
    AUTH-005, AUTH-007, LIMIT-002, REQUEST-005, `too_large`).
    """
    services = services_of(request)
    limit = most_bytes or services.settings.http.max_body_bytes
    header = request.headers.get("authorization", "")
    if is_plain(header):
        must_be_encrypted(request)
    signed = is_signature(header)
    body = b""
    if signed:
        await services.authenticator.must_be_known(header)
        body = await bounded_body(request, limit, too_large)
    principal = await services.authenticator.authenticate(header, signed_of(request, body))
    belongs_to(request, principal)
    if with_body and not signed:
        body = await bounded_body(request, limit, too_large)
    if principal.tenant.is_sandbox and not request.url.path.startswith("/v1/sandbox/"):
        await suffer(request, await services.sandbox.strike(principal))
    return Call(services, principal, body)


async def empowered(request: Request, power: Power, *, with_body: bool = False, most_bytes: int | None = None) -> Call:
    """A call of somebody with that power. Raises Refused (AUTH-005) for anybody else's, and as `authenticated` does."""
    call = await authenticated(request, with_body=with_body, most_bytes=most_bytes)
    must_may(call.principal, power)
    return call


def lane_of(actor: Actor) -> int:
    """Who takes turns with others where work takes long: the account in whose name somebody acts."""
    return 0 if actor.account is None else actor.account.id


def belongs_to(request: Request, principal: Principal) -> None:
    """Count a request and its body for a caller who has proved who they are. Raises Refused (LIMIT-002)."""
    request.state.admission.prove()
    request.state.share.is_of(principal.credential_id)


def admit(request: Request, claimed: bytes | None) -> None:
    """Count a call for the credential that it claims, or for its address. Raises Refused (LIMIT-001)."""
    if not request.state.admission.by(claimed):
        raise Refused(problems.RATE_LIMITED, headers={"Retry-After": str(request.state.admission.reset)})


def network_of(request: Request) -> str:
    """Where a request comes from, as far as that counts as one caller."""
    return origin(request.client.host if request.client else "")


def own_address(request: Request) -> str:
    """Where this service is reached, without a slash at the end. What a client calls it is not believed."""
    public = services_of(request).settings.http.public_url
    if public is not None:
        return public.rstrip("/")
    host, port = request.scope["server"]
    return f"{request.url.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def must_be_encrypted(request: Request) -> None:
    """For protocols that show a secret or sign too little. Raises Refused (AUTH-005) for a connection without TLS."""
    if is_exposed(request):
        raise exposed()


def is_exposed(request: Request) -> bool:
    """Whether a request has come without TLS to a service whose address says that there is TLS."""
    return services_of(request).settings.public_url.startswith("https:") and request.url.scheme != "https"


def exposed() -> Refused:
    """AUTH-005 for what anybody on the way could have read and used. Whoever sent a secret so should replace it."""
    detail = Text(
        "该方式只能经 TLS 使用，请改用 https 地址；已明文发送的密钥请尽快更换",
        "This is for TLS connections only: use the https address, and replace a secret that was sent in the clear",
    )
    return Refused(problems.FORBIDDEN, detail)


def signed_of(request: Request, body: bytes) -> SignedRequest:
    """What of a request a signature covers, as it was sent."""
    query, headers = request.scope["query_string"], request.scope["headers"]
    target = (request.scope["raw_path"] + (b"?" + query if query else b"")).decode("latin-1")
    covered = (b", ".join(value.strip() for each, value in headers if each == name) for name in _COVERED)
    return SignedRequest(method=request.method, target=target, body=body, covered=tuple(covered))


async def bounded_body(request: Request, limit: int, too_large: ProblemType = problems.TOO_LARGE) -> bytes:
    """The whole body, as it is. Raises Refused (LIMIT-002, REQUEST-005, REQUEST-006, `too_large`)."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise Refused(problems.UNSUPPORTED_MEDIA, headers={"Accept-Encoding": "identity"})
    refusal = Refused(too_large, Text(f"不得超过 {limit} 字节", f"At most {limit} bytes are taken"), max_bytes=limit)
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limit:
        raise refusal
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Refused(problems.BODY_INCOMPLETE)
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise refusal
        request.state.share.take(len(chunk))
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)


def flag(request: Request, name: str) -> bool:
    """A boolean query parameter: true/1 or false/0, absent is false."""
    value = request.query_params.get(name, "false").lower()
    if value not in _BOOLEANS:
        raise bad_parameter(name, "true | false")
    return _BOOLEANS[value]


def whole_number(request: Request, name: str, default: int, least: int, *, most: int) -> int:
    """An integer query parameter within bounds."""
    value = request.query_params.get(name)
    if value is None:
        return default
    if not re.fullmatch(r"\d{1,18}", value, re.ASCII) or not least <= int(value) <= most:
        raise bad_parameter(name, f"{least} .. {most}")
    return int(value)


def uuid_parameter(request: Request, name: str) -> UUID | None:
    """A query parameter that is an id."""
    value = request.query_params.get(name)
    try:
        return None if value is None else UUID(value)
    except ValueError:
        raise bad_parameter(name, "UUID") from None


def moment_parameter(request: Request, name: str) -> datetime | None:
    """A query parameter that is a moment; without a zone it is the clock in China."""
    value = request.query_params.get(name)
    if value is None:
        return None
    try:
        return read_moment(value)
    except ValueError:
        raise bad_parameter(name, "YYYY-MM-DDThh:mm:ss+08:00") from None


def day_of(given: str | None, name: str) -> date | None:
    """A day that was entered, None for nothing. Raises Refused (REQUEST-001)."""
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise bad_parameter(name, "YYYY-MM-DD") from None


def following(rows: Sequence[Listed], limit: int, place: Callable[[Listed], str]) -> str | None:
    """Where the next page of a list begins: the place of the last row of a full page."""
    return place(rows[-1]) if len(rows) == limit else None


def bad_parameter(name: str, allowed: str | Text) -> Refused:
    detail = Text("参数 {name} 的取值应为 {allowed}", "Parameter {name} must be {allowed}")
    return Refused(problems.BAD_REQUEST, detail.format(name=name, allowed=allowed), parameter=name)


def unknown_name(name: str, known: Iterable[str]) -> Refused:
    """A parameter or member that the route does not have."""
    every, shown = sorted(known), veiled(name)[:64]
    detail = Text(
        f"不支持参数 {shown}；可用：{'、'.join(every) or '无'}",
        f"There is no parameter {shown}; there are: {', '.join(every) or 'none'}",
    )
    return Refused(problems.BAD_REQUEST, detail, parameter=shown)


def idempotency_key(request: Request) -> str | None:
    """The sender's key, from its header."""
    return checked_key(request.headers.get("idempotency-key"))


def checked_key(value: str | None) -> str | None:
    """A key that may be used: 1 to 200 visible ASCII characters. Our own begin with `sha256:`."""
    if value is not None and (not _IDEMPOTENCY_KEY.fullmatch(value) or value.startswith(BY_CONTENT)):
        raise bad_parameter("Idempotency-Key", "1 .. 200 ASCII")
    return value


def json_object(body: bytes, *known: str) -> dict[str, Any]:
    """A small JSON object sent to a route of ours (records go through the formats instead).

    It may have the members that are `known`; without any named, whoever called looks at them.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        detail = Text(f"请求体不是有效的 JSON，解析器报告“{error.msg}”", f"The body is not valid JSON: {error.msg}")
        raise Refused(problems.BAD_REQUEST, detail) from None
    if not isinstance(value, dict):
        raise Refused(problems.BAD_REQUEST, Text("请求体应为 JSON 对象", "The body must be a JSON object"))
    if known and (unknown := value.keys() - set(known)):
        raise unknown_name(min(unknown), known)
    return value


def unreadable(error: Unreadable) -> Refused:
    """A document that cannot be read, as a refusal that carries the finding."""
    finding = error.finding
    words = Text(f"{finding.reason.zh}（{finding.code}）", f"{finding.reason.en} ({finding.code})")
    return Refused(problems.UNREADABLE, words, findings=[finding.as_dict()])
