"""Addresses that lead nowhere, and a service that cannot answer: a page for who reads, a document for a program."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.shell.framing import refused
from gateway.console.shell.rendering import page
from gateway.doors.refusals import refusal_of
from gateway.store.database import DATABASE_AWAY

Handler = Callable[[Request, Exception], Awaitable[Response]]
_OF_PROGRAMS = ("/v1/", "/soap", "/static/", "/.well-known/", "/healthz", "/readyz", "/metrics")


def install(app: FastAPI) -> None:
    """Answer readers with pages; what others are answered with stays."""
    for kind in (*DATABASE_AWAY, OSError, Exception):
        app.add_exception_handler(kind, _for_readers(app, kind, _away))
    app.add_exception_handler(HTTPException, _for_readers(app, HTTPException, _lost))


def _for_readers(app: FastAPI, kind: type[Exception], answer: Handler) -> Handler:
    for_programs: Handler = app.exception_handlers[kind]  # pyright: ignore[reportAssignmentType]

    async def handler(request: Request, error: Exception) -> Response:
        is_other = isinstance(error, HTTPException) and error.status_code != 404
        if is_other or not _is_read_by_people(request):
            return await for_programs(request, error)
        return await answer(request, error)

    return handler


async def _lost(request: Request, error: Exception) -> Response:
    try:
        return await refused(request, Refused(problems.NOT_FOUND))
    except DATABASE_AWAY as away:
        return await _away(request, away)


async def _away(request: Request, error: Exception) -> Response:
    """Without the frame of the console, which would have to ask the database who looks."""
    refusal = refusal_of(request, error)
    answer = page(
        request,
        "away.html",
        refusal.problem.status,
        is_temporary=refusal.problem is not problems.INTERNAL,
        trace_id=request.state.trace_id,
    )
    answer.headers.update(refusal.headers)
    return answer


def _is_read_by_people(request: Request) -> bool:
    wants_page = "text/html" in request.headers.get("accept", "")
    return wants_page and not request.url.path.startswith(_OF_PROGRAMS)
