"""The files of a partner's SFTP folder."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import AsyncIterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from adapters.connector import Connector, Route
from adapters.errors import Fatal
from adapters.transports.manifest import BadManifest, rows_of
from adapters.transports.portal import Window
from adapters.transports.positions import Position
from adapters.transports.sftp import Changed, Fetched, RemoteFile, SftpSource, connected
from adapters.transports.sftp_options import SftpOptions
from gateway.alerts.rows import AlertCode
from gateway.portals import watermarks
from gateway.portals.feed import Document, Piece
from gateway.store.database import Database
from schemas.findings import Text

_UNTAKEN = {
    AlertCode.BAD_NAME: Text(
        "文件名不是 UTF-8 编码或含控制字符，请改名后重新放置",
        "its name is not UTF-8 or holds control characters: rename it",
    ),
    AlertCode.SERVER_CLOCK: Text(
        "文件的修改时间在未来一天之后：请校正对方服务器的时钟，再重新放置该文件",
        "it was written more than a day in the future: have the clock of their server put right, then place it again",
    ),
}


class FileFeed:
    """Every complete file that has not been taken, oldest first; then those that cannot be, as problems.

    Blocking transfers run in a thread.
    """

    def __init__(self, options: SftpOptions, connector: Connector, database: Database, scratch: Path) -> None:
        self._options = options
        self._connector = connector
        self._database = database
        self._scratch = scratch
        self._stack = ExitStack()
        self._source: SftpSource | None = None
        self._stream = f"sftp:{options.host}:{options.port}{options.folder}"

    async def pieces(self, window: Window | None) -> list[Piece]:
        if window is not None:
            raise Fatal(
                Text(
                    "文件按到达情况读取，没有可以补拉的时段",
                    "files are taken as they are found; there is no window of the past to read again",
                )
            )
        source = await self._opened()
        wanted = await self._wanted(source)
        await asyncio.to_thread(source.forget_all_but, wanted)
        names = [*(file.name for file in wanted), *_untaken(source)]
        return [Piece(kind_of(self._connector, name), file=name) for name in names]

    async def documents(self, piece: Piece) -> AsyncIterator[Document]:
        source = await self._opened()
        for file in [each for each in await self._wanted(source) if each.name == piece.file]:
            yield await self._document(source, piece, file)
        if piece.file is not None and (alert := _untaken(source).get(piece.file)) is not None:
            about = piece.file, self._stream, piece.kind, "application/octet-stream"
            yield Document(*about, lambda value: value, problem=_UNTAKEN[alert], alert=alert)

    async def is_unbroken(self, piece: Piece) -> bool:
        return True

    def close(self) -> None:
        self._stack.close()

    async def _opened(self) -> SftpSource:
        if self._source is None:
            self._source = await asyncio.to_thread(self._stack.enter_context, connected(self._options, self._scratch))
        return self._source

    async def _wanted(self, source: SftpSource) -> list[RemoteFile]:
        mark = await watermarks.get(self._database, self._connector.id, self._stream)
        return Position.from_json(mark.value).unseen(await asyncio.to_thread(source.ready))

    async def _document(self, source: SftpSource, piece: Piece, file: RemoteFile) -> Document:
        content_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        route = self._connector.route(piece.kind)
        about = file.name, self._stream, piece.kind, content_type
        try:
            fetched = await asyncio.to_thread(_fetch, source, file, route)
        except BadManifest as flaw:
            return Document(*about, lambda value: value, problem=flaw.reason, alert=AlertCode.BROKEN_FILE)
        except Changed as error:
            return Document(*about, lambda value: value, problem=error.text)
        return Document(
            *about,
            advance=partial(_advanced, file, fetched.sha256),
            path=fetched.path,
            release=fetched.release,
        )


def kind_of(connector: Connector, filename: str) -> str | None:
    """What a file holds: the `kind` of the source, else the kind whose name its own begins with (`agency_0001.csv`)."""
    if (named := (connector.source or {}).get("kind")) is not None:
        return named
    return next((kind for kind in connector.routes if filename.startswith(f"{kind}_")), None)


def _fetch(source: SftpSource, file: RemoteFile, route: Route) -> Fetched:
    """The file, after its marker's claims were found true."""
    fetched = source.fetch(file)
    claimed = fetched.manifest
    claimed.check(fetched.sha256, None if claimed.rows is None else rows_of(fetched.path, route))
    return fetched


def _advanced(file: RemoteFile, sha256: str, value: Any) -> Any:
    return Position.from_json(value).after(file, sha256).as_json()


def _untaken(source: SftpSource) -> dict[str, AlertCode]:
    """The files that are not taken, and why."""
    return dict.fromkeys(source.misnamed, AlertCode.BAD_NAME) | dict.fromkeys(source.untimely, AlertCode.SERVER_CLOCK)
