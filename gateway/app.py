"""The ASGI application: routes over the services, nothing else."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from gateway.api import (
    changes,
    compat12301,
    dead_letters,
    desk,
    desk_pages,
    filed,
    health,
    openapi,
    public,
    reconciliation_pages,
    reconciliations,
    records,
    soap,
    submissions,
    targets,
    uploads,
    vendor_soap,
)
from gateway.base.settings import Settings
from gateway.console import pages
from gateway.doors import refusals
from gateway.doors.middleware import Envelop
from gateway.store.database import migrate
from gateway.wiring.services import open_services

_GARBAGE_THRESHOLD = 20_000
"""A push makes some hundred objects that die with it; the default of 700 would look for cycles several times a push."""


def build(settings: Settings) -> FastAPI:
    """The service of `settings`, whose `database.url` names a running PostgreSQL."""
    database_url = settings.database.url
    if database_url is None:
        raise ValueError("no database: start one first, see gateway.serving")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        migrate(settings.database.owner_url or database_url)
        async with open_services(settings, database_url) as services:
            app.state.services = services
            gc.collect()
            gc.freeze()  # what start-up made stays; the collector need not walk it again
            gc.set_threshold(_GARBAGE_THRESHOLD)
            yield

    app = FastAPI(title="Yizhan 驿站", version=version("yizhan"), lifespan=lifespan, docs_url=None, redoc_url=None)
    for module in (
        submissions,
        uploads,
        public,
        pages,
        records,
        filed,
        desk,
        desk_pages,
        reconciliations,
        reconciliation_pages,
        dead_letters,
        changes,
        targets,
        health,
        soap,
        compat12301,
        vendor_soap,
    ):
        app.include_router(module.router)
    refusals.install(app)
    app.openapi = lambda: openapi.document(app)
    app.add_middleware(Envelop, limits=settings.limits)
    return app
