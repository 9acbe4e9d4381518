"""What is asked about people, by programs and by pages alike."""

from __future__ import annotations

from collections.abc import Collection

from gateway.access.accounts import Actor
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.reasons import required_reason
from gateway.doors.requests import bad_parameter
from gateway.persons.appointing import appoints
from gateway.persons.duties import Duty
from gateway.persons.states import PersonState
from gateway.wiring.services import Services

_DIVISION_DIGITS, _USCC_CHARACTERS = 6, 18


def chosen_duties(given: Collection[object]) -> frozenset[Duty]:
    """Raises Refused (REQUEST-001) for what is no duty."""
    if unknown := [each for each in given if each not in list(Duty)]:
        raise bad_parameter("duties", " | ".join(Duty)) from ValueError(unknown)
    return frozenset(Duty(str(each)) for each in given)


async def office_asked(services: Services, actor: Actor, given: str) -> Tenant:
    """An office by the code of its division, or by the credit code of an agency; one's own if none is given.

    Raises Refused (PERSON-001 for no division, REQUEST-003 for an agency that has no account).
    """
    given = given.strip()
    if not given and actor.account is not None:
        return actor.account
    if len(given) == _USCC_CHARACTERS:
        agency = await services.accounts.with_uscc(given.upper())
        if agency is None or not appoints(actor, agency):
            raise Refused(problems.NOT_FOUND)
        return agency
    if len(given) == _DIVISION_DIGITS:
        return await services.persons.bureau(actor, given)
    raise bad_parameter("office", "350200 | 91350100M000100Y43")


def state_asked(state: str | None, reason: str | None) -> tuple[PersonState, str]:
    """A state that somebody gives to an account, and why. Raises Refused (REQUEST-001)."""
    if state not in (allowed := (PersonState.ACTIVE, PersonState.SUSPENDED, PersonState.CLOSED)):
        raise bad_parameter("state", " | ".join(allowed))
    return PersonState(state), required_reason(reason)
