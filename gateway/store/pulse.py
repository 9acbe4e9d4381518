"""Whether the database still answers: a server that hangs says nothing, and nobody may wait for it for ever."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from typing import Any
from weakref import WeakSet

import structlog
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.base.beside import beside

_EVERY_SECONDS = 0.5
_GRACE_SECONDS = 0.2
_log = structlog.get_logger()


class Pulse:
    """Asks the server something trivial, again and again. When it has been silent for too long every connection of
    this process is broken off, so that whoever waits on one is told at once: the same error as when a server dies.

    What was being committed then may be committed or not, as whenever an answer is lost; a retry finds out.
    """

    def __init__(self, engine: AsyncEngine, silence_seconds: float) -> None:
        self._engine = engine
        self._silence = silence_seconds
        self._connections: WeakSet[Any] = WeakSet()
        self._watched: tuple[AsyncEngine, ...] = ()

    def watch(self, *engines: AsyncEngine) -> None:
        """Count the connections of these engines among those that are broken off."""
        self._watched = engines
        for engine in engines:
            event.listen(engine.sync_engine, "connect", self._opened)

    def _opened(self, adapted: Any, _: Any) -> None:
        self._connections.add(adapted.driver_connection)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            async with beside(self._beat()) as (beat,):
                # The grace is for a loop that was busy itself: what came meanwhile is read in it.
                if not (await asyncio.wait({beat}, timeout=self._silence))[0]:
                    await asyncio.wait({beat}, timeout=_GRACE_SECONDS)
                if not beat.done():
                    _log.error("database silent", connections=self._break_off())
                    await asyncio.wait({beat}, timeout=self._silence)
            await asyncio.sleep(_EVERY_SECONDS)

    async def _beat(self) -> None:
        try:
            async with self._engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except DBAPIError as error:
            if error.connection_invalidated:  # so are those that lie idle: nobody need find out on his own request
                for engine in self._watched:
                    await engine.dispose()
        except SQLAlchemyError:
            return  # a server that is away is told to everybody by their own connections

    def _break_off(self) -> int:
        """End the connections as a peer would; how many there were. They are closed by who reads that they ended."""
        broken = 0
        for connection in list(self._connections):
            with suppress(Exception):  # closed a moment ago, or not quite open
                with socket.socket(fileno=os.dup(connection.fileno())) as twin:
                    twin.shutdown(socket.SHUT_RDWR)
                broken += 1
        return broken
