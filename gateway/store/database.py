"""Connections by role, migrations, and the settings of PostgreSQL that we refuse to serve without."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import IdleInTransactionSessionTimeout, LockNotAvailable
from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from gateway.base.errors import UserError
from gateway.store.durability import Durability
from gateway.store.pulse import Pulse

DURABLE = {"fsync": ("on",), "full_page_writes": ("on",), "synchronous_commit": ("on", "remote_apply", "remote_write")}
_MIGRATIONS = Path(__file__).parent / "migrations"
_MOST_ATTEMPTS, _BETWEEN_ATTEMPTS_SECONDS = 60, 0.5
_MIGRATION_LOCK = 0x59495A48
SANDBOX = "TEST"
"""Where lies what partners try out: in no division of the country, whose pattern `%` a policy keeps from it."""
_COUNTRY = "%"
_SET_SCOPE = text("""
    SELECT set_config('yizhan.tenant', :tenant, true), set_config('yizhan.division', :division, true),
           set_config('yizhan.agencies', :agencies, true), set_config('yizhan.uscc', :uscc, true)
""")


DATABASE_AWAY = (OperationalError, InterfaceError, NoConnection)
"""What is raised when the server cannot be reached, or does not answer in time: trying again may help."""


class NotDurable(UserError):
    """The server is configured so that an acknowledged record could be lost."""


class NotSeparate(UserError):
    """A login that is meant for one role could take another's."""


_ROLES = ("yizhan_writer", "yizhan_reader", "yizhan_public")
_COULD_BE = text("""
    SELECT session_user || ': ' || CASE
        WHEN u.rolsuper THEN 'superuser' WHEN u.rolbypassrls THEN 'BYPASSRLS'
        WHEN pg_has_role(u.oid, (SELECT relowner FROM pg_class WHERE oid = to_regclass('credential')), 'MEMBER')
            THEN 'owner'
        ELSE (SELECT string_agg(rolname, ', ') FROM pg_roles
              WHERE rolname = ANY(:roles) AND rolname <> current_user AND pg_has_role(u.oid, oid, 'MEMBER')) END
    FROM pg_roles u WHERE u.rolname = session_user
""")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a reader may see: rows of a tenant, sent by it, or of `agencies` that it speaks for; or the rows of
    divisions under a pattern such as `3502%`. With a `uscc` also what portals keep of the agency of that credit code.
    """

    tenant_id: int | None = None
    division: str | None = None
    agencies: tuple[int, ...] = ()
    uscc: str = ""

    def reaches(self, division: str) -> bool:
        """Whether a division is among those whose rows are in sight."""
        pattern = self.division or ""
        if pattern == _COUNTRY and division == SANDBOX:
            return False
        return re.fullmatch(pattern.replace("%", ".*").replace("_", "."), division) is not None


MOST_WORKBENCHES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long others are waited for, in seconds, before what waits is given up and can be tried again.

    `lock` for a row that somebody holds; `neighbours` the same, where many submissions share a transaction; `idle` for
    the next statement of a transaction, whose holder may be frozen, so that the server ends it; `silence` for a server
    that says nothing; `statement` for one statement.
    """

    lock: float = 5.0
    neighbours: float = 0.3
    idle: float = 15.0
    silence: float = 3.5
    statement: float = 30.0

    def options(self, role: str, lock: float) -> str:
        """Settings of a session. The machine of a client may be gone without a word: the server asks after it."""
        times = {
            "statement_timeout": self.statement,
            "lock_timeout": lock,
            "idle_in_transaction_session_timeout": self.idle,
            "tcp_user_timeout": self.idle,
        }
        settings = {"role": role, "timezone": "UTC", "tcp_keepalives_idle": 5, "tcp_keepalives_interval": 3}
        settings |= {name: int(seconds * 1000) for name, seconds in times.items()}
        return " ".join(f"-c {name}={value}" for name, value in settings.items())

    def asking(self) -> dict[str, int]:
        """How this side finds out that the server's machine is gone, and how long it tries to connect."""
        silence = max(2, int(self.silence))
        return {
            "connect_timeout": silence,
            "keepalives_idle": silence,
            "keepalives_interval": 1,
            "keepalives_count": 3,
            "tcp_user_timeout": silence * 1000,
        }


class Database:
    """One engine a role: `writer` inserts for many tenants, `reader` answers under a scope, `public` verifies.

    Without a `reader_url` and `public_url` the login of `url` takes all three roles, and could change between them.
    What holds a connection of the writer for long has an engine of its own, so that nobody's push waits for it; so has
    what commits many submissions together, which does not wait for locks as long as what stands alone.
    """

    def __init__(
        self,
        url: str,
        pool_size: int = 8,
        patience: Patience | None = None,
        *,
        reader_url: str | None = None,
        public_url: str | None = None,
    ) -> None:
        self._urls: dict[str, str] = dict(zip(_ROLES, (url, reader_url or url, public_url or url), strict=True))
        self._patience = patience or Patience()
        self.durability = Durability()
        self.writer = self._engine("yizhan_writer", pool_size)
        self._looking = self.writer.execution_options(isolation_level="AUTOCOMMIT")
        self._shared = self._engine("yizhan_writer", pool_size, lock=self._patience.neighbours)
        self._workbench = self._engine("yizhan_writer", MOST_WORKBENCHES, isolation_level="AUTOCOMMIT")
        self._counter = self._engine("yizhan_writer", 1, isolation_level="AUTOCOMMIT")
        self._reader = self._engine("yizhan_reader", pool_size)
        self._public = self._engine("yizhan_public", 4, isolation_level="AUTOCOMMIT")
        self._asking = self._engine("yizhan_writer", 1, isolation_level="AUTOCOMMIT")
        self.pulse = Pulse(self._asking, self._patience.silence)
        self.pulse.watch(*self._engines)

    @property
    def _engines(self) -> tuple[AsyncEngine, ...]:
        shared = (self.writer, self._shared, self._workbench, self._counter)
        return (*shared, self._reader, self._public, self._asking)

    def _engine(self, role: str, pool_size: int, lock: float | None = None, **engine_options: Any) -> AsyncEngine:
        options = self._patience.options(role, self._patience.lock if lock is None else lock)
        engine = create_async_engine(
            sqlalchemy_url(self._urls[role]),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=self._patience.silence + 1,
            hide_parameters=True,
            connect_args={"options": options, "application_name": role, **self._patience.asking()},
            **engine_options,
        )
        event.listen(engine.sync_engine, "handle_error", _ended_by_server)
        return engine

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction of the writer, committed at the end."""
        async with self.writer.begin() as connection:
            yield connection

    @asynccontextmanager
    async def writing_together(self) -> AsyncIterator[AsyncConnection]:
        """A transaction of the writer in which several submissions commit: it gives up soon where a lock is held."""
        async with self._shared.begin() as connection:
            yield connection

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[AsyncConnection]:
        """For one statement of the writer that only looks: a round trip instead of three, which is what a process costs
        that looks again and again whether there is work.
        """
        async with self._looking.connect() as connection:
            yield connection

    @asynccontextmanager
    async def counting(self) -> AsyncIterator[AsyncConnection]:
        """For one statement that counts or numbers, committed whatever becomes of the transaction around it.

        It has a connection of its own: who holds one of the writer's and waits for a second may wait for somebody who
        does the same.
        """
        async with self._counter.connect() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self, scope: Scope) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees exactly what `scope` may see."""
        async with self._reader.begin() as connection:
            tenant = "" if scope.tenant_id is None else str(scope.tenant_id)
            agencies = f"{{{','.join(map(str, scope.agencies))}}}" if scope.agencies else ""
            where = {"tenant": tenant, "division": scope.division or "", "agencies": agencies, "uscc": scope.uscc}
            await connection.execute(_SET_SCOPE, where)
            yield connection

    @asynccontextmanager
    async def verifying(self) -> AsyncIterator[AsyncConnection]:
        """A connection of the public verifier, one statement at a time: the facts of contracts, no bodies."""
        async with self._public.connect() as connection:
            yield connection

    async def session(self) -> AsyncConnection:
        """A connection of the writer outside any transaction, for session locks. The caller closes it."""
        return await self._looking.connect()

    async def workbench(self) -> AsyncConnection:
        """A connection of the writer like that of `session`, for long work on temporary tables of its own.

        There are `MOST_WORKBENCHES` of them, and who asks for another waits. The caller closes it.
        """
        return await self._workbench.connect()

    async def must_answer(self) -> None:
        """Raises what the driver raises when the server cannot be reached."""
        async with self.writing() as connection:
            await connection.execute(text("SELECT 1"))

    async def must_be_durable(self) -> None:
        """Raises NotDurable when what the writer commits could be lost; a login may have settings of its own."""
        async with self.writing() as connection:
            await connection.run_sync(_assert_durable)

    async def weaknesses(self) -> tuple[str, ...]:
        """The settings by which what the writer commits now could be lost."""
        async with self.looking() as connection:
            return tuple(await connection.run_sync(_weak))

    async def could_be(self) -> list[str]:
        """The logins that could take more than their role, each with what it could be."""
        found: list[str] = []
        for engine in (self.writer, self._reader, self._public):
            async with engine.connect() as connection:
                found += filter(None, (await connection.execute(_COULD_BE, {"roles": list(_ROLES)})).scalars())
        return found

    async def close(self) -> None:
        for engine in self._engines:
            await engine.dispose()


def is_lock_timeout(error: Exception) -> bool:
    """Whether somebody holds what was asked for longer than it is waited for."""
    return isinstance(getattr(error, "orig", None), LockNotAvailable)


def _ended_by_server(context: ExceptionContext) -> None:
    """A transaction that the server ended, because nothing came for too long, is as if the server had gone."""
    ended = context.original_exception
    if isinstance(ended, IdleInTransactionSessionTimeout):
        context.is_disconnect = True
        raise OperationalError(context.statement, None, ended, hide_parameters=True) from ended


def migrate(owner_url: str) -> None:
    """Bring the schema to the newest version, or leave a newer one as it is: it serves the version before it too.

    Several processes may call it at once, and others may serve meanwhile: a migration that meets a lock gives up soon,
    because whoever comes after it would wait as well, and is tried again. Where nothing is to be done, which is nearly
    always, Alembic is not even imported: it would cost every start half a second.
    """
    engine = create_engine(sqlalchemy_url(owner_url))
    try:
        for attempt in range(_MOST_ATTEMPTS):
            try:
                with engine.begin() as connection:
                    _migrate(connection)
                return
            except OperationalError as error:
                if not is_lock_timeout(error) or attempt == _MOST_ATTEMPTS - 1:
                    raise
                time.sleep(_BETWEEN_ATTEMPTS_SECONDS)
    finally:
        engine.dispose()


def _migrate(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    if not is_up_to_date(connection):
        _must_own(connection)
        connection.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
        _upgrade(connection)
    _assert_durable(connection)


def _upgrade(connection: Connection) -> None:
    import alembic.command
    import alembic.config

    config = alembic.config.Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    alembic.command.upgrade(config, "head")


def is_up_to_date(connection: Connection) -> bool:
    """Whether the schema is the newest one that this code knows, or a newer one."""
    return (_version(connection) or "") >= _newest()


def _version(connection: Connection) -> str | None:
    """The version of the schema; None of an empty database, and of one whose version this login may not see."""
    if not connection.exec_driver_sql(
        "SELECT has_table_privilege(to_regclass('alembic_version')::oid, 'SELECT')"
    ).scalar_one():
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()


def _must_own(connection: Connection) -> None:
    """Raises UserError when the login may not change the schema that is there."""
    owner = "SELECT relowner FROM pg_class WHERE oid = to_regclass('alembic_version')"
    if connection.exec_driver_sql(f"SELECT pg_has_role(({owner}), 'USAGE')").scalar_one() is False:
        raise UserError(
            "数据库结构需要升级，当前登录账户无权升级，请设置 YIZHAN_DATABASE__OWNER_URL"
            " / the schema has to be upgraded, which this login may not do: set YIZHAN_DATABASE__OWNER_URL"
        )


def _newest() -> str:
    """The version of the last migration; their files are numbered without gaps."""
    return max(file.name[:4] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def durability(connection: Connection) -> dict[str, Any]:
    """The server's settings that decide whether a commit survives a crash."""
    names = ", ".join(f"current_setting('{name}')" for name in DURABLE)
    values = connection.exec_driver_sql(f"SELECT {names}").one()
    return dict(zip(DURABLE, values, strict=True))


def server_version(connection: Connection) -> int:
    """The major version of the server."""
    return int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000


def server_clock(connection: Connection) -> float:
    """The server's clock, in epoch seconds."""
    return float(connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar_one())


def _weak(connection: Connection) -> list[str]:
    return [f"{name}={value}" for name, value in durability(connection).items() if value not in DURABLE[name]]


def _assert_durable(connection: Connection) -> None:
    if weak := _weak(connection):
        raise NotDurable(f"PostgreSQL runs with {', '.join(weak)}: a crash could lose acknowledged records")


def sqlalchemy_url(url: str) -> str:
    """A PostgreSQL URL, as libpq reads it, in the form SQLAlchemy takes for psycopg.

    Several hosts (`host1:5432,host2:5432/yizhan?target_session_attrs=read-write`) are a primary and its standbys.
    """
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(url.replace("+psycopg://", "://", 1)).items()}
    except ProgrammingError as error:
        raise UserError(f"YIZHAN_DATABASE__URL 不是 PostgreSQL 地址 / is no address of PostgreSQL: {error}") from None
    user, password, name = (given.pop(part, None) for part in ("user", "password", "dbname"))
    parts = URL.create("postgresql+psycopg", user, password, database=name, query=given)
    return parts.render_as_string(hide_password=False)
