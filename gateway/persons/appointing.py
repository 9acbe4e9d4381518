"""Who may appoint whom: each level its own people, and the administrators of the level below.

Source: the notice's graded administration (domain section 1). A province appoints the administrators of its cities, a
city those of its counties, and a county those of its agencies; who stands above an agency's county may do so as well.
"""

from __future__ import annotations

from collections.abc import Collection

from gateway.access.accounts import Actor
from gateway.access.divisions import above, level_of, lies_in
from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.base.settings import AdministratorSettings
from gateway.persons.duties import ADMINISTRATOR, Duty, OfficeKind


def kind_of(office: Tenant) -> OfficeKind:
    return OfficeKind.of(office.uscc)


def may_manage(actor: Actor, office: Tenant, duties: Collection[Duty]) -> bool:
    """Whether somebody may give and take an account with these duties in an office."""
    if is_installation(actor) or (actor.may(Power.MANAGE_ACCOUNTS) and _own(actor).id == office.id):
        return True
    return set(duties) == {ADMINISTRATOR[kind_of(office)]} and appoints(actor, office)


def appoints(actor: Actor, office: Tenant) -> bool:
    """Whether somebody appoints the administrators of another office."""
    if office.uscc:
        return _administers(actor) and lies_in(office.division, _own(actor).division)
    return may_enter(actor, office.division)


def may_enter(actor: Actor, division: str) -> bool:
    """Whether somebody has to do with the authority of a division: it is their own, or the level below."""
    if is_installation(actor):
        return True
    return _administers(actor) and _own(actor).division in (division, above(division))


def is_installation(actor: Actor) -> bool:
    """Whether it is the installation itself, at the terminal or by a credential."""
    return actor.account is None or actor.may(Power.INSTALL)


def _administers(actor: Actor) -> bool:
    return actor.may(Power.MANAGE_ACCOUNTS) and not _own(actor).uscc


def _own(actor: Actor) -> Tenant:
    assert actor.account is not None  # noqa: S101 - the installation's was asked before
    return actor.account


def most_administrators(kind: OfficeKind, division: str, settings: AdministratorSettings) -> int:
    """How many there may be in an office, by its kind and level."""
    return getattr(settings, "agency" if kind is OfficeKind.AGENCY else level_of(division).value)
