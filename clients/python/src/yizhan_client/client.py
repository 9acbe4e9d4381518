"""The blocking client and the asynchronous one; both only drive the flows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, TypeVar

import httpx

from yizhan_client.answers import Answer, Changes, Upload
from yizhan_client.flows import Document, Flow, Flows, Lost, Record, Reply, Send, Wait
from yizhan_client.retrying import Retrying
from yizhan_client.signing import Signer

T = TypeVar("T")


class _Base:
    def __init__(self, key_id: str, secret: str, retrying: Retrying | None) -> None:
        self._signer = Signer(key_id, secret)
        self._flows = Flows(retrying or Retrying(), self._signer.learn)

    def _headers(self, send: Send) -> dict[str, str]:
        return {
            **send.headers,
            "Authorization": self._signer.authorization(send.method, send.target, send.body, send.headers),
        }


class Client(_Base):
    """Speaks to a gateway in the name of one credential. May be shared by threads.

    Every method raises Refused (with the gateway's code) and Unreachable. `http` are options of httpx.Client.
    """

    def __init__(self, url: str, key_id: str, secret: str, *, retrying: Retrying | None = None, **http: Any) -> None:
        super().__init__(key_id, secret, retrying)
        self._http = httpx.Client(base_url=url, **{"timeout": 60, **http})

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def push(
        self,
        kind: str,
        document: Document,
        *,
        key: str | None = None,
        connector: str | None = None,
        amend: bool = False,
        atomic: bool = False,
    ) -> Answer:
        """Push "contract"s or "roster"s: a record, a list of them, or the bytes of your own format with `connector`.

        `key` makes it safe to call again after a crash: use one of yours for each push, such as number and version.
        Without it one is made, which makes the retries within this call safe. A single record that does not pass raises
        Rejected, a number that is stored otherwise Conflict; of a list each has its fate in the answer.
        """
        options: dict[str, Any] = {"key": key, "connector": connector, "amend": amend, "atomic": atomic}
        return self._run(self._flows.push(kind, document, **options))

    def try_out(self, kind: str, document: Document, *, connector: str | None = None) -> dict[str, Any]:
        """What would become of every value; nothing is stored."""
        return self._run(self._flows.try_out(kind, document, connector=connector))

    def upload(
        self, content: bytes, *, kind: str | None = None, connector: str | None = None, key: str | None = None
    ) -> Upload:
        """Hand over a large document in parts, and wait until every row has its fate. It goes on where it broke off.

        Raises NotDone when that takes too long; the document is kept, and calling again follows it further.
        """
        return self._run(self._flows.upload(content, kind=kind, connector=connector, key=key))

    def find(self, kind: str, number: str) -> dict[str, Any]:
        """A record by its code or its number."""
        return self._run(self._flows.find(kind, number))

    def set_state(self, kind: str, number: str, state: str) -> dict[str, Any]:
        """Move a record's state: `signed`, `void`."""
        return self._run(self._flows.set_state(kind, number, state))

    def picture(self, code: str, size_mm: int = 30) -> bytes:
        """The QR of a contract as PNG, ready for print."""
        return self._run(self._flows.picture(code, size_mm))

    def put_document(self, code: str, pdf: bytes) -> dict[str, Any]:
        """Register the final PDF of a contract, which shows its QR."""
        return self._run(self._flows.put_document(code, pdf))

    def changes(self, after: int = 0, limit: int = 100) -> Changes:
        """What happened to your records behind a position. Raises PositionUnknown."""
        return self._run(self._flows.changes(after, limit))

    def keys(self) -> dict[str, Any]:
        """The published keys, for `verify_receipt`."""
        return self._run(self._flows.keys())

    def ask(self, method: str, target: str, document: Record | None = None) -> dict[str, Any]:
        """Any other address of the API: JSON in, JSON out. A POST is not sent again when its reply is lost."""
        return self._run(self._flows.ask(method, target, document))

    def _run(self, flow: Flow[T]) -> T:
        given: Reply | Lost | None = None
        while True:
            try:
                step = flow.send(given)
            except StopIteration as stop:
                return stop.value
            if isinstance(step, Wait):
                time.sleep(step.seconds)
                given = None
            else:
                given = self._sent(step)

    def _sent(self, send: Send) -> Reply | Lost:
        try:
            answer = self._http.request(send.method, send.target, content=send.body, headers=self._headers(send))
        except httpx.TransportError as error:
            return Lost(error)
        return _reply(answer)


class AsyncClient(_Base):
    """The same for asyncio."""

    def __init__(self, url: str, key_id: str, secret: str, *, retrying: Retrying | None = None, **http: Any) -> None:
        super().__init__(key_id, secret, retrying)
        self._http = httpx.AsyncClient(base_url=url, **{"timeout": 60, **http})

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def push(
        self,
        kind: str,
        document: Document,
        *,
        key: str | None = None,
        connector: str | None = None,
        amend: bool = False,
        atomic: bool = False,
    ) -> Answer:
        """See Client.push."""
        options: dict[str, Any] = {"key": key, "connector": connector, "amend": amend, "atomic": atomic}
        return await self._run(self._flows.push(kind, document, **options))

    async def try_out(self, kind: str, document: Document, *, connector: str | None = None) -> dict[str, Any]:
        """See Client.try_out."""
        return await self._run(self._flows.try_out(kind, document, connector=connector))

    async def upload(
        self, content: bytes, *, kind: str | None = None, connector: str | None = None, key: str | None = None
    ) -> Upload:
        """See Client.upload."""
        return await self._run(self._flows.upload(content, kind=kind, connector=connector, key=key))

    async def find(self, kind: str, number: str) -> dict[str, Any]:
        """See Client.find."""
        return await self._run(self._flows.find(kind, number))

    async def set_state(self, kind: str, number: str, state: str) -> dict[str, Any]:
        """See Client.set_state."""
        return await self._run(self._flows.set_state(kind, number, state))

    async def picture(self, code: str, size_mm: int = 30) -> bytes:
        """See Client.picture."""
        return await self._run(self._flows.picture(code, size_mm))

    async def put_document(self, code: str, pdf: bytes) -> dict[str, Any]:
        """See Client.put_document."""
        return await self._run(self._flows.put_document(code, pdf))

    async def changes(self, after: int = 0, limit: int = 100) -> Changes:
        """See Client.changes."""
        return await self._run(self._flows.changes(after, limit))

    async def keys(self) -> dict[str, Any]:
        """See Client.keys."""
        return await self._run(self._flows.keys())

    async def ask(self, method: str, target: str, document: Record | None = None) -> dict[str, Any]:
        """See Client.ask."""
        return await self._run(self._flows.ask(method, target, document))

    async def _run(self, flow: Flow[T]) -> T:
        given: Reply | Lost | None = None
        while True:
            try:
                step = flow.send(given)
            except StopIteration as stop:
                return stop.value
            if isinstance(step, Wait):
                await asyncio.sleep(step.seconds)
                given = None
            else:
                given = await self._sent(step)

    async def _sent(self, send: Send) -> Reply | Lost:
        try:
            answer = await self._http.request(send.method, send.target, content=send.body, headers=self._headers(send))
        except httpx.TransportError as error:
            return Lost(error)
        return _reply(answer)


def _reply(answer: httpx.Response) -> Reply:
    headers: Mapping[str, str] = {name.lower(): value for name, value in answer.headers.items()}
    return Reply(answer.status_code, headers, answer.content)
