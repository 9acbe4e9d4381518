"""Who may appoint whom: each level its own people, and the administrators of the level below.

Source: the notice's graded administration (domain section 1). A province appoints the administrators of its cities, a
city those of its counties, and a county those of its agencies; who stands above an agency's county may do so as well.
"""

from __future__ import annotations

from collections.abc import Collection

from gateway.access.accounts import Actor
from gateway.access.divisions import Level, above, level_of, lies_in
from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.base.settings import AdministratorSettings
from gateway.persons.duties import ADMINISTRATOR, Duty, OfficeKind


def kind_of(office: Tenant) -> OfficeKind:
    return OfficeKind.AGENCY if office.uscc else OfficeKind.BUREAU


def may_manage(actor: Actor, office: Tenant, duties: Collection[Duty]) -> bool:
    """Whether somebody may give and take an account with these duties in an office."""
    if not actor.may(Power.MANAGE_ACCOUNTS):
        return False
    own = actor.account
    if own is None or actor.may(Power.INSTALL) or own.id == office.id:
        return True
    return set(duties) == {ADMINISTRATOR[kind_of(office)]} and is_below(office, own)


def is_below(office: Tenant, own: Tenant) -> bool:
    """Whether the administrators of an office are appointed by those of an authority."""
    if own.uscc or office.is_sandbox:
        return False
    if office.uscc:
        return lies_in(office.division, own.division)
    return above(office.division) == own.division


def most_administrators(office: Tenant, settings: AdministratorSettings) -> int:
    """How many there may be in an office."""
    match None if office.uscc else level_of(office.division):
        case Level.NATION:
            return settings.nation
        case Level.PROVINCE:
            return settings.province
        case Level.CITY:
            return settings.city
        case Level.COUNTY:
            return settings.county
        case None:
            return settings.agency
