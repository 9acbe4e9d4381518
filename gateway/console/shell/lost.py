"""Addresses that lead nowhere: a page for who reads, a problem document for a program."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.shell.framing import refused

Handler = Callable[[Request, Exception], Awaitable[Response]]
_OF_PROGRAMS = ("/v1/", "/soap", "/static/", "/.well-known/")


def install(app: FastAPI) -> None:
    """Answer readers with a page where nothing is; what others are answered with stays."""
    for_programs: Handler = app.exception_handlers[HTTPException]  # pyright: ignore[reportAssignmentType]

    async def lost(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
        if error.status_code == 404 and _is_read_by_people(request):
            return await refused(request, Refused(problems.NOT_FOUND))
        return await for_programs(request, error)

    app.add_exception_handler(HTTPException, lost)


def _is_read_by_people(request: Request) -> bool:
    wants_page = "text/html" in request.headers.get("accept", "")
    return wants_page and request.method == "GET" and not request.url.path.startswith(_OF_PROGRAMS)
