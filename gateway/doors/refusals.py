"""Whatever goes wrong leaves as a problem document with a stable code and the request's trace id."""

from __future__ import annotations

import errno

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.base import problems
from gateway.base.problems import ProblemType, Refused
from gateway.doors.requests import Json
from gateway.store.database import DATABASE_AWAY
from schemas.findings import Text

_log = structlog.get_logger()
_BY_STATUS = {404: problems.NOT_FOUND, 405: problems.METHOD_NOT_ALLOWED, 413: problems.TOO_LARGE}
_BY_ERRNO = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), problems.NO_ROOM),
    **dict.fromkeys((errno.EIO, errno.EROFS, errno.ENFILE, errno.EMFILE, errno.ESTALE), problems.BUSY),
}
"""What a disk may say, and how it is told: there is no room, or it does not work at the moment."""


def install(app: FastAPI) -> None:
    """Register a handler for everything a route may raise."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(HTTPException, _http)
    for away in DATABASE_AWAY:
        app.add_exception_handler(away, _database_away)
    app.add_exception_handler(OSError, _disk_away)
    app.add_exception_handler(Exception, _unexpected)


def _answer(problem: ProblemType, refusal: Refused, request: Request) -> Response:
    document = refusal.as_dict() | {"trace_id": getattr(request.state, "trace_id", None)}
    return Json(document, problem.status, refusal.headers, problems.CONTENT_TYPE)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - registered for it
    return _answer(error.problem, error, request)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    problem = _BY_STATUS.get(error.status_code, problems.BAD_REQUEST)
    detail = None if error.status_code in _BY_STATUS else Text(problem.title.zh, str(error.detail))
    return _answer(problem, Refused(problem, detail, headers=dict(error.headers or {})), request)


async def _database_away(request: Request, error: Exception) -> Response:
    return _answer(problems.BUSY, refusal_of(request, error), request)


async def _disk_away(request: Request, error: Exception) -> Response:
    refusal = refusal_of(request, error)
    return _answer(refusal.problem, refusal, request)


async def _unexpected(request: Request, error: Exception) -> Response:
    return _answer(problems.INTERNAL, refusal_of(request, error), request)


def refusal_of(request: Request, error: Exception) -> Refused:
    """How an error that nobody foresaw is answered; it is logged here."""
    trace_id = request.state.trace_id
    if isinstance(error, DATABASE_AWAY):
        _log.warning("database away", error=type(error).__name__, trace_id=trace_id)
        return Refused(problems.BUSY, headers={"Retry-After": "1"})
    if isinstance(error, OSError) and (problem := _BY_ERRNO.get(error.errno or 0)):
        _log.error("disk away", error=errno.errorcode[error.errno or 0], trace_id=trace_id)
        return Refused(problem, headers={"Retry-After": "30"})
    route = getattr(request.scope.get("route"), "path", None)
    _log.error("unexpected", route=route, trace_id=trace_id, exc_info=error)
    return Refused(problems.INTERNAL)
