"""What is done, without doing it: each flow yields what to send or how long to wait, and is given what came.

The same flows drive the blocking client and the asynchronous one.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from yizhan_client.answers import Answer, Changes, Upload
from yizhan_client.errors import Conflict, NotDone, PositionUnknown, Refused, Rejected, Unreachable
from yizhan_client.retrying import AGAIN, NOT_LOOKED_AT, Retrying

T = TypeVar("T")
_JSON = {"Content-Type": "application/json"}
_CLOCK = "AUTH-003"
_FOLLOW_SECONDS = 1.0
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
"""Methods of which twice is as good as once (RFC 9110, 9.2.2)."""
Record = Mapping[str, Any]
Document = Record | Sequence[Record] | bytes


@dataclass(frozen=True)
class Send:
    method: str
    target: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wait:
    seconds: float


@dataclass(frozen=True)
class Reply:
    """What came: header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> dict[str, Any]:
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        return found if isinstance(found, dict) else {"title_en": self.body[:200].decode(errors="replace")}


@dataclass(frozen=True)
class Lost:
    """No reply came."""

    error: Exception


Flow = Generator[Send | Wait, Reply | Lost | None, T]
Learn = Callable[[str | None], bool]


class Flows:
    """The flows of one client. `learn` takes the gateway's clock when ours was refused."""

    def __init__(self, retrying: Retrying, learn: Learn) -> None:
        self._retrying = retrying
        self._learn = learn

    def push(
        self,
        kind: str,
        document: Document,
        *,
        key: str | None,
        connector: str | None,
        amend: bool,
        atomic: bool,
    ) -> Flow[Answer]:
        target = _target(f"/v1/{kind}s", connector=connector, amend=amend, atomic=atomic)
        headers = {**_JSON, "Idempotency-Key": key or str(uuid.uuid4())}
        reply = yield from self._asked(Send("POST", target, _bytes(document), headers))
        return Answer.of(reply.document(), is_replay=reply.headers.get("idempotent-replayed") == "true")

    def try_out(self, kind: str, document: Document, *, connector: str | None) -> Flow[dict[str, Any]]:
        target = _target(f"/v1/{kind}s", connector=connector, dry_run=True)
        return (yield from self._asked(Send("POST", target, _bytes(document), _JSON))).document()

    def upload(self, content: bytes, *, kind: str | None, connector: str | None, key: str | None) -> Flow[Upload]:
        wanted: dict[str, Any] = {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
        wanted |= {name: value for name, value in {"kind": kind, "connector": connector}.items() if value is not None}
        headers = {**_JSON, **({"Idempotency-Key": key} if key else {})}
        opened = yield from self._asked(Send("POST", "/v1/uploads", json.dumps(wanted).encode(), headers))
        session = opened.document()
        where, size = f"/v1/uploads/{session['upload_id']}", session["part_bytes"]
        for number in session["missing"]:
            part = content[(number - 1) * size : number * size]
            yield from self._asked(
                Send("PUT", f"{where}/parts/{number}", part, {"Content-Type": "application/octet-stream"})
            )
        done = (yield from self._asked(Send("POST", f"{where}/complete"))).document()
        return (yield from self._followed(done["submission_id"]))

    def _followed(self, submission_id: str) -> Flow[Upload]:
        where = f"/v1/submissions/{submission_id}"
        for _ in range(max(1, round(self._retrying.follow / _FOLLOW_SECONDS))):
            shown = (yield from self._asked(Send("GET", where))).document()
            if shown["state"] == "done":
                break
            yield Wait(_FOLLOW_SECONDS)
        else:
            raise NotDone(submission_id)
        receipt = yield from self._asked(Send("GET", f"{where}/receipt"))
        lines = yield from self._asked(Send("GET", f"{where}/records.ndjson?failures=true"))
        failures = [json.loads(line) for line in lines.body.splitlines() if line]
        counts = shown.get("progress", shown["answer"]).get("counts", {})
        return Upload(submission_id, receipt.body.decode(), counts, failures)

    def find(self, kind: str, number: str) -> Flow[dict[str, Any]]:
        return (yield from self._asked(Send("GET", f"/v1/{kind}s/{quote(number, safe='')}"))).document()

    def set_state(self, kind: str, number: str, state: str) -> Flow[dict[str, Any]]:
        body = json.dumps({"state": state}).encode()
        reply = yield from self._asked(Send("POST", f"/v1/{kind}s/{quote(number, safe='')}/state", body, _JSON))
        return reply.document()

    def picture(self, code: str, size_mm: int) -> Flow[bytes]:
        target = f"/v1/contracts/{quote(code, safe='')}/qr.png?size_mm={size_mm}"
        return (yield from self._asked(Send("GET", target))).body

    def put_document(self, code: str, pdf: bytes) -> Flow[dict[str, Any]]:
        target = f"/v1/contracts/{quote(code, safe='')}/document"
        return (yield from self._asked(Send("PUT", target, pdf, {"Content-Type": "application/pdf"}))).document()

    def changes(self, after: int, limit: int) -> Flow[Changes]:
        reply = yield from self._asked(Send("GET", f"/v1/changes?after={after}&limit={limit}"))
        document = reply.document()
        return Changes(document["changes"], document["high_water"])

    def keys(self) -> Flow[dict[str, Any]]:
        return (yield from self._asked(Send("GET", "/.well-known/jwks.json"))).document()

    def ask(self, method: str, target: str, document: Record | None) -> Flow[dict[str, Any]]:
        body = b"" if document is None else json.dumps(document).encode()
        send = Send(method, target, body, _JSON if body else {})
        return (yield from self._asked(send, may_repeat=method.upper() in _REPEATABLE)).document()

    def _asked(self, send: Send, *, may_repeat: bool = True) -> Flow[Reply]:
        """The reply to a request. Raises Refused and Unreachable.

        One that may not be repeated is sent again only where the gateway says that it has not looked at it.
        """
        has_learned = False
        for attempt in range(1, self._retrying.attempts + 1):
            reply = yield send
            assert reply is not None  # noqa: S101 - what is sent is answered, or lost
            is_last = attempt == self._retrying.attempts
            if isinstance(reply, Lost):
                if is_last or not may_repeat:
                    raise Unreachable(f"no answer in {attempt} attempts: {reply.error!r}") from reply.error
                yield Wait(self._retrying.pause(attempt, None))
                continue
            if reply.status < 400:
                return reply
            document = reply.document()
            if document.get("code") == _CLOCK and not has_learned:
                has_learned = self._learn(reply.headers.get("date"))
                if has_learned and not is_last:
                    continue
            if is_last or reply.status not in (AGAIN if may_repeat else NOT_LOOKED_AT):
                raise _refusal(reply.status, document)
            yield Wait(self._retrying.pause(attempt, reply.headers.get("retry-after")))
        raise AssertionError("unreachable")


def _refusal(status: int, document: Mapping[str, Any]) -> Refused:
    if document.get("code") == "CHANGES-001":
        return PositionUnknown(status, document)
    return {409: Conflict, 422: Rejected}.get(status, Refused)(status, document)


def _target(path: str, **query: str | bool | None) -> str:
    given = {name: "true" if value is True else value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def _bytes(document: Document) -> bytes:
    return document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
