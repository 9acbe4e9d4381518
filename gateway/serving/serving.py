"""Runs the service: the embedded database when none is given, migrations, then HTTP on one or several processes."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from gateway.base import logs
from gateway.base.settings import Settings
from gateway.serving.announcing import announce
from gateway.serving.app import build
from gateway.serving.companions import companions
from gateway.serving.ending import end_with_parent
from gateway.serving.http1 import wire
from gateway.store.database import migrate
from gateway.store.embedded import EmbeddedPostgres

DATABASE_NAME = "yizhan"


@contextmanager
def database_of(settings: Settings) -> Iterator[str]:
    """The URL of a running, migrated database: the configured one, or the embedded server for as long as needed.

    It is the writer's login; those of the reader and of the public stand in `settings`, unless one login serves all.
    """
    if settings.database.url is not None:
        migrate(settings.database.owner_url or settings.database.url)
        os.environ.pop("YIZHAN_DATABASE__OWNER_URL", None)  # who serves does not own
        settings.database.owner_url = None
        yield settings.database.url
        return
    server = EmbeddedPostgres(settings.home / "postgres")
    server.start()
    try:
        migrate(server.ensure_database(DATABASE_NAME))
        writer, reader, public = server.logins(DATABASE_NAME).values()
        settings.database.reader_url, settings.database.public_url = reader, public
        yield writer
    finally:
        server.stop()


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; what is under way is committed and answered first."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # uvicorn raises it again; the companions end before us
    with database_of(settings) as url:
        os.environ |= environment_of(settings, url)
        with companions(*_commands(settings)):
            announce(settings)
            _serve_http(settings)


def _commands(settings: Settings) -> list[list[str]]:
    """What runs beside HTTP on one machine; on several, each is a service of its own."""
    return [["work"]] * settings.batch.workers + ([["relay"]] if settings.relay.enabled else [])


def _serve_http(settings: Settings) -> None:
    uvicorn.run(
        "gateway.serving.serving:application",
        factory=True,
        host=settings.http.host,
        port=settings.http.port,
        workers=settings.http.workers,
        **wire(settings.http),
        loop="uvloop",
        access_log=False,
        log_config=None,
        proxy_headers=True,
        forwarded_allow_ips=settings.http.trusted_proxies,
        timeout_graceful_shutdown=20,
    )


def environment_of(settings: Settings, database_url: str) -> dict[str, str]:
    """What other processes of this service must know to be part of it."""
    logins = {"READER_URL": settings.database.reader_url, "PUBLIC_URL": settings.database.public_url}
    return {
        "YIZHAN_DATABASE__URL": database_url,
        **{f"YIZHAN_DATABASE__{name}": url for name, url in logins.items() if url is not None},
        "YIZHAN_HOME": str(settings.home),
        "YIZHAN_HTTP__HOST": settings.http.host,
        "YIZHAN_HTTP__PORT": str(settings.http.port),
    }


def application() -> FastAPI:
    """What every worker process runs; settings come from the environment it inherits."""
    logs.configure()
    end_with_parent()
    return build(Settings())
