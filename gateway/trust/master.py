"""The master key of a database: the one that what lies in it was sealed with, never another."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from gateway.base.errors import UserError
from gateway.store.database import Database
from gateway.trust import statements as sql
from gateway.trust.sealing import Cipher, MasterKey, SealBroken


class WrongMasterKey(UserError):
    """The master key is missing, or is not that of the database; nothing is served and nothing is made."""


async def master_key(database: Database, secret: str | None, path: Path, cipher: Cipher = Cipher.AES) -> MasterKey:
    """From `secret` (64 hexadecimal digits), else from `path`, which is made beside an empty database.

    Raises WrongMasterKey.
    """
    async with database.writing() as connection:
        return await connection.run_sync(lambda found: master_key_of(found, secret, path, cipher, may_make=True))


def master_key_of(
    connection: Connection, secret: str | None, path: Path, cipher: Cipher = Cipher.AES, *, may_make: bool
) -> MasterKey:
    """The same over a plain connection. Raises WrongMasterKey."""
    if secret is None and not path.exists() and (connection.scalar(sql.IS_IN_USE) or not may_make):
        raise WrongMasterKey(
            f"找不到主密钥 {path}，而数据库中已有数据：请从备份恢复该文件，或设置 YIZHAN_MASTER_KEY / "
            f"the master key {path} is missing beside existing data: restore it from the backup, or set "
            "YIZHAN_MASTER_KEY"
        )
    master = MasterKey.load(secret, path, cipher)
    if (kept := connection.execute(sql.ANY_SEALED_KEY).first()) is not None:
        try:
            master.open_secret(kept.sealed_private, sealed_place(kept.kid))
        except SealBroken:
            where = "YIZHAN_MASTER_KEY" if secret is not None else str(path)
            raise WrongMasterKey(
                f"{where} 不是此数据库的主密钥：请使用数据库所属的主密钥 / "
                f"{where} is not the master key of this database: give the one that belongs to it"
            ) from None
    return master


def sealed_place(kid: bytes) -> bytes:
    """What a private signing key is bound to."""
    return b"signing_key/" + kid
