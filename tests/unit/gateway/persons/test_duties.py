"""Duties, powers and who appoints whom, as tables."""

from __future__ import annotations

import pytest

from gateway.access.accounts import TERMINAL
from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.persons.appointing import may_manage
from gateway.persons.duties import DUTIES, Duty, OfficeKind, flaw, powers_of
from gateway.persons.person import Person
from gateway.persons.rows import Contact
from gateway.trust.sealing import Seal

USCC = "91350100M000100Y43"
ADMINISTRATOR, AGENCY = Duty.SYSTEM_ADMINISTRATOR, Duty.AGENCY_ADMINISTRATOR


def office(division: str, uscc: str = "") -> Tenant:
    name = uscc.lower() or f"bureau-{division}"
    number = hash(name) % 10_000
    return Tenant(id=number, name=name, title=name, uscc=uscc, license_no="", division=division, seal=Seal(bytes(32)))


def person(at: Tenant, *duties: Duty, is_whole: bool = True) -> Person:
    from gateway.base.ids import uuid7

    return Person(
        id=1,
        login="who",
        contact=Contact(name="谁", phone="1"),
        duties=frozenset(duties),
        tenant=at,
        session=uuid7(),
        is_whole=is_whole,
    )


def test_every_duty_has_powers_and_installing_is_nobodys() -> None:
    assert set(DUTIES) == set(Duty)
    assert all(facts.powers for facts in DUTIES.values())
    assert Power.INSTALL not in powers_of(Duty)


def test_administration_audit_and_keys_are_in_three_hands() -> None:
    separate = (ADMINISTRATOR, Duty.AUDITOR, Duty.SECURITY_OFFICER)
    for one in separate:
        assert flaw({one, Duty.INSPECTOR}, OfficeKind.BUREAU) is None
        for other in separate:
            assert (flaw({one, other}, OfficeKind.BUREAU) is None) is (one is other)


def test_the_auditor_reads_the_audit_log_and_nothing_else() -> None:
    assert powers_of({Duty.AUDITOR}) == {Power.READ_AUDIT}
    assert [duty for duty in Duty if Power.READ_AUDIT in powers_of({duty})] == [Duty.AUDITOR]


def test_half_a_session_has_no_power() -> None:
    assert not any(person(office("350000"), *Duty, is_whole=False).may(power) for power in Power)


@pytest.mark.parametrize(
    ("own", "duty", "other", "duties", "may"),
    [
        ("350000", ADMINISTRATOR, office("350000"), {Duty.INSPECTOR}, True),
        ("350000", ADMINISTRATOR, office("350200"), {ADMINISTRATOR}, True),
        ("350000", ADMINISTRATOR, office("350200"), {ADMINISTRATOR, Duty.INSPECTOR}, False),
        ("350000", ADMINISTRATOR, office("350200"), {Duty.INSPECTOR}, False),
        ("350000", ADMINISTRATOR, office("350203"), {ADMINISTRATOR}, False),
        ("350200", ADMINISTRATOR, office("350203"), {ADMINISTRATOR}, True),
        ("350200", ADMINISTRATOR, office("350000"), {ADMINISTRATOR}, False),
        ("350200", ADMINISTRATOR, office("350100"), {ADMINISTRATOR}, False),
        ("110000", ADMINISTRATOR, office("110101"), {ADMINISTRATOR}, True),
        ("420000", ADMINISTRATOR, office("429004"), {ADMINISTRATOR}, True),
        ("000000", ADMINISTRATOR, office("350000"), {ADMINISTRATOR}, True),
        ("000000", ADMINISTRATOR, office("350200"), {ADMINISTRATOR}, False),
        ("350200", ADMINISTRATOR, office("350203", USCC), {AGENCY}, True),
        ("350200", ADMINISTRATOR, office("350203", USCC), {Duty.AGENCY_CLERK}, False),
        ("350100", ADMINISTRATOR, office("350203", USCC), {AGENCY}, False),
        ("350200", Duty.ROSTER_OFFICER, office("350200"), {Duty.INSPECTOR}, False),
        ("350200", Duty.TECHNICAL_TEAM, office("350200"), {Duty.INSPECTOR}, False),
    ],
)
def test_each_level_has_its_own_people_and_the_administrators_below(
    own: str, duty: Duty, other: Tenant, duties: set[Duty], *, may: bool
) -> None:
    assert may_manage(person(office(own), duty), other, duties) is may
    assert may_manage(TERMINAL, other, duties)


def test_an_agency_has_its_own_people_and_no_others() -> None:
    own, other = office("350203", USCC), office("350203", "91110105MA00ABCD4R")
    assert may_manage(person(own, AGENCY), own, {Duty.AGENCY_CLERK})
    assert not may_manage(person(own, AGENCY), other, {AGENCY})
    assert not may_manage(person(own, AGENCY), office("350203"), {ADMINISTRATOR})
