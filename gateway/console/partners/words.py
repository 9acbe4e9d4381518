"""What the pages of partners and of keys show, in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from adapters.tiers import Tier
from gateway.access.partner_list import SOON, CredentialsState
from gateway.access.rows import ListedCredential, PartnerRow, Role
from gateway.console.shell.record_words import division_words
from gateway.console.shell.tabular import Cell, Column, Entry, Filter, Row, Table
from gateway.wording.dates import moment, short_moment
from gateway.wording.languages import word
from gateway.wording.readable import NOTHING
from schemas.findings import Text

BASE = "/partners"
_STATES: Mapping[str, Text] = {
    CredentialsState.EXPIRING: Text("三十天内到期", "Expire within thirty days"),
    CredentialsState.UNUSED: Text("从未使用", "Never used"),
    CredentialsState.ENDED: Text("没有有效凭证", "None is good"),
}
TABLE = Table(
    path=BASE,
    columns=(
        Column(name="title", title=Text("对接方", "Partner")),
        Column(name="name", title=Text("账户代号", "Account")),
        Column(name="division", title=Text("辖区", "Division")),
        Column(name="connectors", title=Text("对接配置", "Connectors")),
        Column(name="live", title=Text("有效凭证", "Good credentials"), is_number=True),
        Column(name="used", title=Text("最近使用", "Last used")),
        Column(name="expiry", title=Text("最早到期", "First to expire")),
    ),
    filters=(
        Filter(name="q", title=Text("名称、代号或信用代码", "Name, account or credit code")),
        Filter(name="state", title=Text("凭证", "Credentials"), entry=Entry.CHOICE, choices=_STATES),
    ),
)
_ROLES: Mapping[Role, Text] = {
    Role.PARTNER: Text("报送", "Reports"),
    Role.OFFICIAL: Text("主管部门", "Authority"),
    Role.OPERATOR: Text("运行维护", "Operator"),
}
_TIERS: Mapping[Tier, Text] = {
    Tier.NONE: Text("未评级", "no tier"),
    Tier.BRONZE: Text("铜", "bronze"),
    Tier.SILVER: Text("银", "silver"),
    Tier.GOLD: Text("金", "gold"),
}


def lines(rows: Iterable[PartnerRow], tiers: Mapping[str, Tier], now: datetime, language: str) -> list[Row]:
    """The lines of the list."""
    return [_line(row, tiers, now, language) for row in rows]


def _line(row: PartnerRow, tiers: Mapping[str, Tier], now: datetime, language: str) -> Row:
    is_soon = row.first_expiry is not None and row.first_expiry < now + SOON
    return Row(
        name=row.title,
        cells={
            "title": Cell(text=row.title or row.name, href=f"{BASE}/{row.name}"),
            "name": Cell(text=row.name, is_code=True),
            "division": Cell(text=division_words(row.division)),
            "connectors": Cell(text=", ".join(connector_words(each, tiers, language) for each in row.connectors)),
            "live": Cell(text=f"{row.live}", small=_ended(row, language)),
            "used": Cell(text=NOTHING if row.last_used_at is None else short_moment(row.last_used_at, language)),
            "expiry": Cell(
                text=NOTHING if row.first_expiry is None else short_moment(row.first_expiry, language),
                small=word(Text("请尽快轮换", "rotate it soon"), language) if is_soon else "",
                is_urgent=is_soon,
            ),
        },
    )


def _ended(row: PartnerRow, language: str) -> str:
    gone = row.every - row.live
    return word(Text(f"已失效 {gone}", f"{gone} ended"), language) if gone else ""


def connector_words(connector: str, tiers: Mapping[str, Tier], language: str) -> str:
    """A connector with its tier, as far as it is in service."""
    tier = tiers.get(connector)
    if tier is None:
        return connector
    return word(Text(f"{connector}（{_TIERS[tier].zh}）", f"{connector} ({_TIERS[tier].en})"), language)


def shown_partner(row: PartnerRow, tiers: Mapping[str, Tier], language: str) -> dict[str, Any]:
    """The facts of a partner."""
    return {
        "name": row.name,
        "title": row.title or row.name,
        "uscc": row.uscc,
        "division": division_words(row.division),
        "connectors": [connector_words(each, tiers, language) for each in row.connectors],
        "used": "" if row.last_used_at is None else moment(row.last_used_at, language),
    }


def shown_credentials(rows: Sequence[ListedCredential], now: datetime, language: str) -> list[dict[str, Any]]:
    """Credentials, those that are good first."""
    return [_credential(row, now, language) for row in sorted(rows, key=lambda each: not _is_live(each, now))]


def _credential(row: ListedCredential, now: datetime, language: str) -> dict[str, Any]:
    state, tone = _state(row, now)
    return {
        "id": row.id,
        "role": word(_ROLES[row.role], language),
        "connector": row.connector or "",
        "created": short_moment(row.created_at, language),
        "used": "" if row.last_used_at is None else short_moment(row.last_used_at, language),
        "expires": "" if row.expires_at is None else short_moment(row.expires_at, language),
        "state": word(state, language),
        "tone": tone,
        "is_live": _is_live(row, now),
    }


def _is_live(row: ListedCredential, now: datetime) -> bool:
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > now)


def _state(row: ListedCredential, now: datetime) -> tuple[Text, str]:
    if row.revoked_at is not None:
        return Text("已吊销", "Revoked"), "bad"
    if row.expires_at is not None and row.expires_at <= now:
        return Text("已到期", "Expired"), "none"
    if row.expires_at is not None and row.expires_at < now + SOON:
        return Text("即将到期", "Expires soon"), "warn"
    return Text("有效", "Good"), "good"
