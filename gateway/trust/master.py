"""The master key of a database: the one that what lies in it was sealed with, never another."""

from __future__ import annotations

from sqlalchemy import Connection

from gateway.base.errors import UserError
from gateway.base.settings import Settings
from gateway.store.database import Database
from gateway.trust import statements as sql
from gateway.trust.sealing import MasterKey, SealBroken


class WrongMasterKey(UserError):
    """The master key is missing, or is not that of the database; nothing is served and nothing is made."""


async def master_key(database: Database, settings: Settings) -> MasterKey:
    """The one that the settings name; a file of it is made beside an empty database. Raises WrongMasterKey."""
    async with database.writing() as connection:
        return await connection.run_sync(lambda found: master_key_of(found, settings, may_make=True))


def master_key_of(connection: Connection, settings: Settings, *, may_make: bool) -> MasterKey:
    """The same over a plain connection. Raises WrongMasterKey."""
    path = settings.home / "master.key"
    if settings.master_key is None and not path.exists() and (connection.scalar(sql.IS_IN_USE) or not may_make):
        raise WrongMasterKey(
            f"找不到主密钥 {path}，而数据库中已有数据：请从备份恢复该文件，或设置 YIZHAN_MASTER_KEY / "
            f"the master key {path} is missing beside existing data: restore it from the backup, or set "
            "YIZHAN_MASTER_KEY"
        )
    master = MasterKey.of(settings)
    if (kept := connection.execute(sql.ANY_SEALED_KEY).first()) is not None:
        try:
            master.open_secret(kept.sealed_private, sealed_place(kept.kid))
        except SealBroken:
            where = str(path) if settings.master_key is None else "YIZHAN_MASTER_KEY"
            raise WrongMasterKey(
                f"{where} 不是此数据库的主密钥：请使用数据库所属的主密钥 / "
                f"{where} is not the master key of this database: give the one that belongs to it"
            ) from None
    return master


def sealed_place(kid: bytes) -> bytes:
    """What a private signing key is bound to."""
    return b"signing_key/" + kid
