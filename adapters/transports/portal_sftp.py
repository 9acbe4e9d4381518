"""A portal that exchanges files over SFTP: whole exports are read, changes of ours are put into its inbox.

What changed since the last export arrives as files of its own, which are fetched as any partner's are. The portal takes
an answer when it gets to it: whether a change was taken shows in a later export.
"""

from __future__ import annotations

import csv
import io
import mimetypes
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from adapters.connector import Connector
from adapters.envelope import SourceRecord
from adapters.errors import Barred, Fatal, Retriable, Unreadable
from adapters.formats import xml
from adapters.formats.headings import heading
from adapters.mapping.runtime import dig, steps
from adapters.reading import records
from adapters.transports.change_times import newest
from adapters.transports.manifest import BadManifest, rows_of
from adapters.transports.portal import PATIENCE, Page, Portal, PortalChange, Window
from adapters.transports.portal_options import Secret
from adapters.transports.sftp import RemoteFile, SftpSource, connected
from adapters.transports.sftp_options import options_of
from schemas.findings import Text

MAX_EXPORT = 256 << 20
_UNFIT = re.compile(r"[^A-Za-z0-9-]+")


def connect(connector: Connector, secret: Secret, scratch: Path, patience: float = PATIENCE) -> Portal:
    """The portal of a connector; nothing is opened yet. Raises Fatal when its options lead nowhere."""
    return SftpPortal(connector, secret, scratch, patience)


class SftpPortal:
    """Implements Portal."""

    def __init__(self, connector: Connector, secret: Secret, scratch: Path, patience: float = PATIENCE) -> None:
        self._connector = connector
        self._source = connector.source or {}
        self._options = options_of(self._source, secret)
        self._scratch = scratch
        self._patience = patience
        self._stack = ExitStack()
        self._open: tuple[str, SftpSource] | None = None

    def page(self, kind: str, window: Window, token: str | None = None) -> Page:
        """The newest whole export of a kind, as one page. There are no others: Raises Fatal for a window.

        It speaks of the second in which its file was written, by the clock of the server, which is taken to be right.
        """
        if window != Window() or token is not None:
            name = self._connector.id
            raise Fatal(
                Text(
                    f"对接配置 {name} 以文件交付，不能按时段读取",
                    f"connector {name} delivers files: there are no windows to ask for",
                )
            )
        pattern = self._of(kind)["full"]
        try:
            export, raw, rows = self._newest(kind, pattern)
        except Retriable:
            self.close()
            raise
        content_type = mimetypes.guess_type(export.name)[0] or "application/octet-stream"
        stamps = [] if rows == 0 else list(self._stamps(kind, export.name, raw))
        as_of = datetime.fromtimestamp(export.written, UTC)
        return Page(raw, content_type, export.name, newest(stamps), is_empty=not stamps, as_of=as_of)

    def push(self, change: PortalChange) -> int | None:
        """None: the portal will say later. A change that is sent again overwrites its own answer."""
        inbox = self._source.get("inbox")
        if inbox is None:
            name = self._connector.id
            raise Barred(Text(f"对接配置 {name} 没有收件目录", f"connector {name} has no inbox"))
        content = self._answer(change)
        name = f"answer_{change.kind}_{_UNFIT.sub('-', change.message_id)}.csv"
        manifest = f"sha256={sha256(content).hexdigest()}\nrows=1\n".encode()
        try:
            self._connected(self._options.pattern).deliver(inbox, name, content, manifest)
        except Retriable:
            self.close()
            raise
        return None

    def close(self) -> None:
        self._stack.close()
        self._open = None

    def _newest(self, kind: str, pattern: str) -> tuple[RemoteFile, bytes, int | None]:
        """File, bytes and claimed rows of the export that was written last; the claims have been found true."""
        source = self._connected(pattern)
        ready = source.ready()
        if source.untimely:
            name = source.untimely[-1]
            raise Fatal(
                Text(
                    f"{name} 的修改时间在未来一天之后，无法判断哪个全量文件最新：请校正门户服务器的时钟",
                    f"{name} was written more than a day in the future, so that nobody knows which export is the "
                    "newest: have the clock of the portal's server put right",
                )
            )
        if not ready:
            raise Retriable(Text(f"尚无全量文件 {pattern}", f"there is no whole export {pattern} yet"))
        last = ready[-1]
        if last.size > MAX_EXPORT:
            most = MAX_EXPORT >> 20
            raise Fatal(Text(f"{last.name} 超过 {most} MiB", f"{last.name} is larger than {most} MiB"))
        fetched = source.fetch(last)
        claimed = fetched.manifest
        try:
            rows = None if claimed.rows is None else rows_of(fetched.path, self._connector.route(kind))
            claimed.check(fetched.sha256, rows)
            return last, fetched.path.read_bytes(), claimed.rows
        except BadManifest as flaw:
            raise Retriable(Text(f"{last.name}：{flaw.reason.zh}", f"{last.name}: {flaw.reason.en}")) from flaw
        finally:
            fetched.release()

    def _connected(self, pattern: str) -> SftpSource:
        """A connection that looks for a pattern; the one that is open when it is for the same."""
        if self._open is None or self._open[0] != pattern:
            self.close()
            options = replace(self._options, pattern=pattern)
            self._open = pattern, self._stack.enter_context(connected(options, self._scratch, self._patience))
        return self._open[1]

    def _of(self, kind: str) -> dict[str, Any]:
        try:
            return self._source["kinds"][kind]
        except KeyError:
            name = self._connector.id
            raise Fatal(
                Text(f"对接配置 {name} 没有 {kind} 的全量文件", f"connector {name} has no exports of {kind}")
            ) from None

    def _stamps(self, kind: str, name: str, raw: bytes) -> Iterator[Any]:
        """The change times of an export. Raises Retriable when it is no export at all."""
        read = self._connector.route(kind).read
        tabular = read.format in ("delimited", "sheet")
        stamp = self._source["changed_at"]
        way = (heading(stamp),) if tabular else steps(stamp, tabular=False)
        if not tabular and not xml.is_as_declared(raw):
            raise Retriable(Text(f"{name} 与其声明的编码不符", f"{name} is not in the encoding that it declares"))
        try:
            for record in records(raw, read):
                if isinstance(record, SourceRecord):
                    yield dig(record.data, way)
        except Unreadable as failure:
            raise Retriable(Text(f"{name}：{failure.text.zh}", f"{name}: {failure.text.en}")) from failure

    def _answer(self, change: PortalChange) -> bytes:
        """One change as the portal reads it: its columns, the version it was made on and the message's number."""
        fields = self._connector.outward_of(change.kind)(change.body)
        about = {self._source["message_id"]: change.message_id, self._source["revision"]: change.base_revision}
        row = {**about, **{name: "" if value is None else value for name, value in fields.items()}}
        if nested := [name for name, value in row.items() if isinstance(value, (dict, list))]:
            names = ", ".join(nested)
            raise Fatal(
                Text(f"{change.kind} 的 {names} 无法写入表格", f"{names} of {change.kind} cannot stand in a table")
            )
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(row))
        writer.writeheader()
        writer.writerow(row)
        return text.getvalue().encode("gb18030")
