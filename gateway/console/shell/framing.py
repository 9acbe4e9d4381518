"""The console's frame: every page of officials and operators in one layout, its refusals as well.

framing.add(router, "/alerts", alerts_page)
...
return await framed(request, person, "alerts.html", rows=rows)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.accounts import Actor
from gateway.access.powers import Power
from gateway.base.clock import Clock, day_in_china
from gateway.base.problems import Refused
from gateway.console.shell import visitors
from gateway.console.shell.appearance import Theme, address_of, look_of
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Group, WhatWaits, menu
from gateway.console.shell.record_words import most_urgent, oldest_waits
from gateway.console.shell.rendering import Page, page
from gateway.console.shell.visitors import Endpoint, anybody
from gateway.doors.requests import is_exposed, services_of
from gateway.onboarding.states import RegistrationState
from gateway.persons.person import Person

CONSOLE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""As strict as public pages, and: scripts ask this service for more; the vendored style sheet draws its small pictures
(arrows, ticks) from `data:` addresses, which as pictures cannot run.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around a page: the menu, who looks, and how it looks."""

    groups: tuple[Group, ...]
    me: str
    office: str
    theme: Theme
    light: str
    dark: str
    auto: str


def add(router: APIRouter, path: str, endpoint: Endpoint, method: str = "GET") -> None:
    """Serve a page whose refusals are pages in the same frame; for who is not known, in the public one."""

    visitors.add(router, path, endpoint, method, refuse=refused)


async def framed(request: Request, person: Person, template: str, status: int = 200, **context: Any) -> Page:
    """A page of the console in the visitor's language, look and frame."""
    frame = await _frame(request, person)
    answer = page(request, template, status, policy=CONSOLE, frame=frame, **context)
    if (cookie := look_of(request).cookie) is not None:
        answer.raw_headers.append((b"set-cookie", cookie))
    return answer


async def refused(request: Request, refusal: Refused) -> Response:
    """A refusal as a page."""
    person = None if is_exposed(request) else await anybody(request)
    if person is None or not person.is_whole:
        return await visitors.refused(request, refusal)
    told = {"problem": refusal.problem, "detail": refusal.detail}
    answer = await framed(request, person, "refused.html", refusal.problem.status, **told)
    answer.headers.update(refusal.headers)
    return answer


async def _frame(request: Request, person: Person) -> Frame:
    language = chosen(request).language
    return Frame(
        groups=menu(person, request.url.path, await _waiting(request, person, language), language),
        me=person.contact.name,
        office=person.tenant.title,
        theme=look_of(request).theme,
        light=address_of(request, theme=Theme.LIGHT),
        dark=address_of(request, theme=Theme.DARK),
        auto=address_of(request, theme=Theme.AUTO),
    )


async def _waiting(request: Request, actor: Actor, language: str) -> WhatWaits:
    """What waits for somebody."""
    services, now = services_of(request), Clock.now()
    counted = await services.waiting.counted(actor.scope)
    counts = counted.counts()
    if actor.may(Power.MANAGE_PARTNERS):
        counts["registrations"] = (await services.registrations.counted()).get(RegistrationState.APPLIED, 0)
    if actor.may(Power.MANAGE_AGENCY):
        counts["applicants"] = await services.own_agency.waiting(actor)
    since = {name: oldest_waits(moment, now, language) for name, moment in counted.oldest.items()}
    left, today = services.pledges.left, day_in_china(now)
    since |= {name: most_urgent(left(day, today), language) for name, day in counted.due.items()}
    return WhatWaits(counts=counts, since=since)
