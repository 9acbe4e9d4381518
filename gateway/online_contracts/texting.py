"""Short messages to telephones: the port, and the implementation that writes them down instead of sending them.

An installation that has a gateway for short messages gives another implementation; nothing here calls anybody.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

import orjson

from gateway.base.clock import Clock
from gateway.base.ids import uuid7


class ShortMessages(Protocol):
    """Sends a short message to a telephone."""

    async def send(self, mobile: str, words: str) -> None:
        """Raises OSError where it cannot be handed over now."""
        ...


class MessageFolder:
    """Writes every message as a file of JSON into a folder that only this user reads: {to, text, at}."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, mobile: str, words: str) -> None:
        message = orjson.dumps({"to": mobile, "text": words, "at": Clock.now().isoformat(timespec="seconds")})
        await asyncio.to_thread(self._write, message)

    def _write(self, message: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._folder / f"{uuid7()}.json"
        part = file.with_suffix(".part")
        part.write_bytes(message)
        part.chmod(0o600)
        part.rename(file)
