"""What the pages about people say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gateway.access.divisions import Level, level_of, title_of
from gateway.access.powers import Power
from gateway.base.settings import AdministratorSettings
from gateway.console.shell.tabular import Cell, Column, Row, Table
from gateway.persons.appointing import most_administrators
from gateway.persons.duties import DUTIES, Duty, OfficeKind, titles_of
from gateway.persons.persons import Shown
from gateway.persons.states import PERSONS, STATE_TITLES, PersonState
from gateway.wording.dates import moment
from gateway.wording.languages import word
from schemas.findings import Text
from schemas.masking import mask

_TONES = {
    PersonState.INVITED: "warn",
    PersonState.ACTIVE: "good",
    PersonState.SUSPENDED: "bad",
    PersonState.CLOSED: "none",
}
_MOVES = {
    PersonState.SUSPENDED: Text("停用", "Suspend"),
    PersonState.ACTIVE: Text("恢复", "Resume"),
    PersonState.CLOSED: Text("注销", "Close for good"),
}
_LEVELS = {
    Level.NATION: Text("国家级", "National"),
    Level.PROVINCE: Text("省级", "Province"),
    Level.CITY: Text("市级", "City"),
    Level.COUNTY: Text("县级", "County"),
}
POWER_TITLES: Mapping[Power, Text] = {
    Power.MANAGE_ACCOUNTS: Text("管理账号", "Manage accounts"),
    Power.READ_AUDIT: Text("查阅审计记录", "Read the audit log"),
    Power.MANAGE_KEYS: Text("管理密钥", "Manage keys"),
    Power.MANAGE_RETENTION: Text("清除到期信息、保全和个人查询", "Purges, holds and requests of persons"),
    Power.REVEAL: Text("查看遮盖的信息", "Look behind masks"),
    Power.READ_ROSTERS: Text("查阅名单表", "Read rosters"),
    Power.AUDIT_ROSTERS: Text("审验名单表", "Audit rosters"),
    Power.READ_CONTRACTS: Text("查阅合同", "Read contracts"),
    Power.INSPECT: Text("现场检查", "Check on the road"),
    Power.READ_AGENCIES: Text("查阅旅行社资质", "Read what is filed of agencies"),
    Power.DECIDE_FILINGS: Text("办理资质事项", "Decide filings and pledges"),
    Power.RECONCILE: Text("核定版本冲突与差异", "Decide conflicts and discrepancies"),
    Power.READ_STATISTICS: Text("查阅统计", "Read statistics"),
    Power.PUBLISH_STATISTICS: Text("发布统计", "Publish statistics"),
    Power.EDIT_TEMPLATES: Text("管理合同范本", "Edit model contracts"),
    Power.EDIT_CONNECTORS: Text("编辑对接配置", "Edit connectors"),
    Power.MANAGE_PARTNERS: Text("管理对接方与凭证", "Manage partners and credentials"),
    Power.OPERATE: Text("处理告警、死信与队列", "See to alerts, dead letters and queues"),
    Power.APPLY_SEALS: Text("申请本单位印章", "Apply for the office's seal"),
    Power.MANAGE_SEALS: Text("签发和吊销印章", "Issue and revoke seals"),
    Power.MANAGE_AGENCY: Text("维护本社资料、人员和密钥", "Keep the agency's facts, people and keys"),
    Power.REPORT: Text("报送", "Report"),
}
ADMINISTRATORS = Table(
    path="/administrators",
    columns=(
        Column(name="level", title=Text("级别", "Level")),
        Column(name="office", title=Text("单位", "Office")),
        Column(name="name", title=Text("姓名", "Name")),
        Column(name="position", title=Text("职务", "Position")),
        Column(name="phone", title=Text("联系电话", "Phone")),
        Column(name="login", title=Text("登录名", "Login")),
        Column(name="state", title=Text("状态", "State")),
    ),
    filters=(),
)


def shown_person(shown: Shown, language: str, *, is_whole: bool = False) -> dict[str, Any]:
    """A person; the telephone number is whole where somebody has to call it."""
    row, contact = shown.row, shown.contact
    return {
        "login": row.login,
        "name": contact.name,
        "phone": contact.phone if is_whole else mask(contact.phone, "phone"),
        "position": contact.position,
        "email": contact.email if is_whole else "",
        "office": row.office_title,
        "level": "" if row.uscc else word(_LEVELS[level_of(row.division)], language),
        "duties": [word(title, language) for title in titles_of(row.held)],
        "state": word(STATE_TITLES[row.state], language),
        "tone": _TONES[row.state],
        "signed_in": "" if row.signed_in_at is None else moment(row.signed_in_at, language),
        "created": moment(row.created_at, language),
        "created_by": row.created_by,
        "may_reset": row.state in (PersonState.ACTIVE, PersonState.INVITED),
        "is_invited": row.state is PersonState.INVITED,
        "moves": [
            (state.value, word(title, language))
            for state, title in _MOVES.items()
            if PERSONS.may_move(row.state, state)
            and not (row.state is PersonState.INVITED and state is PersonState.ACTIVE)
        ],
    }


def duty_choices(
    office: OfficeKind, held: Collection[str], language: str, *, only: Duty | None = None
) -> list[dict[str, Any]]:
    """The duties that people of an office may have; `only` one where another office appoints."""
    return [
        {"value": duty.value, "title": word(facts.title, language), "is_held": duty.value in held}
        for duty, facts in DUTIES.items()
        if facts.office is office and only in (None, duty)
    ]


def power_matrix(office: OfficeKind, held: Collection[str], language: str) -> dict[str, Any]:
    """What each duty of an office allows, those that a person holds marked."""
    duties = {duty: facts for duty, facts in DUTIES.items() if facts.office is office}
    return {
        "duties": [{"title": word(facts.title, language), "is_held": duty in held} for duty, facts in duties.items()],
        "rows": [
            {
                "title": word(title, language),
                "cells": [power in facts.powers for facts in duties.values()],
                "is_held": any(power in facts.powers for duty, facts in duties.items() if duty in held),
            }
            for power, title in POWER_TITLES.items()
            if any(power in facts.powers for facts in duties.values())
        ],
    }


def office_line(
    division: str, administrators: Sequence[Shown], settings: AdministratorSettings, language: str
) -> dict[str, Any]:
    """A division of the level below, with its administrators and how many there may be."""
    level = level_of(division)
    found = [each for each in administrators if each.row.division == division]
    most = most_administrators(OfficeKind.BUREAU, division, settings)
    return {
        "division": division,
        "title": word(title_of(division), language),
        "level": word(_LEVELS[level], language),
        "people": [{"login": each.row.login, "name": each.contact.name} for each in found],
        "most": most,
        "has_room": len(found) < most,
    }


def administrator_rows(found: Sequence[Shown], language: str) -> list[Row]:
    """Level, office, name, position, phone: what the notice's list asks."""
    rows = []
    for each in found:
        told = shown_person(each, language, is_whole=True)
        names = [column.name for column in ADMINISTRATORS.columns]
        cells = {name: Cell(text=str(told[name]), tone=told["tone"] if name == "state" else "") for name in names}
        rows.append(Row(name=told["login"], cells=cells))
    return rows
