"""How much a tenant may leave with us: what is kept for good fills a disk, and the disk is everybody's."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.access import statements as sql
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.store.database import Database


class Quota:
    """Counts the bytes of a tenant's large documents and of the final documents that it has sent.

    Who has used up the quota may send no more of them; contracts and rosters that are pushed are taken all the same.
    """

    def __init__(self, database: Database, most_bytes: int) -> None:
        self._database = database
        self._most = most_bytes

    async def must_have_room(self, tenant: Tenant) -> None:
        """Raises Refused (LIMIT-004). To be asked before anything is written: the last one may go beyond."""
        async with self._database.writing() as connection:
            used = await connection.scalar(sql.KEPT_BYTES, {"tenant_id": tenant.id})
        if used is not None and used >= self._most:
            raise Refused(problems.QUOTA_USED, used_bytes=used, quota_bytes=self._most)

    @staticmethod
    async def count(connection: AsyncConnection, tenant: Tenant, size_bytes: int) -> None:
        """So much more is kept, if the transaction commits."""
        await connection.execute(sql.KEEP_BYTES, {"tenant_id": tenant.id, "size": size_bytes})
