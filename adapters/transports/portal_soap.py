"""A portal that speaks .NET-style SOAP 1.1: a shared verification code, windows of whole days, numbered pages.

zeep writes the questions from the WSDL that is pinned in the connector's folder; nothing is fetched to understand the
portal. Answers are read by the one hardened parser.

Pages are numbered over the whole days of a window, so that what enters or leaves it meanwhile moves the rest: when the
total changes between two pages the window is read anew. A window ends when as many records have come as the total says,
however many of them the portal puts on a page. That one record left while another entered shows in no total; what
slipped through then is found by the reconciliation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import zeep
import zeep.exceptions
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs

from adapters.connector import Connector
from adapters.errors import Barred, Fatal, Retriable, Unreadable
from adapters.formats import xml
from adapters.transports.change_times import newest
from adapters.transports.portal import PATIENCE, Conflict, Page, Portal, PortalChange, TokenExpired, Window
from adapters.transports.portal_http import HttpAnswer, PortalHttp
from adapters.transports.portal_options import Secret, SoapKind, SoapOptions, soap_options
from adapters.transports.soap import Version
from schemas.findings import Text

_LONGEST_TOLD = 100


def connect(connector: Connector, secret: Secret, scratch: Path, patience: float = PATIENCE) -> Portal:
    """The portal of a connector. Raises Fatal when its options or its WSDL lead nowhere."""
    return SoapPortal(connector, soap_options(connector.source or {}, secret), patience)


class SoapPortal:
    """Implements Portal."""

    def __init__(self, connector: Connector, options: SoapOptions, patience: float = PATIENCE) -> None:
        self._connector = connector
        self._options = options
        self._client = _pinned((connector.folder or Path()) / options.wsdl)
        self._http = PortalHttp(options.url, patience)

    def page(self, kind: str, window: Window, token: str | None = None) -> Page:
        """A page of the days that the window touches; it may hold more than the window.

        Raises Retriable when the list ends before its total or goes beyond it, Fatal when it tells none.
        """
        before = _Place.read(token)
        operation, names = self._kind(kind).list, self._options.query
        answer, root = self._ask(
            operation,
            **{names.since: _first_day(window), names.until: _last_day(window)},
            **{names.page: before.index, names.size: self._options.page_size},
        )
        total = self._total(operation, root)
        if before.total not in (None, total):
            raise TokenExpired(
                Text(
                    f"{kind}：两页之间总数由 {before.total} 变为 {total}",
                    f"{kind}: the total went from {before.total} to {total} between two pages",
                )
            )
        records = list(root.iter(f"{{*}}{self._kind(kind).record}"))
        received = before.received + len({etree.tostring(record, method="c14n") for record in records})
        rows = before.rows + len(records)
        is_over = received == total or (not records and rows >= total)
        if received > total or not (records or is_over):
            raise Retriable(
                Text(
                    f"{operation}：读至第 {before.index} 页共 {received} 条，而总数为 {total}",
                    f"{operation}: page {before.index} makes {received} records of {total}",
                )
            )
        return Page(
            answer.raw,
            answer.content_type,
            f"{kind}.xml",
            newest(_text(record, self._options.answer.changed_at) for record in records),
            None if is_over else str(_Place(before.index + 1, total, received, rows)),
            is_empty=not records,
        )

    def push(self, change: PortalChange) -> int | None:
        """The new version. A record that the portal no longer has is a Conflict without a revision."""
        asked = self._kind(change.kind)
        if asked.update is None:
            name = self._connector.id
            raise Fatal(
                Text(f"对接配置 {name} 没有更新 {change.kind} 的操作", f"connector {name} updates no {change.kind}")
            )
        fields = _filled(self._connector.outward_of(change.kind)(change.body))
        named = {"messageId": change.message_id, "key": change.key, "version": change.base_revision}
        _, root = self._ask(asked.update, **named, **{asked.record: fields})
        return _whole(_text(root, self._options.answer.revision))

    def close(self) -> None:
        self._http.close()

    def _kind(self, kind: str) -> SoapKind:
        try:
            return self._options.kinds[kind]
        except KeyError:
            name = self._connector.id
            raise Fatal(
                Text(f"对接配置 {name} 没有 {kind} 的操作", f"connector {name} has no operations for {kind}")
            ) from None

    def _total(self, operation: str, root: etree._Element) -> int:
        name = self._options.answer.total
        if (total := _whole(_text(root, name).strip())) is None:
            raise Fatal(
                Text(
                    f"{operation}：{name} 处没有数字，无从得知列表在何处结束",
                    f"{operation}: there is no number at {name}, so that nothing tells where the list ends",
                )
            )
        return total

    def _ask(self, operation: str, **parameters: Any) -> tuple[HttpAnswer, etree._Element]:
        """A good answer, and its body."""
        content = self._question(operation, parameters)
        action = self._client.service._binding.get(operation).soapaction
        headers = {"content-type": Version.SOAP11.content_type, "soapaction": f'"{action}"'}
        answer = self._http.ask("POST", "", headers, content=content)
        root = _parsed(operation, answer)
        self._judge(operation, root)
        return answer, root

    def _question(self, operation: str, parameters: Mapping[str, Any]) -> bytes:
        given = {self._options.code_parameter: self._options.code, **parameters}
        try:
            message = self._client.create_message(self._client.service, operation, **given)
        except (zeep.exceptions.Error, TypeError, ValueError, AttributeError) as error:
            raise Fatal(
                Text(
                    f"无法按固定的 WSDL 调用 {operation}，系统报告“{error}”",
                    f"{operation} cannot be asked by the pinned WSDL: {error}",
                )
            ) from error
        return etree.tostring(message, encoding="UTF-8", xml_declaration=True)

    def _judge(self, operation: str, root: etree._Element) -> None:
        """Raises what the portal's own code of an answer means."""
        words = self._options.answer
        code, told = _text(root, words.code), _told(operation, _text(root, words.message))
        if code == words.busy:
            raise Retriable(told)
        if code in (words.conflict, words.missing):
            raise Conflict(told, _whole(_text(root, words.revision)))
        if code == words.denied:
            raise Barred(Text(f"{told.zh}（校验码被拒绝）", f"{told.en} (verification code refused)"))
        if code != words.fine:
            raise Fatal(Text(f"{told.zh}（{code}）", f"{told.en} ({code})"))


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a list has been read: the page to ask for, the total told so far, how many records have come, and in
    how many rows.

    What comes twice on a page counts once, unless the portal counts it twice itself: then its list ends with an empty
    page, before as many records have come as it tells.
    """

    index: int = 1
    total: int | None = None
    received: int = 0
    rows: int = 0

    def __str__(self) -> str:
        return f"{self.index}:{self.total}:{self.received}:{self.rows}"

    @classmethod
    def read(cls, token: str | None) -> _Place:
        """The place that a token stands for, the beginning without one. Raises TokenExpired for what is none."""
        if token is None:
            return cls()
        parts = token.split(":")
        if len(parts) != 4 or not all(part.isdecimal() for part in parts):
            raise TokenExpired(Text(f"{token} 不是列表中的位置", f"{token} is no place in a list"))
        return cls(*map(int, parts))


class _Offline:
    """What zeep loads documents with: the pinned one and nothing else."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self, url: str) -> bytes:
        if url != str(self._file):
            raise Fatal(
                Text(
                    f"{self._file.name} 引用了 {url}，固定的 WSDL 不得引用其他文件",
                    f"{self._file.name} refers to {url}; a pinned WSDL stands alone",
                )
            )
        return self._file.read_bytes()


def _pinned(file: Path) -> zeep.Client:
    try:
        return zeep.Client(str(file.resolve()), transport=_Offline(file.resolve()))  # pyright: ignore[reportArgumentType]
    except (OSError, zeep.exceptions.Error, etree.XMLSyntaxError, ValueError) as error:
        raise Fatal(Text(f"{file.name} 无法使用，系统报告“{error}”", f"{file.name} cannot be used: {error}")) from error


def _parsed(operation: str, answer: HttpAnswer) -> etree._Element:
    """The body of an answer. What is no XML, or is not in the encoding it says, is worth another try."""
    if not xml.is_as_declared(answer.raw):
        raise Retriable(
            Text(
                f"{operation}：应答与其声明的编码不符",
                f"{operation}: the answer is not in the encoding that it declares",
            )
        )
    try:
        root = xml.parse(answer.raw)
    except Unreadable as failure:
        answer.must_be_usable(operation)
        raise Retriable(Text(f"{operation}：{failure.text.zh}", f"{operation}: {failure.text.en}")) from None
    body = root.find(Version.SOAP11.tag("Body"))
    if body is None or not len(body):
        answer.must_be_usable(operation)
        found = f"{answer.content_type} {etree.QName(root).localname}"
        raise Retriable(
            Text(f"{operation}：应答不是 SOAP 报文，而是 {found}", f"{operation}: no SOAP answer but {found}")
        )
    if body[0].tag == Version.SOAP11.tag("Fault"):
        blamed = (body[0].findtext("faultcode") or "").rpartition(":")[2]
        told = _told(operation, body[0].findtext("faultstring") or "")
        raise Retriable(told) if blamed == "Server" else Fatal(told)
    answer.must_be_usable(operation)
    return body


def _told(operation: str, words: str) -> Text:
    """What the portal says in its own words, which Chinese quotes."""
    shown = words[:_LONGEST_TOLD]
    return Text(f"{operation}：门户报告“{shown}”", f"{operation}: {shown}")


def _first_day(window: Window) -> str | None:
    return window.since[:10] if window.since else None


def _last_day(window: Window) -> str | None:
    """The last day that the window touches."""
    if window.until is None:
        return None
    return (datetime.fromisoformat(window.until) - timedelta(seconds=1)).date().isoformat()


def _filled(value: Any) -> Any:
    """Nothing, as an empty element: one that is left out stays as it was."""
    if isinstance(value, dict):
        return {name: _filled(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner) for inner in value]
    return "" if value is None else value


def _text(root: etree._Element, name: str) -> str:
    """The text of the first element of a local name, "" without one."""
    found = next(root.iter(f"{{*}}{name}"), None)
    return "" if found is None else found.text or ""


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
