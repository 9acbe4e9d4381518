"""What commands have in common: services as long as the command lasts, and errors as a person reads them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from adapters.errors import AdapterError, Retriable
from gateway.base.errors import UserError, both
from gateway.base.problems import Refused
from gateway.base.settings import Settings
from gateway.serving.jobs import with_services
from gateway.serving.serving import DATABASE_NAME
from gateway.store.database import is_up_to_date, sqlalchemy_url
from gateway.store.embedded import EmbeddedPostgres
from gateway.wiring.services import Services

T = TypeVar("T")
_CONNECT_SECONDS = 5


def at_terminal(settings: Settings, work: Callable[[Services], Coroutine[Any, Any, T]]) -> T:
    """What `work` gives. Raises UserError when we refuse it, or the other side cannot be reached or will not do it."""
    try:
        return with_services(settings, work)
    except AdapterError as error:
        again = " (可重试 try again)" if isinstance(error, Retriable) else ""
        raise UserError(f"{both(error.text)}{again}") from error
    except Refused as refusal:
        detail = refusal.detail or refusal.problem.advice
        raise UserError(both(detail)) from refusal


def has_database(settings: Settings) -> bool:
    """Whether there is a database that answers and is up to date; none is started, made or changed for it."""
    url = settings.database.url
    if url is None:
        server = EmbeddedPostgres(settings.home / "postgres")
        url = server.url_if_up(DATABASE_NAME) if server.is_made else None
    if url is None:
        return False
    engine = create_engine(sqlalchemy_url(url), connect_args={"connect_timeout": _CONNECT_SECONDS})
    try:
        with engine.connect() as connection:
            return is_up_to_date(connection)
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()


def identity(given: str) -> UUID:
    """The id that was typed. Raises UserError."""
    try:
        return UUID(given)
    except ValueError:
        raise UserError(f"{given} 不是编号 / is not an id") from None
