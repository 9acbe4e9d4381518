"""The partners of the demo and their credentials. Each has a system of its own; people and agencies are synthetic."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.access.accounts import TERMINAL, Accounts, Role
from gateway.access.divisions import NATION
from gateway.base.settings import Settings
from gateway.demo.memory import Memory
from gateway.store.database import Database
from gateway.trust.master import master_key

Credential = dict[str, str]


@dataclass(frozen=True, slots=True)
class Partner:
    """An agency with a system of its own has `uscc` and `license_no`; a vendor speaks for the agencies among us; an
    authority and whoever operates have another `role`.

    `connector` is the one whose doors (SFTP, the existing protocol) its credential opens, if any.
    """

    id: str
    title: str
    division: str
    connector: str | None = None
    uscc: str = ""
    license_no: str = ""
    role: Role = Role.PARTNER


PARTNERS = (
    Partner("lvyun", "北京示例国际旅行社有限公司", "110105", uscc="91350100M000100Y43", license_no="L-BJ-CJ00144"),
    Partner(
        "laoqiao", "上海示例旅行社有限公司", "310115", "laoqiao", uscc="91110105MA00ABCD4R", license_no="L-SH-00321"
    ),
    Partner("shanhai", "山海旅行软件（示例）", "110105"),
    Partner("huaxia", "华夏旅行软件（示例）", "110105"),
    Partner("minnan", "闽南示例旅行社有限公司", "350203", uscc="91350203MA9990001W", license_no="L-FJ-CJ00012"),
    Partner("lvzhou", "绿洲电子合同（示例）", "110105", "lvy"),
    Partner("yunfan", "云帆旅行软件（示例）", "330106"),
    Partner("authority", "旅游主管部门（示例）", NATION, role=Role.OFFICIAL),
    Partner("operator", "技术团队（示例）", NATION, role=Role.OPERATOR),
)
AGENCIES = tuple(partner for partner in PARTNERS if partner.uscc)
TITLES = {partner.id: partner.title for partner in PARTNERS}


async def credentials(settings: Settings, database_url: str, memory: Memory) -> dict[str, Credential]:
    """A credential for every partner, by its id: that of an earlier run where it still holds, else a fresh one."""
    logins = settings.database
    database = Database(database_url, 2, reader_url=logins.reader_url, public_url=logins.public_url)
    accounts = Accounts(database, await master_key(database, settings))
    try:
        known = memory["credentials"] or {}
        memory["credentials"] = {each.id: await _credential(accounts, each, known.get(each.id)) for each in PARTNERS}
    finally:
        await database.close()
    return memory["credentials"]


async def _credential(accounts: Accounts, partner: Partner, known: Credential | None) -> Credential:
    if known is not None:
        principal = await accounts.principal(known["api_key"])
        if principal is not None and principal.connector == partner.connector:
            return known
    tenant = await accounts.ensure_tenant(
        partner.id, partner.title, partner.division, partner.uscc, license_no=partner.license_no
    )
    is_vendor = partner.role is Role.PARTNER and not partner.uscc
    for agency in AGENCIES if is_vendor else ():
        await accounts.represent(
            TERMINAL, tenant, agency.uscc, title=agency.title, division=agency.division, license_no=agency.license_no
        )
    issued = await accounts.issue(tenant, partner.role, partner.connector)
    return {"id": partner.id, "api_key": issued.id, "secret": issued.secret}
