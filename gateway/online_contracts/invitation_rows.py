"""The rows of invitations to sign: those of a contract, one that is held, and ending them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.online_contracts import statements as sql
from gateway.online_contracts.rows import SigningRow
from gateway.online_contracts.states import SIGNINGS, Purpose, SigningState
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_first


async def rows_of(database: Database, contract_id: UUID) -> Sequence[SigningRow]:
    """Every invitation that a contract ever had, the oldest first."""
    async with database.writing() as connection:
        return await rows_within(connection, contract_id)


async def rows_within(connection: AsyncConnection, contract_id: UUID) -> Sequence[SigningRow]:
    return await fetch(connection, sql.SIGNINGS, {"contract_id": contract_id}, SigningRow)


async def held(connection: AsyncConnection, signing_id: UUID) -> SigningRow:
    """An invitation, held until the end of the transaction. Raises Refused (SIGNING-001)."""
    row = await fetch_first(connection, sql.HOLD_SIGNING, {"id": signing_id}, SigningRow)
    if row is None:
        raise Refused(problems.SIGNING_ENDED)
    return row


async def replace(
    connection: AsyncConnection, contract_id: UUID, *, signer: int | None = None, purpose: Purpose | None = None
) -> None:
    """End invitations of a contract, with what was signed on them: of one signer or all, of one purpose or any."""
    where = {"contract_id": contract_id, "signer": signer, "purpose": purpose and purpose.value}
    await connection.execute(sql.REPLACE, where | {"before": SIGNINGS.before(SigningState.REPLACED)})
