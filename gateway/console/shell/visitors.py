"""What the pages for people share: who is signed in, forms of our own, refusals as pages.

A browser holds the token of a session in a cookie, which it sends with every request to us, whoever caused it; so a
decision is only taken from a form of our own pages.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.accounts import must_may
from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.shell.rendering import page
from gateway.doors.requests import bounded_body, must_be_encrypted, network_of, own_address, services_of
from gateway.persons.passkeys import Site
from gateway.persons.person import Person
from gateway.persons.sessions import Browser

Endpoint = Callable[[Request], Awaitable[Response]]
LONGEST_FORM = 4096
_LONGEST_ANSWER = 4 * LONGEST_FORM
"""Of a form on the way in, with what a passkey says."""
_LONGEST_TOKEN = 64
_HOURS = 3600
SIGN_IN, SECOND_FACTOR = "/signin", "/signin/second"


class NotSignedIn(Exception):
    """There is nobody, or somebody who has not proved everything yet: `place` is where that is done."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


async def refused(request: Request, refusal: Refused) -> Response:
    """A refusal as a page of those for the public."""
    answer = page(request, "refusal.html", refusal.problem.status, problem=refusal.problem, detail=refusal.detail)
    answer.headers.update(refusal.headers)
    return answer


def add(
    router: APIRouter,
    path: str,
    endpoint: Endpoint,
    method: str = "GET",
    *,
    refuse: Callable[[Request, Refused], Awaitable[Response]] = refused,
) -> None:
    """Serve a page whose refusals are pages as well, and that leads to signing in whoever has to."""

    @wraps(endpoint)
    async def shown(request: Request) -> Response:
        try:
            return await endpoint(request)
        except NotSignedIn as gap:
            return await _led_to_sign_in(request, gap)
        except Refused as refusal:
            return await refuse(request, refusal)

    router.add_route(path, shown, methods=[method], include_in_schema=False)


async def _led_to_sign_in(request: Request, gap: NotSignedIn) -> Response:
    """To where somebody signs in, and from there back; what was sent has to be sent again."""
    if request.method == "GET":
        return RedirectResponse(f"{gap.place}?to={quote(_place(request), safe='')}", 303)
    return await refused(request, Refused(problems.SIGN_IN_FIRST))


async def visitor(request: Request, power: Power | None = None) -> Person:
    """Who looks. Raises NotSignedIn; Refused (AUTH-005) for somebody without that power."""
    person = await anybody(request)
    if person is None:
        raise NotSignedIn(SIGN_IN)
    if not person.is_whole:
        raise NotSignedIn(SECOND_FACTOR)
    if power is not None:
        must_may(person, power)
    return person


async def anybody(request: Request) -> Person | None:
    """Whoever is signed in, also half; None when nobody is."""
    must_be_encrypted(request)
    token = request.cookies.get(_cookie_name(request), "")
    if not 0 < len(token) <= _LONGEST_TOKEN:
        return None
    return await services_of(request).sessions.person(token)


async def own_form(request: Request, power: Power | None = None) -> tuple[Person, dict[str, str]]:
    """Who decides, and the fields of the form. Raises NotSignedIn; Refused (AUTH-005) for another site's."""
    person, body = await own_body(request, LONGEST_FORM, power)
    return person, fields_of(body)


async def own_body(request: Request, most_bytes: int, power: Power | None = None) -> tuple[Person, bytes]:
    """Who decides, and what a page of ours has sent. Raises as `own_form` does."""
    must_be_own(request)
    person = await visitor(request, power)
    return person, await bounded_body(request, most_bytes)


async def plain_form(request: Request) -> dict[str, str]:
    """The fields of a form of our own that needs nobody signed in. Raises Refused (AUTH-005)."""
    must_be_own(request)
    must_be_encrypted(request)
    return fields_of(await bounded_body(request, _LONGEST_ANSWER))


def must_be_own(request: Request) -> None:
    """Raises Refused (AUTH-005) for what another site had the browser send."""
    if request.headers.get("sec-fetch-site") != "same-origin":
        raise Refused(problems.FORBIDDEN)


def fields_of(body: bytes) -> dict[str, str]:
    """The fields of a form; of those that are sent several times the last."""
    return dict(_sent(body))


def every_field_of(body: bytes, name: str) -> list[str]:
    """All values of a field that is sent several times, as check boxes are."""
    return [value for each, value in _sent(body) if each == name]


def _sent(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("utf-8", "replace").replace("\0", ""))


def remember(request: Request, response: Response, token: str) -> Response:
    """Have the browser hold the token of a session, from no script and for no other site."""
    hours = services_of(request).settings.persons.longest_hours
    response.set_cookie(
        _cookie_name(request),
        token,
        max_age=hours * _HOURS,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


def forget(request: Request, response: Response) -> Response:
    """Have the browser drop what it held."""
    response.delete_cookie(_cookie_name(request), secure=request.url.scheme == "https", httponly=True, samesite="lax")
    return response


def browser_of(request: Request) -> Browser:
    """In which browser somebody signs in."""
    return Browser(agent=request.headers.get("user-agent", ""), network=network_of(request))


def site_of(request: Request) -> Site:
    return Site(own_address(request))


def own_place(wanted: str | None, otherwise: str) -> str:
    """Where to go after signing in: a page of ours, whatever an address asks for."""
    if wanted and wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable():
        return wanted
    return otherwise


def _cookie_name(request: Request) -> str:
    """With the prefix browsers hold only what was set over TLS by this very host (RFC 6265bis)."""
    return "__Host-yizhan" if request.url.scheme == "https" else "yizhan-session"


def _place(request: Request) -> str:
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")
