"""Signing in and out, setting a password by invitation, and the second factor, as pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.shell import visitors
from gateway.console.shell.explaining import explained
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.rendering import page
from gateway.console.shell.visitors import (
    SECOND_FACTOR,
    SIGN_IN,
    NotSignedIn,
    anybody,
    browser_of,
    forget,
    own_form,
    own_place,
    plain_form,
    remember,
    site_of,
    visitor,
)
from gateway.console.signing_in.words import shown_factors, shown_sessions
from gateway.doors.requests import must_be_encrypted, own_address, services_of
from gateway.persons.duties import titles_of
from gateway.persons.identity_provider import LASTS_SECONDS
from gateway.persons.own_account import Added
from gateway.persons.passwords import LONGEST, SHORTEST
from gateway.persons.person import Person
from gateway.persons.sign_in import SignedIn
from gateway.wording.languages import word
from schemas.findings import Text

HOME = "/desk"
_ADD = "/me/second-factor"
_BACK, _DEPARTED = "/signin/provider/return", "yizhan-provider"
_PARTED = Text("两次输入的密码不一致", "The two passwords differ")


async def sign_in_page(request: Request) -> Response:
    """Name and password, or a passkey."""
    person, place = await anybody(request), own_place(request.query_params.get("to"), HOME)
    if person is not None and person.is_whole:
        return RedirectResponse(place, 303)
    return await _sign_in_page(request, place)


async def _sign_in_page(request: Request, place: str, refusal: Refused | None = None, login: str = "") -> Response:
    site = site_of(request)
    challenge = await services_of(request).sign_in.challenge(site) if site.has_passkeys else ""
    provider, language = services_of(request).identity_provider.settings, chosen(request).language
    shown = {
        "to": place,
        "login": login,
        "challenge": challenge,
        "provider": "" if provider is None else word(Text(provider.title, provider.title_en), language),
        "wrong": explained(refusal, language),
    }
    return _answer(request, "signin.html", refusal, **shown)


async def sign_in(request: Request) -> Response:
    """To the page that was wanted, or to the second factor."""
    form = await plain_form(request)
    place, login = own_place(form.get("to"), HOME), form.get("login", "")
    try:
        signed_in = await services_of(request).sign_in.with_password(
            login, form.get("password", ""), browser_of(request)
        )
    except Refused as refusal:
        return await _sign_in_page(request, place, refusal, login)
    return _led_on(request, signed_in, place)


async def sign_in_with_passkey(request: Request) -> Response:
    form = await plain_form(request)
    place, answer = own_place(form.get("to"), HOME), form.get("answer", "")
    person = await anybody(request)
    half = person if person is not None and not person.is_whole and form.get("second") else None
    try:
        signed_in = await services_of(request).sign_in.with_passkey(answer, browser_of(request), site_of(request), half)
    except Refused as refusal:
        if half is not None:
            return await _second_page(request, half, place, refusal)
        return await _sign_in_page(request, place, refusal)
    return _led_on(request, signed_in, place)


async def depart(request: Request) -> Response:
    """To the identity provider; what has to come back with its answer stays in the browser."""
    must_be_encrypted(request)
    place = own_place(request.query_params.get("to"), HOME)
    try:
        departure = await services_of(request).identity_provider.depart(_back(request), place)
    except Refused as refusal:
        return await _sign_in_page(request, place, refusal)
    answer = RedirectResponse(departure.url, 303)
    is_safe = request.url.scheme == "https"
    answer.set_cookie(
        _DEPARTED, departure.kept, max_age=LASTS_SECONDS, path=_BACK, secure=is_safe, httponly=True, samesite="lax"
    )
    return answer


async def arrive(request: Request) -> Response:
    """Back from the identity provider."""
    must_be_encrypted(request)
    kept, provider = request.cookies.get(_DEPARTED, ""), services_of(request).identity_provider
    try:
        signed_in, place = await provider.arrive(kept, request.query_params, _back(request), browser_of(request))
    except Refused as refusal:
        answer = await _sign_in_page(request, HOME, refusal)
    else:
        answer = _led_on(request, signed_in, place)
    answer.delete_cookie(_DEPARTED, path=_BACK, secure=request.url.scheme == "https", httponly=True, samesite="lax")
    return answer


def _back(request: Request) -> str:
    return own_address(request) + _BACK


async def second_page(request: Request) -> Response:
    """The second factor of somebody who has given the password."""
    person, place = await anybody(request), own_place(request.query_params.get("to"), HOME)
    if person is None:
        raise NotSignedIn(SIGN_IN)
    if person.is_whole:
        return RedirectResponse(place, 303)
    if not await services_of(request).sign_in.has_second(person):
        return RedirectResponse(f"{_ADD}?to={quote(place, safe='')}", 303)
    return await _second_page(request, person, place)


async def _second_page(request: Request, person: Person, place: str, refusal: Refused | None = None) -> Response:
    services, site = services_of(request), site_of(request)
    factors = await services.own_account.factors(person)
    has_passkey = site.has_passkeys and bool(factors.passkeys)
    challenge = await services.sign_in.challenge(site, person) if has_passkey else ""
    wrong = explained(refusal, chosen(request).language)
    return _answer(request, "second.html", refusal, to=place, challenge=challenge, wrong=wrong, factors=factors)


async def second(request: Request) -> Response:
    form, person = await plain_form(request), await anybody(request)
    if person is None or person.is_whole:
        raise Refused(problems.SIGN_IN_FIRST)
    place = own_place(form.get("to"), HOME)
    try:
        signed_in = await services_of(request).sign_in.with_code(person, form.get("code", ""), browser_of(request))
    except Refused as refusal:
        return await _second_page(request, person, place, refusal)
    return _led_on(request, signed_in, place)


async def sign_out(request: Request) -> Response:
    await plain_form(request)
    person = await anybody(request)
    if person is not None:
        await services_of(request).sessions.end(person)
    return forget(request, RedirectResponse(SIGN_IN, 303))


async def ask_code(request: Request) -> Response:
    """Where somebody types the code of an invitation that was told by telephone."""
    return page(request, "activate_code.html", wrong="")


async def take_code(request: Request) -> Response:
    code = (await plain_form(request)).get("code", "").strip()
    try:
        await services_of(request).sign_in.link(code)
    except Refused as refusal:
        return _answer(request, "activate_code.html", refusal, wrong=explained(refusal, chosen(request).language))
    return RedirectResponse(f"/activate/{quote(code, safe='')}", 303)


async def activate_page(request: Request) -> Response:
    """Setting a password, by invitation or reset."""
    return await _activate_page(request)


async def _activate_page(request: Request, refusal: Refused | None = None) -> Response:
    code = request.path_params["code"]
    link = await services_of(request).sign_in.link(code)
    shown = {"code": code, "link": link, "shortest": SHORTEST, "longest": LONGEST}
    return _answer(request, "activate.html", refusal, wrong=explained(refusal, chosen(request).language), **shown)


async def activate(request: Request) -> Response:
    form = await plain_form(request)
    password = form.get("password", "")
    try:
        if password != form.get("again"):
            raise Refused(problems.WEAK_PASSWORD, _PARTED)
        signed_in = await services_of(request).sign_in.activate(
            request.path_params["code"], password, browser_of(request)
        )
    except Refused as refusal:
        if refusal.problem is problems.LINK_ENDED:
            raise
        return await _activate_page(request, refusal)
    return _led_on(request, signed_in, HOME)


# -- one's own account -------------------------------------------------------------------------------------------------


async def own_page(request: Request) -> Response:
    """Who I am here, where I am signed in, and how I prove it."""
    return await _own_page(request, await visitor(request))


async def _own_page(request: Request, person: Person, refusal: Refused | None = None, *, done: str = "") -> Response:
    services, language = services_of(request), chosen(request).language
    shown = {
        "own": person,
        "duties": [word(title, language) for title in titles_of(person.duties)],
        "factors": shown_factors(await services.own_account.factors(person), language),
        "sessions": shown_sessions(await services.sessions.listed(person.id), person.session, language),
        "wrong": explained(refusal, language),
        "done": done or ("password" if "password" in request.query_params else ""),
        "shortest": SHORTEST,
    }
    return await framed(request, person, "me.html", 200 if refusal is None else refusal.problem.status, **shown)


async def change_password(request: Request) -> Response:
    person, form = await own_form(request)
    new = form.get("new", "")
    try:
        if new != form.get("again"):
            raise Refused(problems.WEAK_PASSWORD, _PARTED)
        await services_of(request).own_account.change_password(person, form.get("old", ""), new)
    except Refused as refusal:
        return await _own_page(request, person, refusal)
    return RedirectResponse("/me?password", 303)


async def end_session(request: Request) -> Response:
    person, _ = await own_form(request)
    await services_of(request).sessions.end(person, request.path_params["session_id"])
    return RedirectResponse("/me#sessions", 303)


async def end_other_sessions(request: Request) -> Response:
    person, _ = await own_form(request)
    await services_of(request).sessions.end_others(person)
    return RedirectResponse("/me#sessions", 303)


async def recovery_codes(request: Request) -> Response:
    """New recovery codes, shown once."""
    person, form = await own_form(request)
    services = services_of(request)
    try:
        await services.sign_in.must_be_password(person, form.get("password", ""))
    except Refused as refusal:
        return await _own_page(request, person, refusal)
    codes = await services.own_account.renew_recovery_codes(person)
    return page(request, "recovery_codes.html", codes=codes, to="/me", is_new=False)


async def _adding(request: Request) -> Person:
    """Who adds a second factor: somebody signed in, or somebody who has none yet. Raises NotSignedIn."""
    person = await anybody(request)
    if person is None:
        raise NotSignedIn(SIGN_IN)
    if not person.is_whole and await services_of(request).sign_in.has_second(person):
        raise NotSignedIn(SECOND_FACTOR)
    return person


async def add_page(request: Request) -> Response:
    """An authenticator to be read by a phone, or a passkey."""
    return await _add_page(request, await _adding(request))


async def _add_page(request: Request, person: Person, refusal: Refused | None = None, to: str = "") -> Response:
    services, site = services_of(request), site_of(request)
    place = to or own_place(request.query_params.get("to"), "/me" if person.is_whole else HOME)
    making = await services.own_account.passkey_challenge(person, site) if site.has_passkeys else ""
    offer = services.own_account.offer(person)
    wrong = explained(refusal, chosen(request).language)
    picture = Markup(offer.picture)  # noqa: S704 - drawn here, from the key and the login
    shown = {"offer": offer, "picture": picture, "making": making, "to": place, "person": person, "wrong": wrong}
    return _answer(request, "add_factor.html", refusal, **shown)


async def add_authenticator(request: Request) -> Response:
    form, person = await plain_form(request), await _adding(request)
    place = own_place(form.get("to"), HOME)
    try:
        added = await services_of(request).own_account.add_totp(
            person, form.get("sealed", ""), form.get("code", ""), browser_of(request)
        )
    except Refused as refusal:
        return await _add_page(request, person, refusal, place)
    return _added(request, added, place)


async def add_passkey(request: Request) -> Response:
    form, person = await plain_form(request), await _adding(request)
    place = own_place(form.get("to"), HOME)
    try:
        added = await services_of(request).own_account.add_passkey(
            person, form.get("answer", ""), form.get("title", ""), site_of(request), browser=browser_of(request)
        )
    except Refused as refusal:
        return await _add_page(request, person, refusal, place)
    return _added(request, added, place)


def _added(request: Request, added: Added, place: str) -> Response:
    """The recovery codes, where there were none, and otherwise on."""
    answer: Response = RedirectResponse(place, 303)
    if added.recovery_codes:
        answer = page(request, "recovery_codes.html", codes=added.recovery_codes, to=place, is_new=True)
    return answer if added.signed_in is None else remember(request, answer, added.signed_in.token)


async def remove_authenticator(request: Request) -> Response:
    return await _removed(request, None)


async def remove_passkey(request: Request) -> Response:
    return await _removed(request, request.path_params["passkey"])


async def _removed(request: Request, passkey: str | None) -> Response:
    """Take a second factor away, of somebody who gives the password once more."""
    person, form = await own_form(request)
    services = services_of(request)
    try:
        await services.sign_in.must_be_password(person, form.get("password", ""))
        if passkey is None:
            await services.own_account.remove_totp(person)
        else:
            await services.own_account.remove_passkey(person, bytes.fromhex(passkey))
    except Refused as refusal:
        return await _own_page(request, person, refusal)
    return RedirectResponse("/me#factors", 303)


def _led_on(request: Request, signed_in: SignedIn, place: str) -> Response:
    to = place if signed_in.is_whole else f"{SECOND_FACTOR}?to={quote(place, safe='')}"
    return remember(request, RedirectResponse(to, 303), signed_in.token)


def _answer(request: Request, template: str, refusal: Refused | None, **shown: Any) -> Response:
    """A page, with the status and the headers of what went wrong on it."""
    status: int = 200 if refusal is None else refusal.problem.status
    headers: Mapping[str, str] = {} if refusal is None else refusal.headers
    answer = page(request, template, status, **shown)
    answer.headers.update(headers)
    return answer


router = APIRouter(include_in_schema=False)
visitors.add(router, SIGN_IN, sign_in_page)
visitors.add(router, SIGN_IN, sign_in, "POST")
visitors.add(router, f"{SIGN_IN}/provider", depart)
visitors.add(router, _BACK, arrive)
visitors.add(router, f"{SIGN_IN}/passkey", sign_in_with_passkey, "POST")
visitors.add(router, SECOND_FACTOR, second_page)
visitors.add(router, SECOND_FACTOR, second, "POST")
visitors.add(router, "/signout", sign_out, "POST")
visitors.add(router, "/activate", ask_code)
visitors.add(router, "/activate", take_code, "POST")
visitors.add(router, "/activate/{code:str}", activate_page)
visitors.add(router, "/activate/{code:str}", activate, "POST")
visitors.add(router, "/me", own_page)
visitors.add(router, "/me/password", change_password, "POST")
visitors.add(router, "/me/sessions/{session_id:uuid}/end", end_session, "POST")
visitors.add(router, "/me/sessions/end", end_other_sessions, "POST")
visitors.add(router, "/me/recovery-codes", recovery_codes, "POST")
visitors.add(router, _ADD, add_page)
visitors.add(router, f"{_ADD}/authenticator", add_authenticator, "POST")
visitors.add(router, f"{_ADD}/authenticator/remove", remove_authenticator, "POST")
visitors.add(router, f"{_ADD}/passkey", add_passkey, "POST")
visitors.add(router, _ADD + "/passkey/{passkey:str}/remove", remove_passkey, "POST")
