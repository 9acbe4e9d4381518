"""The pages of a portal, slice by slice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial
from typing import Any

from adapters.connector import Connector
from adapters.errors import Fatal, Retriable
from adapters.transports.portal import Page, Portal, Reading, TokenExpired, Window
from gateway.base.clock import china_now
from gateway.portals import watermarks
from gateway.portals.feed import Document, Piece
from gateway.portals.progress import Progress, ahead, slices
from gateway.store.database import Database
from schemas.findings import Text

_LOOK_BACK_HOURS = "24"
_SLICE_DAYS = "7"
_MOST_RESTARTS = 3


class PortalFeed:
    """A portal behind the `Portal` protocol, whose calls block and run in a thread."""

    def __init__(
        self, portal: Portal, connector: Connector, database: Database, clock: Callable[[], str] = china_now
    ) -> None:
        source = connector.source or {}
        self._portal = portal
        self._kinds = [kind for kind in source["kinds"] if kind in connector.routes]
        self._connector = connector
        self._database = database
        self._clock = clock
        self._look_back = timedelta(hours=int(source.get("look_back_hours", _LOOK_BACK_HOURS)))
        self._longest = timedelta(days=int(source.get("slice_days", _SLICE_DAYS)))

    async def pieces(self, window: Window | None) -> list[Piece]:
        if window is not None:
            if window.since is None or window.until is None:
                raise Fatal(Text("补拉须同时给出时段的起止", "a backfill needs both ends of its window"))
            spans = slices(window.since, window.until, self._longest)
            return [Piece(kind, span, moves_mark=False) for kind in self._kinds for span in spans]
        found: list[Piece] = []
        for kind in self._kinds:
            progress = await self._progress(kind)
            found += [Piece(kind, span) for span in ahead(progress, self._clock(), self._look_back, self._longest)]
        return found

    async def documents(self, piece: Piece) -> AsyncIterator[Document]:
        kind = piece.kind or ""
        reading = Reading((await self._progress(kind)).resume(piece.window) if piece.moves_mark else None)
        restarts = 0
        while True:
            try:
                page = await asyncio.to_thread(self._portal.page, kind, piece.window, reading.token)
            except TokenExpired:
                if reading.token is None:
                    raise Fatal(
                        Text("门户拒绝给出时段的第一页", "the portal refuses the first page of a window")
                    ) from None
                if restarts == _MOST_RESTARTS:
                    raise Retriable(
                        Text(
                            f"{piece.title} 已重新读取 {restarts} 次，仍未读完",
                            f"{piece.title} was begun anew {restarts} times, and not read to its end",
                        )
                    ) from None
                reading, restarts = Reading(), restarts + 1
                continue
            yield self._document(piece, page)
            if not reading.after(page):
                return

    async def is_unbroken(self, piece: Piece) -> bool:
        return piece.moves_mark and not (await self._progress(piece.kind or "")).done

    def close(self) -> None:
        self._portal.close()

    async def _progress(self, kind: str) -> Progress:
        mark = await watermarks.get(self._database, self._connector.id, f"portal:{kind}")
        return Progress.from_json(mark.value)

    def _document(self, piece: Piece, page: Page) -> Document:
        return Document(
            name=page.filename,
            stream=f"portal:{piece.kind}",
            kind=piece.kind,
            content_type=page.content_type,
            advance=partial(_advanced, piece.window, page, self._clock()),
            raw=page.raw,
            is_empty=page.is_empty,
        )


def _advanced(window: Window, page: Page, now: str, value: Any) -> Any:
    return Progress.from_json(value).after(window, page, now).as_json()
