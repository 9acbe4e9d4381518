"""A portal that speaks JSON over HTTP: signed headers, page tokens, and PUT with the version it was made on.

Signed is `appKey + appSecret + timestamp`, the time in milliseconds by the portal's own clock, which its answers tell.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from adapters.connector import Connector
from adapters.errors import AdapterError, Barred, Fatal, Retriable
from adapters.mapping.runtime import dig, steps
from adapters.transports.change_times import newest
from adapters.transports.portal import PATIENCE, Conflict, Page, Portal, PortalChange, TokenExpired, Window
from adapters.transports.portal_http import REFUSED, HttpAnswer, PortalHttp
from adapters.transports.portal_options import RestOptions, Secret, rest_options
from schemas.findings import Text

_TOLERATED_SECONDS = 60.0
_LONGEST_SHOWN = 200


def connect(connector: Connector, secret: Secret, scratch: Path, patience: float = PATIENCE) -> Portal:
    """The portal of a connector. Raises Fatal when its options lead nowhere."""
    return RestPortal(connector, rest_options(connector.source or {}, secret), patience)


def signature(app_key: str, app_secret: str, timestamp: str) -> str:
    return hashlib.sha1((app_key + app_secret + timestamp).encode()).hexdigest()  # noqa: S324 - the portals' own


class RestPortal:
    """Implements Portal."""

    def __init__(self, connector: Connector, options: RestOptions, patience: float = PATIENCE) -> None:
        self._connector = connector
        self._options = options
        self._answer = options.answer
        self._http = PortalHttp(options.url, patience)
        self._ahead_seconds = 0.0

    def page(self, kind: str, window: Window, token: str | None = None) -> Page:
        """A page of what was changed; a token belongs to the window that it was given for."""
        asked, names = self._options, self._options.query
        wanted = {names.since: window.since, names.until: window.until, names.page: token}
        query = {name: value for name, value in wanted.items() if value is not None}
        answer = self._ask("GET", self._path(kind), query | {names.size: str(asked.page_size)})
        if answer.status == 410:
            raise TokenExpired(
                Text(f"{kind}：门户已不认得分页标记", f"{kind}: the portal has forgotten the page token")
            )
        body = self._body(kind, answer)
        records = self._at(body, self._answer.records)
        if not isinstance(records, list):
            path = self._answer.records
            raise Fatal(Text(f"{kind}：应答的 {path} 处不是列表", f"{kind}: there is no list at {path}"))
        way = steps(self._answer.changed_at, tabular=False)
        return Page(
            answer.raw,
            answer.content_type,
            f"{kind}.json",
            newest(dig(record, way) for record in records),
            self._at(body, self._answer.next) or None,
            is_empty=not records,
        )

    def push(self, change: PortalChange) -> int | None:
        """The new version. A record that the portal no longer has is a Conflict without a revision."""
        version = self._answer.revision.rpartition(".")[2]
        fields = self._connector.outward_of(change.kind)(change.body) | {version: change.base_revision}
        path = f"{self._path(change.kind)}/{quote(change.key, safe='')}"
        answer = self._ask("PUT", path, {}, orjson.dumps(fields), extra={"requestId": change.message_id})
        if answer.status in (404, 409):
            held = self._conflict(answer)
            raise Conflict(_holds(change, held), held)
        return _whole(self._at(self._body(change.kind, answer), self._answer.revision))

    def close(self) -> None:
        self._http.close()

    def _path(self, kind: str) -> str:
        try:
            return self._options.paths[kind]
        except KeyError:
            name = self._connector.id
            raise Fatal(
                Text(f"对接配置 {name} 没有 {kind} 的路径", f"connector {name} has no path for {kind}")
            ) from None

    def _ask(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        content: bytes | None = None,
        *,
        extra: dict[str, str] | None = None,
    ) -> HttpAnswer:
        """The answer; asked once more when it was refused because our clock is not the portal's."""
        answer = self._http.ask(method, path, self._headers() | (extra or {}), query, content=content)
        if self._learn_clock(answer) > _TOLERATED_SECONDS and answer.status == 401:
            answer = self._http.ask(method, path, self._headers() | (extra or {}), query, content=content)
        return answer

    def _headers(self) -> dict[str, str]:
        key, stamp = self._options.app_key, str(int((time.time() + self._ahead_seconds) * 1000))
        return {
            "appKey": key,
            "timestamp": stamp,
            "signature": signature(key, self._options.app_secret, stamp),
            "content-type": "application/json;charset=utf-8",
        }

    def _learn_clock(self, answer: HttpAnswer) -> float:
        """Follow the portal's clock; gives by how many seconds it was not where we thought."""
        if answer.clock is None:
            return 0.0
        before, self._ahead_seconds = self._ahead_seconds, answer.clock.timestamp() - time.time()
        return abs(self._ahead_seconds - before)

    def _body(self, subject: str, answer: HttpAnswer) -> Any:
        """The answer's JSON, when the portal calls it a good one. What is no JSON is a page cut short, or no answer."""
        answer.must_be_usable(subject)
        try:
            body = orjson.loads(answer.raw)
        except orjson.JSONDecodeError:
            found = answer.content_type
            raise Retriable(
                Text(f"{subject}：应答不是 JSON，而是 {found}", f"{subject}: no JSON but {found}")
            ) from None
        status = self._at(body, self._answer.status)
        if str(status) != self._answer.fine:
            said = self._error_of(body)
            raise _meaning(status)(Text(f"{subject}：门户返回{said.zh}", f"{subject}: the portal answered {said.en}"))
        return body

    def _conflict(self, answer: HttpAnswer) -> int | None:
        """The version that the portal holds, none of a record that it no longer has.

        Raises Barred when it is not the portal that does not know the record.
        """
        try:
            body = orjson.loads(answer.raw)
        except orjson.JSONDecodeError:
            body = None
        if self._at(body, self._answer.status) is None:
            found = f"{answer.status} {answer.content_type}"
            raise Barred(Text(f"门户返回 {found}", f"the portal answered {found}"))
        return _whole(self._at(body, self._answer.revision)) if answer.status == 409 else None

    def _error_of(self, body: Any) -> Text:
        """Code and message of an answer; the rest of it may hold personal data."""
        parts = (self._at(body, self._answer.status), self._at(body, self._answer.message))
        said = " ".join(str(part)[:_LONGEST_SHOWN] for part in parts if isinstance(part, (str, int)))
        return Text(f"“{said}”", said) if said else Text("的内容没有状态", "no status")

    def _at(self, body: Any, path: str) -> Any:
        return dig(body, steps(path, tabular=False))


def _meaning(status: Any) -> type[AdapterError]:
    """What a portal's own status of an answer asks the caller to do: it borrows the numbers of HTTP."""
    if not isinstance(status, int) or not 400 <= status < 500:
        return Retriable
    return Barred if status in REFUSED else Fatal


def _holds(change: PortalChange, held: int | None) -> Text:
    """What the portal has of a record instead of the version that a change was made on."""
    record = f"{change.kind} {change.key}"
    if held is None:
        return Text(f"{record}：门户没有此记录的已知版本", f"{record}: the portal holds no known version")
    return Text(f"{record}：门户现有版本为 {held}", f"{record}: the portal holds version {held}")


def _whole(version: Any) -> int | None:
    return version if isinstance(version, int) else None
