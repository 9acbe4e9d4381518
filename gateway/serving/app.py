"""The ASGI application: routes over the services, nothing else."""

from __future__ import annotations

import gc
import pkgutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.metadata import version

import structlog
from fastapi import APIRouter, FastAPI

import gateway.console
import gateway.doors
from gateway.base.settings import Settings
from gateway.console.shell import lost
from gateway.doors import refusals
from gateway.doors.middleware import Envelop
from gateway.serving.ending import end_within
from gateway.store.database import migrate
from gateway.wiring.services import open_services

_log = structlog.get_logger()
_SECONDS_TO_END = 28.0
"""Requests have twenty of them to be answered in."""
_GARBAGE_THRESHOLD = 20_000
"""A push makes some hundred objects that die with it; the default of 700 would look for cycles several times a push."""


def routers() -> Iterator[APIRouter]:
    """What is served: the router of every `routes` of a door and of every `pages` of the console, in order of name.

    A door or page is added by adding its folder. No two routes answer one address (a test holds it), so that the order
    decides nothing.
    """
    for package in (gateway.doors, gateway.console):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith((".routes", ".pages")):
                yield import_module(module.name).router


def build(settings: Settings) -> FastAPI:
    """The service of `settings`, whose `database.url` names a running PostgreSQL."""
    database_url = settings.database.url
    if database_url is None:
        raise ValueError("no database: start one first, see gateway.serving.serving")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        migrate(settings.database.owner_url or database_url)
        if not settings.database.is_separate:
            _log.warning("one database login for all roles: SET ROLE can widen it, see the how-to on production")
        end_within(_SECONDS_TO_END)
        async with open_services(settings, database_url) as services:
            app.state.services = services
            gc.collect()
            gc.freeze()  # what start-up made stays; the collector need not walk it again
            gc.set_threshold(_GARBAGE_THRESHOLD)
            yield

    app = FastAPI(title="Yizhan 驿站", version=version("yizhan"), lifespan=lifespan, openapi_url=None)
    app.router.redirect_slashes = False  # a redirect would tell the client the host that it has told us
    for router in routers():
        app.include_router(router)
    refusals.install(app)
    lost.install(app)
    app.add_middleware(Envelop, limits=settings.limits, most_bytes=settings.http.max_bytes_under_way)
    return app
