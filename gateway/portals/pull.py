"""Fetches what partners have and submits it as if they had sent it. Callers: command line, Airflow, tests.

Every document is an envelope through intake, and its stream's mark moves in the same transaction: a crash can neither
lose a page nor skip one. What is fetched again is recognised by its content.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.connector import Connector
from adapters.envelope import Channel, Envelope
from adapters.errors import Barred, Fatal, Retriable
from adapters.transports.portal import Window
from adapters.transports.portals import open_portal
from adapters.transports.sftp_options import options_of
from gateway.access.accounts import Accounts
from gateway.access.tenants import Tenant
from gateway.alerts import alerts
from gateway.alerts.alerts import Alert
from gateway.alerts.rows import AlertCode
from gateway.base.problems import Refused
from gateway.batch.batches import Batches
from gateway.intake.envelopes import arriving
from gateway.intake.intake import Intake
from gateway.ledger.submission import Shape, Submission
from gateway.ledger.values import Answer
from gateway.portals import watermarks
from gateway.portals.feed import Document, Feed, Piece
from gateway.portals.portal_feed import PortalFeed
from gateway.portals.secrets import secret
from gateway.store.database import Database
from schemas.findings import Text

_RACES = 5


@dataclass(frozen=True, slots=True)
class Pulled:
    """What became of one document: the answer it got (none when it was empty), or the `problem` that holds it back."""

    name: str
    answer: Answer | None
    problem: Text | None = None

    @property
    def counts(self) -> dict[str, int]:
        """How many records met which fate now; those of a document that was here before are `repeated`."""
        counts: dict[str, int] = {} if self.answer is None else orjson.loads(self.answer.body).get("counts", {})
        is_new = self.answer is None or not self.answer.replayed
        return counts if is_new else {"rows": counts.get("rows", 0), "repeated": counts.get("rows", 0)}


def totals(taken: Iterable[Pulled]) -> dict[str, int]:
    """The fates of all documents together, how many `documents` there were and how many had `problems`."""
    found = Counter[str]()
    for each in taken:
        found.update(each.counts, documents=1)
        if each.problem is not None:
            found["problems"] += 1
    return dict(found)


class Pulls:
    """Pulls from the servers and portals of partners. `scratch` is where files lie on their way.

    A file of more than `most_at_once` bytes is worked on in the background.
    """

    def __init__(
        self,
        *,
        connectors: Mapping[str, Connector],
        database: Database,
        accounts: Accounts,
        intake: Intake,
        batches: Batches,
        scratch: Path,
        most_at_once: int,
    ) -> None:
        self.connectors = connectors
        self.database = database
        self.accounts = accounts
        self.intake = intake
        self.batches = batches
        self.scratch = scratch
        self.most_at_once = most_at_once

    async def plan(self, connector_id: str, window: Window | None = None) -> list[Piece]:
        """What a pull of the connector has to read, in the order in which it should. `window` reads the past again.

        Raises Retriable when the network or the portal is away, and Fatal when a person must put something right: then
        there is an alert, unless the connector belongs to nobody.
        """
        async with self._opened(connector_id) as opened:
            return await opened.pieces(window)

    async def pull(
        self, connector_id: str, window: Window | None = None, pieces: Sequence[Piece] | None = None
    ) -> list[Pulled]:
        """Fetch and submit everything new (or `pieces` of it), oldest first. What was taken before a failure counts.

        Raises Retriable and Fatal like `plan`. What a person must put right about one kind or file holds up no other. A
        file that contradicts its marker, has a name that cannot be used, or changes while it is fetched, is reported
        and tried again by the next pull; the first two are alerts until they are put right.
        """
        async with self._opened(connector_id) as opened:
            wanted = await opened.pieces(window) if pieces is None else pieces
            taken: list[Pulled] = []
            stopped: dict[str, Fatal] = {}
            for piece in wanted:
                if piece.subject in stopped:
                    continue
                try:
                    taken += await opened.take(piece)
                except Barred:
                    raise
                except Fatal as error:
                    stopped[piece.subject] = error
            if stopped:
                raise next(iter(stopped.values()))
            return taken

    @asynccontextmanager
    async def _opened(self, connector_id: str) -> AsyncGenerator[_Pull]:
        connector = self.connectors.get(connector_id)
        if connector is None or connector.source is None:
            raise Fatal(
                Text(
                    f"对接配置 {connector_id} 没有可以拉取的来源",
                    f"connector {connector_id} has no source to pull from",
                )
            )
        opened = _Pull(self, connector, await self.accounts.partner_of(connector_id))
        await opened.open()
        try:
            yield opened
        finally:
            await opened.close()


class _Pull:
    """A pull under way.

    What a person must put right is an alert about a kind, a file or (no subject) the connector; it ends once that is
    read.
    """

    def __init__(self, pulls: Pulls, connector: Connector, tenant: Tenant) -> None:
        self._pulls = pulls
        self._connector = connector
        self._tenant = tenant
        self._feed: Feed

    async def open(self) -> None:
        async with self._alerting(""):
            self._feed = await asyncio.to_thread(_feed, self._pulls, self._connector)

    async def close(self) -> None:
        await asyncio.to_thread(self._feed.close)

    async def pieces(self, window: Window | None) -> list[Piece]:
        async with self._alerting(""):
            found = await self._feed.pieces(window)
        await self._settle(AlertCode.PULL_STOPPED, "")
        for code in (AlertCode.BAD_NAME, AlertCode.SERVER_CLOCK):
            untaken = Alert(self._tenant, self._connector.id, code)
            await alerts.settle_others(self._pulls.database, untaken, {piece.subject for piece in found})
        return found

    async def take(self, piece: Piece) -> list[Pulled]:
        """What became of the documents of a piece."""
        async with self._alerting(piece.subject):
            taken = [await self._taken(piece, document) async for document in self._feed.documents(piece)]
        if await self._feed.is_unbroken(piece):
            await self._settle(AlertCode.PULL_STOPPED, piece.subject)
        return taken

    @asynccontextmanager
    async def _alerting(self, subject: str) -> AsyncGenerator[None]:
        try:
            yield
        except Fatal as error:
            await self._raise(AlertCode.PULL_STOPPED, subject, error.text)
            raise

    async def _raise(self, code: AlertCode, subject: str, what: Text) -> None:
        alert = Alert(self._tenant, self._connector.id, code, subject)
        await alerts.raise_alert(self._pulls.database, alert, what)

    async def _settle(self, code: AlertCode, subject: str) -> None:
        await alerts.settle(self._pulls.database, Alert(self._tenant, self._connector.id, code, subject))

    async def _taken(self, piece: Piece, document: Document) -> Pulled:
        if document.problem is not None:
            if document.alert is not None:
                await self._raise(document.alert, document.name, document.problem)
            return Pulled(document.name, None, document.problem)
        for _ in range(_RACES):
            try:
                answer = await self._submit(piece, document)
                break
            except _Overtaken:
                continue  # another worker moved the mark of this stream; intake knows what it has seen
            except Refused as refusal:
                kind = Retriable if refusal.is_temporary else Fatal
                said = refusal.text
                raise kind(Text(f"{document.name}：{said.zh}", f"{document.name}: {said.en}")) from refusal
        else:
            name = self._connector.id
            raise Retriable(Text(f"{name} 的另一次拉取正在进行", f"another pull of {name} is under way"))
        document.release()
        if piece.file is not None:
            for code in (AlertCode.BROKEN_FILE, AlertCode.BAD_NAME, AlertCode.SERVER_CLOCK):
                await self._settle(code, piece.file)
        return Pulled(document.name, answer)

    async def _submit(self, piece: Piece, document: Document) -> Answer | None:
        pulls, tenant = self._pulls, self._tenant
        envelope = self._envelope(document)

        async def move_mark(connection: AsyncConnection) -> None:
            if piece.moves_mark:
                await self._move(connection, document)
            if submission is not None:
                await alerts.raise_drift(connection, self._connector.id, submission)

        submission: Submission | None = None
        if document.is_empty:
            async with pulls.database.writing() as connection:
                await move_mark(connection)
            return None
        if document.path is not None and document.path.stat().st_size > pulls.most_at_once:
            return await pulls.batches.accept(document.path, envelope, tenant, move_mark)
        raw = document.raw if document.path is None else await asyncio.to_thread(document.path.read_bytes)
        if document.path is None:
            envelope = replace(envelope, idempotency_key=self._page_key(document))
        submission = await pulls.intake.prepare(replace(envelope, raw=raw), tenant)
        if document.path is None:
            _must_be_readable(document, submission)
        return await pulls.intake.store(submission, move_mark)

    def _page_key(self, document: Document) -> str:
        """The same page read by the same mapping is the same request, whenever it comes again."""
        stamp = self._connector.route(document.kind).stamp
        return f"page:{sha256(document.raw + stamp.encode()).hexdigest()}"

    def _envelope(self, document: Document) -> Envelope:
        """What the document is submitted as."""
        is_page = document.path is None
        return arriving(
            self._tenant,
            channel=Channel.PORTAL if is_page else Channel.SFTP_PULL,
            content_type=document.content_type,
            connector=self._connector.id,
            kind=document.kind,
            filename=document.name,
            amend=self._connector.is_portal,
        )

    async def _move(self, connection: AsyncConnection, document: Document) -> None:
        connector, stream = self._connector.id, document.stream
        mark = await watermarks.hold(connection, connector, stream)
        further = document.advance(mark.value)
        if not await watermarks.move(connection, connector, stream, mark.revision, value=further):
            raise _Overtaken


class _Overtaken(Exception):
    """The mark was moved by somebody else between reading and moving it."""


def _must_be_readable(document: Document, submission: Submission) -> None:
    """A page that cannot be read is not taken, and the mark stays before it until a person has removed the cause.

    It is no half page: those the transport has asked for again.
    """
    if submission.reading.shape is Shape.UNREADABLE:
        finding = submission.rejections[0].findings[0]
        where = f"{document.name}: {finding.code}"
        raise Fatal(Text(f"{where} {finding.reason.zh}", f"{where} {finding.reason.en}"))


def _feed(pulls: Pulls, connector: Connector) -> Feed:
    source: Any = connector.source
    scratch = pulls.scratch / connector.id
    if source["transport"] == "sftp":
        from gateway.portals.file_feed import FileFeed  # with its client it is a tenth of a process's start

        return FileFeed(options_of(source, secret), connector, pulls.database, scratch)
    return PortalFeed(open_portal(connector, secret, scratch), connector, pulls.database)
