"""What somebody should look at. While an alert is open it is counted, not repeated; it closes with its cause."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters import drift
from gateway import audit
from gateway.access.accounts import Actor
from gateway.access.tenants import Tenant
from gateway.alerts import statements as sql
from gateway.alerts.rows import AlertCode, AlertRow
from gateway.base.bilingual import written
from gateway.base.ids import uuid7
from gateway.base.states import Machine, Move
from gateway.ledger.reader import is_known_request
from gateway.ledger.submission import Submission
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch, fetch_first
from schemas.findings import Text, veiled

TITLES: Mapping[AlertCode, Text] = {
    AlertCode.PULL_STOPPED: Text("拉取中止", "Pull stopped"),
    AlertCode.DRIFT: Text("数据结构变化", "Shape changed"),
    AlertCode.LATE: Text("未按时完成", "Late"),
    AlertCode.NOT_SENT: Text("变更无法送达", "Change cannot be sent"),
    AlertCode.BROKEN_FILE: Text("文件与标记不符", "File contradicts its marker"),
    AlertCode.OLD_EXPORT: Text("全量文件过旧", "Whole export is old"),
    AlertCode.SET_ASIDE: Text("对接配置无法使用", "Partner folder that cannot be used"),
    AlertCode.ALTERED: Text("登记信息被改动", "Register altered"),
    AlertCode.NOT_DURABLE: Text("数据库持久性不足", "Database not durable"),
    AlertCode.LOG_ALTERED: Text("存证日志被改动", "Transparency log altered"),
    AlertCode.BAD_NAME: Text("文件名无法使用", "File name that cannot be used"),
    AlertCode.VOLUME: Text("报送数量异常", "Unusual number of records"),
    AlertCode.SILENT: Text("停止报送", "Fallen silent"),
    AlertCode.UNFINISHED: Text("合同未能完成签署", "Signed contract not finished"),
    AlertCode.SERVER_CLOCK: Text("对方服务器时钟有误", "Clock of their server is wrong"),
}


class AlertState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


ALERTS = Machine(
    "alert",
    Text("告警", "Alert"),
    AlertState,
    (
        Move(None, AlertState.OPEN, Text("发现问题；再次发现时累计次数", "found; found again it is counted")),
        Move(
            AlertState.OPEN, AlertState.CLOSED, Text("原因消失，或人工关闭", "its cause is gone, or a person closes it")
        ),
    ),
)
_DRIFT = {
    drift.NEW.code: Text("出现未曾记录的字段", "The field was never seen before"),
    drift.MISSING.code: Text("原有字段缺失", "The field, which was always there, is missing"),
    drift.RETYPED.code: Text("字段形式已改变", "The field has another form"),
}
_LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Alert:
    """What an alert is about: there is one open alert for each. Without a subject it is about the whole connector."""

    tenant: Tenant
    connector: str
    code: AlertCode
    subject: str = ""

    def columns(self) -> dict[str, object]:
        return {
            "tenant_id": self.tenant.id,
            "connector": self.connector,
            "code": self.code.value,
            "subject": _subject(self.subject),
        }


def _subject(text: str) -> str:
    """A subject as it is kept: names of files and of unknown fields may hold personal numbers."""
    return veiled(text)[:_LONGEST_SUBJECT]


def record_of(kind: str, key: str) -> str:
    """The subject of an alert about one record."""
    return f"{kind}/{key}"


async def raise_alert(database: Database, alert: Alert, what: Text) -> None:
    """Open an alert, or count it once more; `what` is what was found now."""
    async with database.writing() as connection:
        await raise_within(connection, alert, what)


async def raise_within(connection: AsyncConnection, alert: Alert, what: Text) -> None:
    """The same in the caller's transaction."""
    new = {"id": uuid7(), "division": alert.tenant.division, "detail": written(what)}
    await connection.execute(sql.RAISE, new | alert.columns())


async def raise_drift(connection: AsyncConnection, connector: str, submission: Submission) -> None:
    """One alert for each field that no longer has the recorded shape, with what was found of it.

    Nothing for a document that was here before: it says nothing new, and somebody may have closed the alert since.
    """
    if await is_known_request(connection, submission):
        return
    every = [each.findings for each in (*submission.drafts, *submission.rejections)]
    drifted = {(one.title.en, one.code) for findings in every for one in findings if one.code in drift.CODES}
    for name, code in sorted(drifted):
        what = Text(f"{_DRIFT[code].zh}（{code}）", f"{_DRIFT[code].en} ({code})")
        await raise_within(connection, Alert(submission.tenant, connector, AlertCode.DRIFT, name), what)


async def settle(database: Database, alert: Alert) -> None:
    """The cause of an alert is gone."""
    async with database.writing() as connection:
        await connection.execute(sql.SETTLE, alert.columns())


async def has_just_closed(database: Database, actor: Actor) -> bool:
    """Whether somebody has closed an alert in sight within the last ten minutes."""
    async with database.reading(actor.scope) as connection:
        return (await connection.execute(sql.HAS_JUST_CLOSED, {"by": actor.name})).scalar_one()


async def settle_everywhere(database: Database, code: AlertCode, but: Collection[str]) -> None:
    """The cause of every alert of a code is gone, but for those of the connectors in `but`."""
    async with database.writing() as connection:
        await connection.execute(sql.SETTLE_EVERYWHERE, {"code": code.value, "but": list(but)})


async def settle_others(database: Database, alert: Alert, subjects: Collection[str]) -> None:
    """The cause of every alert like this one is gone but for those about `subjects`."""
    kept = [_subject(subject) for subject in subjects]
    async with database.writing() as connection:
        await connection.execute(sql.SETTLE_OTHERS, alert.columns() | {"subjects": kept})


async def close(database: Database, alert_id: UUID, actor: Actor) -> bool:
    """A person has seen to it. False when nothing in their sight is open under this id."""
    async with database.reading(actor.scope) as connection:
        where = Sought().columns() | {"id": alert_id, "after": None, "limit": 1}
        row = await fetch_first(connection, sql.OPEN, where, AlertRow)
    if row is None:
        return False
    async with database.writing() as connection:
        closed = (await connection.execute(sql.CLOSE, {"id": alert_id, "by": actor.name})).rowcount == 1
        await audit.record(connection, actor, "alert.close", str(alert_id), division=row.division)
    return closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which open alerts: those of a code, those of a connector."""

    code: AlertCode | None = None
    connector: str | None = None

    def columns(self) -> dict[str, object]:
        return {"code": self.code and self.code.value, "connector": self.connector}


_EVERY = Sought()


async def listed(
    database: Database, scope: Scope, sought: Sought = _EVERY, *, after: UUID | None = None, limit: int = 1000
) -> list[AlertRow]:
    """Open alerts in sight, the oldest first, from the one behind `after`."""
    where = sought.columns() | {"id": None, "after": after, "limit": limit}
    async with database.reading(scope) as connection:
        return await fetch(connection, sql.OPEN, where, AlertRow)
