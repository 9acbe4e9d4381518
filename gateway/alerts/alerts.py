"""What somebody should look at. While a matter is open it is counted, not repeated; it closes when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters import drift
from gateway import audit
from gateway.access.accounts import Actor
from gateway.access.tenants import Tenant
from gateway.base.ids import uuid7
from gateway.ledger.values import PreparedSubmission
from gateway.store.database import Database, Scope
from schemas.findings import Text

PULL_STOPPED = "ALERT-001"
"""A pull needs a person: credentials, configuration, a changed protocol. By kind or file, else of the connector."""
DRIFT = "ALERT-002"
"""Documents no longer have the shape that was recorded."""
LATE = "ALERT-003"
"""A scheduled run has not ended when it was due."""
NOT_SENT = "ALERT-004"
"""A change of a record that a portal cannot be sent, or will not have; without a record, all of them: it is barred."""
BROKEN_FILE = "ALERT-005"
"""A file contradicts its marker and is not taken."""
OLD_EXPORT = "ALERT-006"
"""The newest whole export of a kind is days old: comparing with it says nothing of what came since."""
TITLES: Mapping[str, Text] = {
    PULL_STOPPED: Text("拉取中止", "Pull stopped"),
    DRIFT: Text("数据结构变化", "Shape changed"),
    LATE: Text("未按时完成", "Late"),
    NOT_SENT: Text("变更无法送达", "Change cannot be sent"),
    BROKEN_FILE: Text("文件与标记不符", "File contradicts its marker"),
    OLD_EXPORT: Text("全量文件过旧", "Whole export is old"),
}

_SUBJECT = 200
_RAISE = text("""
    INSERT INTO alert (id, tenant_id, division, connector, code, subject, detail)
    VALUES (:id, :tenant_id, :division, :connector, :code, :subject, CAST(:detail AS jsonb))
    ON CONFLICT (tenant_id, connector, code, subject) WHERE closed_at IS NULL
    DO UPDATE SET times = alert.times + 1, last_at = now(), detail = excluded.detail
""")
_SETTLE = text("""
    UPDATE alert SET closed_at = now() WHERE tenant_id = :tenant_id AND connector = :connector AND code = :code
    AND subject = :subject AND closed_at IS NULL
""")
_SENT_BEFORE = text("SELECT FROM idempotency WHERE tenant_id = :tenant_id AND key = :key")
_CLOSE = text("UPDATE alert SET closed_at = now(), closed_by = :by WHERE id = :id AND closed_at IS NULL")
_OPEN = text("""
    SELECT id, tenant_id, division, connector, code, subject, detail, times, first_at, last_at
    FROM alert WHERE closed_at IS NULL ORDER BY last_at DESC LIMIT 500
""")


def record_of(kind: str, key: str) -> str:
    """The subject of a matter that is about one record."""
    return f"{kind}/{key}"


async def raise_alert(database: Database, tenant: Tenant, connector: str, code: str, subject: str, text_: str) -> None:
    """Open a matter, or count it once more."""
    async with database.writing() as connection:
        await raise_within(connection, tenant, connector, code, subject, {"text": text_})


async def raise_within(
    connection: AsyncConnection, tenant: Tenant, connector: str, code: str, subject: str, detail: dict[str, Any]
) -> None:
    """The same in the caller's transaction."""
    row = {
        "id": uuid7(),
        "tenant_id": tenant.id,
        "division": tenant.division,
        "connector": connector,
        "code": code,
        "subject": subject[:_SUBJECT],
        "detail": orjson.dumps(detail).decode(),
    }
    await connection.execute(_RAISE, row)


async def raise_drift(connection: AsyncConnection, connector: str, prepared: PreparedSubmission) -> None:
    """One matter for each field that no longer has the recorded shape, with what was found of it.

    Nothing for a document that was here before: it says nothing new, and somebody may have closed the matter since.
    """
    sent = {"tenant_id": prepared.tenant.id, "key": prepared.idempotency_key}
    if (await connection.execute(_SENT_BEFORE, sent)).first() is not None:
        return
    every = [each.findings for each in (*prepared.drafts, *prepared.rejections)]
    drifted = {(one.title.en, one.code) for findings in every for one in findings if one.code in drift.CODES}
    for name, code in sorted(drifted):
        await raise_within(connection, prepared.tenant, connector, DRIFT, name, {"text": code})


async def settle(database: Database, tenant: Tenant, connector: str, code: str, subject: str) -> None:
    """A matter that has ended by itself."""
    where = {"tenant_id": tenant.id, "connector": connector, "code": code, "subject": subject[:_SUBJECT]}
    async with database.writing() as connection:
        await connection.execute(_SETTLE, where)


async def close(database: Database, alert_id: UUID, actor: Actor) -> bool:
    """A person has seen to it. False when nothing in their sight is open under this id."""
    if alert_id not in {row.id for row in await listed(database, actor.scope)}:
        return False
    async with database.writing() as connection:
        closed = (await connection.execute(_CLOSE, {"id": alert_id, "by": actor.name})).rowcount == 1
        await audit.record(connection, actor, "alert.close", str(alert_id))
    return closed


async def listed(database: Database, scope: Scope) -> Sequence[Any]:
    """Open matters in sight, the latest first."""
    async with database.reading(scope) as connection:
        return (await connection.execute(_OPEN)).all()
