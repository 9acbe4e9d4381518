"""What is left of a request's body when the answer is ready: it is read and thrown away, within bounds.

A connection that is closed over bytes which nobody read is reset, and the reset overtakes the answer: Python's urllib
and .NET's clients, which send everything before they look, then never learn that the body was too large or the
credential unknown.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

_SMALL_BYTES = 64 * 1024
"""A body up to this length is read before the answer goes out, and the connection stays open."""
_MOST_BYTES = 64 * 1024 * 1024
_MOST_SECONDS = 60.0


class Unread:
    """Stands between a request's application and the server; `receive` and `send` are what the application gets."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        self._receive, self._send = receive, send
        self._length = headers.get("content-length", "" if "transfer-encoding" in headers else "0")
        self._is_left = self._length != "0"
        self._waits_for_us = "expect" in headers

    async def receive(self) -> Message:
        message = await self._receive()
        self._waits_for_us = False
        self._is_left = message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Pass an answer on. Whoever still sends a long body gets it at once and is listened to until the end."""
        if self._is_left and message["type"] == "http.response.start":
            await self._read_small()
            if self._is_left:
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        elif self._is_left and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._read(_MOST_BYTES)
            message = {"type": "http.response.body"}
        await self._send(message)

    async def _read_small(self) -> None:
        is_small = self._length.isdecimal() and int(self._length) <= _SMALL_BYTES
        if is_small and not self._waits_for_us:  # who waits for a word of ours must not be asked to send in vain
            await self._read(_SMALL_BYTES)

    async def _read(self, most_bytes: int) -> None:
        """Until the body ends, the client goes, or a bound is reached."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_MOST_SECONDS):
                while self._is_left and most_bytes > 0:
                    most_bytes -= len((await self.receive()).get("body", b""))
