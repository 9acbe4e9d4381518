"""`yizhan doctor`: looks at what the service stands on and says what to do about it."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import SQLAlchemyError

from adapters.connector import load_folders
from adapters.registry import offers
from gateway.base.errors import both
from gateway.base.settings import Settings
from gateway.cli.components import COMPONENTS, faults
from gateway.serving.serving import DATABASE_NAME
from gateway.store.database import (
    DURABLE,
    Database,
    durability,
    is_up_to_date,
    server_clock,
    server_version,
    sqlalchemy_url,
)
from gateway.store.embedded import EmbeddedPostgres
from gateway.transparency.integrating import Integrator, LogAltered
from gateway.transparency.published import log_origin
from gateway.trust.keyring import Keyring, active_keys
from gateway.trust.master import WrongMasterKey, master_key_of
from gateway.trust.sealing import MasterKey

_LEAST_FREE_BYTES = 5 * 1024**3
_MOST_CLOCK_SECONDS = 2.0
_CONNECT_SECONDS = 5
_VERSIONS = range(15, 19)
_PACKAGES = ("yizhan", "fastapi", "sqlalchemy", "psycopg", "cryptography", "jsonschema-rs")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `advice` is empty when it is in order."""

    name: str
    found: str
    advice: str = ""


def examine(settings: Settings) -> int:
    """Print every check; 0 when all are in order."""
    checks = [*_checks(settings)]
    table = Table("", "检查 check", "结果 found", "建议 what to do")
    for check in checks:
        table.add_row("[red]✗" if check.advice else "[green]✓", check.name, check.found, check.advice)
    Console().print(table)
    return 1 if any(check.advice for check in checks) else 0


def examine_components() -> int:
    """Print what tests and benchmarks need beside Python; 0 when everything is there."""
    found = faults([*COMPONENTS.values()])
    heads = ("", "组件 component", "证明 proof", "谁需要 needed by", "Debian", "结果 found")
    table = Table(*(Column(head, overflow="fold") for head in heads))
    for name, component in COMPONENTS.items():
        title = f"{name}\n{component.title}"
        users, packages = "\n".join(component.needed_by), " ".join(component.packages)
        sign = "[red]✗" if found[name] else "[green]✓"
        table.add_row(sign, title, component.proof, users, packages, found[name] or "可用 usable")
    Console().print(table)
    return 1 if any(found.values()) else 0


def _checks(settings: Settings) -> Iterator[Check]:
    yield _python()
    yield Check("版本 packages", ", ".join(f"{name} {version(name)}" for name in _PACKAGES))
    yield _disk(settings)
    yield from _store(settings)
    yield from _folders(settings)


def _store(settings: Settings) -> Iterator[Check]:
    """The database and what belongs to it. Nothing is started, made or brought up to date for it."""
    if (url := settings.database.url) is None:
        server = EmbeddedPostgres(settings.home / "postgres")
        if not server.is_made:
            yield Check("数据库 database", "首次启动时创建 made at the first start")
            yield _key_file(settings, "首次启动时创建 made at the first start")
            return
        if (url := server.url_if_up(DATABASE_NAME)) is None:
            yield Check("数据库 database", "未在运行，由 yizhan serve 启动 not running; yizhan serve starts it")
            yield _key_file(settings, "")
            return
    yield from _database(url, settings)


def _key_file(settings: Settings, while_missing: str) -> Check:
    """The master key as a file, when the database cannot be asked whether it is the right one."""
    name, path = "主密钥 master key", settings.home / "master.key"
    if settings.master_key is not None:
        return Check(name, "YIZHAN_MASTER_KEY")
    if path.exists():
        return Check(name, f"{path}（请另行备份 keep a copy elsewhere）", _mode_advice(path))
    if while_missing:
        return Check(name, while_missing)
    return Check(name, f"没有 no {path}", "请从备份恢复该文件 / restore it from the backup")


def _mode_advice(path: Path) -> str:
    return f"chmod 600 {path}" if path.stat().st_mode & 0o077 else ""


def _folders(settings: Settings) -> Iterator[Check]:
    found, aside = load_folders(settings.mappings)
    yield Check("对接配置 connectors", ", ".join(found) or "none")
    offered = offers()
    if offered.readers or offered.faults:
        advice = "\n".join(map(both, offered.faults))
        yield Check("第三方格式 formats of packages", ", ".join(sorted(offered.readers)) or "none", advice)
    for each in aside:
        name, advice = f"对接配置 connector {each.connector}", f"yizhan connector check {each.folder}"
        yield Check(name, both(each.reason)[:600], advice)


def _python() -> Check:
    advice = "" if sys.version_info >= (3, 11) else "请使用 Python 3.11、3.12 或 3.13 / use Python 3.11, 3.12 or 3.13"
    return Check("Python", sys.version.split()[0], advice)


def _disk(settings: Settings) -> Check:
    folder = settings.home if settings.home.exists() else settings.home.parent
    free = shutil.disk_usage(folder if folder.exists() else "/").free
    advice = "" if free > _LEAST_FREE_BYTES else "请清理磁盘，至少保留 5 GB / free some disk, 5 GB at least"
    return Check("磁盘 disk", f"{settings.home}: {free / 1024**3:.1f} GB free", advice)


def _database(url: str, settings: Settings) -> Iterator[Check]:
    engine = create_engine(sqlalchemy_url(url), connect_args={"connect_timeout": _CONNECT_SECONDS})
    try:
        with engine.connect() as connection:
            major = server_version(connection)
            advice = "" if major in _VERSIONS else "支持 PostgreSQL 15 至 18 / PostgreSQL 15 to 18 is supported"
            whose = "embedded" if settings.database.url is None else "configured"
            yield Check("数据库 database", f"PostgreSQL {major} ({whose})", advice)
            for name, value in durability(connection).items():
                advice = "" if value in DURABLE[name] else f"在 postgresql.conf 中设 {name} = on / set {name} = on"
                yield Check(name, value, advice)
            before = time.time()
            drift = abs(server_clock(connection) - (before + time.time()) / 2)
            advice = "" if drift < _MOST_CLOCK_SECONDS else "请启用 NTP 对时 / synchronise the clocks (NTP)"
            yield Check("时钟 clock", f"{drift:.3f} s from the database's", advice)
            if is_up_to_date(connection):
                keys = active_keys(connection)
                yield Check("签名密钥 signing keys", ", ".join(keys) or "made at the first start")
                yield (master := _master_key(connection, settings, is_new=not keys))
                if keys and not master.advice:
                    yield _log(url, settings)
            else:
                yield Check("表结构 schema", "下次启动时升级 brought up to date at the next start")
                yield _key_file(settings, "未核对 not checked")
    except SQLAlchemyError as error:
        advice = (
            "检查 YIZHAN_DATABASE__URL，或删除它以使用内置数据库 / check the URL, or unset it for the embedded server"
        )
        yield Check("数据库 database", str(error)[:300], advice)
    finally:
        engine.dispose()


def _master_key(connection: Connection, settings: Settings, *, is_new: bool) -> Check:
    name, path = "主密钥 master key", settings.home / "master.key"
    if settings.master_key is None and not path.exists() and is_new:
        return Check(name, "首次启动时创建 made at the first start")
    try:
        master_key_of(connection, settings, may_make=False)
    except WrongMasterKey as error:
        return Check(name, str(error), "见左 / as it says")
    return _key_file(settings, "")


def _log(url: str, settings: Settings) -> Check:
    """Whether the transparency log has the root that was signed last; `yizhan audit verify` looks at every row."""

    async def look() -> None:
        database = Database(url, 1)
        try:
            keyring = Keyring(database, MasterKey.of(settings), settings.public_url)
            await keyring.refresh()
            await Integrator(database, keyring, log_origin(settings.public_url)).must_stand()
        finally:
            await database.close()

    name = "存证日志 log"
    try:
        asyncio.run(look())
    except LogAltered as error:
        return Check(name, str(error), "存证日志被改动，请运行 yizhan audit verify / the log was altered")
    return Check(name, "与检查点一致 as it was signed")
