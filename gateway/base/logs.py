"""JSON lines on standard error. Only fields of the allow-list leave the process, so no personal data can."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import orjson
import structlog

_ALLOWED = frozenset(
    {"event", "level", "timestamp", "logger", "trace_id", "route", "status", "error", "where", "submission_id"}
)
_MOST_FRAMES = 12

EventDict = structlog.typing.EventDict


def configure() -> None:
    """Route structlog and the standard library's logging through one JSON renderer."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_error,
        _keep_allowed,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_dumps),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _name_error(_: Any, __: str, event: EventDict) -> EventDict:
    """An exception is logged by type and place; its message may quote a record."""
    failure = event.pop("exc_info", None)
    if failure is True:
        failure = sys.exc_info()[1]
    elif isinstance(failure, tuple):
        failure = failure[1]
    if isinstance(failure, BaseException):
        frames = traceback.extract_tb(failure.__traceback__)[-_MOST_FRAMES:]
        event["error"] = type(failure).__name__
        event["where"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _keep_allowed(_: Any, __: str, event: EventDict) -> EventDict:
    return {name: value for name, value in event.items() if name in _ALLOWED or name.startswith("_")}


def _dumps(value: Any, **_: Any) -> str:
    return orjson.dumps(value, default=str).decode()
