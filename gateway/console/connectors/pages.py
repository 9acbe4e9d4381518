"""Connectors as pages for the technical team: what is in service, versions, drafts from samples, the workshop."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.mapping.strict_yaml import BadConfiguration
from adapters.tiers import Standing
from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.connectors.completion import completions
from gateway.console.connectors.words import (
    kinds_in,
    shown_connectors,
    shown_refusal,
    shown_tier,
    shown_trial,
    shown_versions,
)
from gateway.console.shell import framing
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.rendering import page
from gateway.console.shell.visitors import own_body, own_form, visitor
from gateway.doors.requests import Json, bad_parameter, json_object, lane_of, services_of
from gateway.doors.workshop_requests import MOST_BYTES, drafted, ranked, tried
from gateway.onboarding.packing import files_in, files_of
from gateway.onboarding.rows import VersionRow
from gateway.onboarding.states import VersionState
from gateway.onboarding.workshop import Flaw
from gateway.persons.person import Person
from gateway.wiring.services import Services
from gateway.wording.languages import word
from schemas.findings import Text

_TEXTS = (".yaml", ".csv", ".wsdl", ".json", ".xml", ".txt")
_LONGEST_NOTE = 500
Talk = Callable[[Request, Person, bytes], Awaitable[Response]]


async def list_page(request: Request) -> Response:
    """Every connector, in service or in work."""
    principal, services = await _operator(request), services_of(request)
    rows, standings = await services.versions.everything(), await _standings(services)
    shown = shown_connectors(services.connectors, rows, standings, chosen(request).language)
    return await framed(request, principal, "connectors.html", connectors=shown)


async def _standings(services: Services) -> dict[str, Standing]:
    return {each.connector.id: each.standing for each in await services.standings.listed()}


async def new_page(request: Request) -> Response:
    """A connector begins with samples."""
    principal = await _operator(request)
    return await framed(request, principal, "connector_new.html", kinds=kinds_in(chosen(request).language))


async def one_page(request: Request) -> Response:
    """A connector with its versions, and what may be done with each."""
    return await _shown(request, await _operator(request), _name(request))


def _name(request: Request) -> str:
    return request.path_params["connector"].replace("\0", "")


async def _shown(request: Request, principal: Person, name: str, refusal: Refused | None = None) -> Response:
    services, language = services_of(request), chosen(request).language
    rows, connector = await services.versions.listed(name), services.connectors.get(name)
    if not rows and connector is None:
        raise Refused(problems.NOT_FOUND)
    shown = shown_versions(rows, language, me=principal.name, two_persons=services.settings.onboarding.two_persons)
    status = 200 if refusal is None else refusal.problem.status
    reached = (await _standings(services)).get(name)
    return await framed(
        request,
        principal,
        "connector.html",
        status,
        name=name,
        tier=shown_tier(reached, language),
        partners=await _partners(services, name),
        title=None if connector is None else word(connector.title, language),
        is_installed=not rows,
        refusal=refusal and shown_refusal(refusal, language),
        **shown,
    )


async def _partners(services: Services, name: str) -> list[dict[str, Any]]:
    """Who sends by a connector, and how far the registration of their system is, where there is one."""
    bound = {each.tenant.name: each.tenant.title for each in await services.accounts.bound_to(name)}
    registered = {row.partner: row for row in await services.registrations.of_partners(list(bound))}
    found = []
    for partner, title in sorted(bound.items()):
        row = registered.get(partner)
        seen = {} if row is None else await services.registrations.conformance(row)
        found.append(
            {
                "name": partner,
                "title": title,
                "registration": row and str(row.id),
                "passed": sum(sum(each.values()) for each in seen.values()),
                "asked": sum(map(len, seen.values())),
            }
        )
    return found


async def move(request: Request) -> Response:
    """Check a draft, bring a version into service, roll back to it, take it out; a refusal is told on the same page."""
    principal, form = await own_form(request, Power.EDIT_CONNECTORS)
    name, versions = _name(request), services_of(request).versions
    moves = {
        VersionState.STAGED.value: versions.stage,
        VersionState.LIVE.value: versions.promote,
        VersionState.RETIRED.value: versions.retire,
    }
    number = form.get("number", "")
    if form.get("state") not in moves or not (number.isascii() and number.isdecimal() and len(number) < 9):
        raise bad_parameter("state", " | ".join(moves))
    try:
        await moves[form["state"]](principal, name, int(number))
    except Refused as refusal:
        return await _shown(request, principal, name, refusal)
    return RedirectResponse(f"/connectors/{quote(name)}", 303)


async def workshop_page(request: Request) -> Response:
    """The workshop of a version: its texts to be edited, its examples to be tried."""
    principal, name = await _operator(request), _name(request)
    number, files = await _files(request, name)
    texts = {each: content.decode() for each, content in files.items() if _is_text(each, content)}
    examples = {each: b64encode(content).decode() for each, content in files.items() if _is_sample(each)}
    return await framed(
        request,
        principal,
        "workshop.html",
        name=name,
        number=number,
        state={"texts": texts, "samples": examples, "words": completions()},
    )


async def _files(request: Request, name: str) -> tuple[int | None, Mapping[str, bytes]]:
    """The files of the version that is asked for, of the newest, or of what is installed. Raises Refused."""
    services, asked = services_of(request), request.query_params.get("version")
    if asked is not None and not (asked.isascii() and asked.isdecimal() and len(asked) < 9):
        raise bad_parameter("version", "1 ..")
    rows = await services.versions.listed(name)
    if rows or asked is not None:
        number = int(asked) if asked is not None else rows[-1].number
        return number, files_of(await services.versions.content(name, number))
    connector = services.connectors.get(name)
    if connector is None or connector.folder is None:
        raise Refused(problems.NOT_FOUND)
    return None, await asyncio.to_thread(files_in, connector.folder)


def _is_text(name: str, content: bytes) -> bool:
    """Whether a file is edited as a text; what is none goes along as it is."""
    if name.startswith("examples/") or not name.endswith(_TEXTS):
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_sample(name: str) -> bool:
    return name.startswith("examples/") and not name.endswith(".expected.json")


async def try_out(request: Request, principal: Person, body: bytes) -> Response:
    """A part of the workshop's page: what the folder makes of the sample."""
    found, language = await tried(services_of(request).workshop, principal, body), chosen(request).language
    if isinstance(found, Flaw):
        flaw = {"text": word(found.text, language), "file": found.file, "line": found.line}
        return page(request, "trial.html", flaw=flaw, trial=None)
    return page(request, "trial.html", flaw=None, trial=await asyncio.to_thread(shown_trial, found, language))


async def rank(request: Request, principal: Person, body: bytes) -> Response:
    return Json({"fields": await ranked(services_of(request).workshop, principal, body)})


async def place(request: Request, principal: Person, body: bytes) -> Response:
    """A mapping with one field taken from another source, and the line that was written."""
    given = json_object(body, "text", "target", "entry", "each")
    text, target, entry, each = (given.get(name) for name in ("text", "target", "entry", "each"))
    if not (isinstance(text, str) and isinstance(target, str) and isinstance(entry, str) and isinstance(each, dict)):
        raise bad_parameter("entry", "{text, target, entry, each}")
    try:
        edited = services_of(request).workshop.place(text, target, entry, each)
    except BadConfiguration as error:
        raise Refused(problems.UNFIT_CONNECTOR, error.text) from None
    return Json({"text": edited.text, "line": edited.line})


async def save(request: Request, principal: Person, body: bytes) -> Response:
    """The edited texts, with the other files of the version that they come from, as a new draft.

    With `accept` what the golden examples give now is what is expected of them from now on.
    """
    given = json_object(body, "files", "note", "accept")
    texts, note = given.get("files"), given.get("note", "")
    if not isinstance(texts, dict) or not all(isinstance(each, str) for each in texts.values()):
        raise bad_parameter("files", "{name: text}")
    if not isinstance(note, str) or len(note) > _LONGEST_NOTE or "\0" in note:
        raise bad_parameter("note", f"0 .. {_LONGEST_NOTE}")
    _, before = await _files(request, _name(request))
    kept = {name: content for name, content in before.items() if not _is_text(name, content)}
    files = {**kept, **{name: text.encode() for name, text in texts.items()}}
    if given.get("accept") is True:
        files = await services_of(request).workshop.with_outcomes(lane_of(principal), files)
    return await _saved(request, principal, files, note)


async def draft(request: Request, principal: Person, body: bytes) -> Response:
    """A draft from samples, kept as the first version of a connector."""
    files = await drafted(services_of(request).workshop, principal, body)
    return await _saved(request, principal, files, "")


async def _saved(request: Request, principal: Person, files: Mapping[str, bytes], note: str) -> Response:
    row: VersionRow = await services_of(request).versions.save(principal, files, note)
    return Json({"location": f"/connectors/{quote(row.connector)}/workshop?version={row.number}", "number": row.number})


def _talking(talk: Talk) -> Callable[[Request], Awaitable[Response]]:
    """What a script of our own pages asks for; a refusal is JSON, in the language of the page."""

    async def endpoint(request: Request) -> Response:
        try:
            principal, body = await own_body(request, MOST_BYTES, Power.EDIT_CONNECTORS)
            return await talk(request, principal, body)
        except Refused as refusal:
            answer: dict[str, Any] = shown_refusal(refusal, chosen(request).language)
            return Response(Json(answer).body, refusal.problem.status, refusal.headers, "application/json")

    return endpoint


async def _operator(request: Request) -> Person:
    return await visitor(request, Power.EDIT_CONNECTORS)


MENU = (Entry(80, "/connectors", Text("对接配置", "Connectors"), Section.EXCHANGE, Power.EDIT_CONNECTORS),)

router = APIRouter(include_in_schema=False)
_ONE = "/connectors/{connector}"
framing.add(router, "/connectors", list_page)
framing.add(router, "/connectors/new", new_page)
framing.add(router, "/connectors/new", _talking(draft), "POST")
framing.add(router, _ONE, one_page)
framing.add(router, f"{_ONE}/state", move, "POST")
framing.add(router, f"{_ONE}/workshop", workshop_page)
framing.add(router, f"{_ONE}/workshop/trial", _talking(try_out), "POST")
framing.add(router, f"{_ONE}/workshop/candidates", _talking(rank), "POST")
framing.add(router, f"{_ONE}/workshop/place", _talking(place), "POST")
framing.add(router, f"{_ONE}/workshop/save", _talking(save), "POST")
