"""Fetches a partner's documents and submits them as if the partner had sent them. Callers: command line, schedulers.

The watermark moves after a document is durable here, so a crash fetches one again at most, and intake knows it by its
content. Blocking transfers run in a thread.
"""

from __future__ import annotations

import asyncio
import mimetypes
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson

from adapters.connector import Connector
from adapters.envelope import Envelope
from adapters.errors import Fatal, Retriable
from adapters.transports.manifest import BadManifest, rows_of
from adapters.transports.positions import Position
from adapters.transports.sftp import Changed, Fetched, RemoteFile, SftpSource, connected
from adapters.transports.sftp_options import SftpOptions, options_of
from gateway.access.accounts import Role
from gateway.drafts import Answer, Tenant
from gateway.problems import Refused
from gateway.services import Services
from gateway.settings import resolve_reference
from gateway.store import watermarks

_CHANNEL = "sftp-pull"


@dataclass(frozen=True, slots=True)
class Pulled:
    """What became of one file: the answer it got, or why it was not submitted and stays where it is."""

    name: str
    answer: Answer | None
    problem: str = ""

    @property
    def counts(self) -> dict[str, int]:
        return {} if self.answer is None else orjson.loads(self.answer.body).get("counts", {})


async def pull(services: Services, connector_id: str) -> list[Pulled]:
    """Fetch and submit every complete file that has not been taken, oldest first.

    Raises Retriable when the network or the store is away, or another pull is under way, and Fatal when a person must
    mend something; what was taken before counts. A file that contradicts its marker, or changes while it is fetched,
    is reported and tried again by the next pull.
    """
    connector = services.connectors.get(connector_id)
    if connector is None or connector.source is None:
        raise Fatal(f"connector {connector_id} has no source to pull from")
    tenant = await _tenant(services, connector)
    options = options_of(connector.source, _secret)
    scratch = services.settings.home / "pull" / connector.id
    with ExitStack() as stack:
        source = await asyncio.to_thread(stack.enter_context, connected(options, scratch))
        return await _Pull(services, connector, tenant, source, options).run()


class _Pull:
    """One run over one folder."""

    def __init__(
        self, services: Services, connector: Connector, tenant: Tenant, source: SftpSource, options: SftpOptions
    ) -> None:
        self._services = services
        self._connector = connector
        self._tenant = tenant
        self._source = source
        self._kind = (connector.source or {}).get("kind")
        self._stream = f"sftp:{options.host}:{options.port}{options.folder}"

    async def run(self) -> list[Pulled]:
        self._mark = await watermarks.get(self._services.database, self._connector.id, self._stream)
        ready = await asyncio.to_thread(self._source.ready)
        wanted = Position.from_json(self._mark.value).unseen(ready)
        await asyncio.to_thread(self._source.forget_all_but, wanted)
        return [await self._take(file) for file in wanted]

    async def _take(self, file: RemoteFile) -> Pulled:
        try:
            fetched = await asyncio.to_thread(self._fetch, file)
        except (BadManifest, Changed) as error:
            return Pulled(file.name, None, str(error))
        answer = await self._submit(file, fetched)
        await self._move(file, fetched.sha256)
        fetched.path.unlink()
        return Pulled(file.name, answer)

    def _fetch(self, file: RemoteFile) -> Fetched:
        """The file, after its marker's claims were found true."""
        fetched = self._source.fetch(file)
        claimed = fetched.manifest
        rows = None if claimed.rows is None else rows_of(fetched.path, self._connector.route(self._kind))
        claimed.check(fetched.sha256, rows)
        return fetched

    async def _submit(self, file: RemoteFile, fetched: Fetched) -> Answer:
        envelope = Envelope(
            raw=b"",
            tenant=self._tenant.name,
            channel=_CHANNEL,
            received_at=datetime.now(UTC),
            content_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
            connector=self._connector.id,
            kind=self._kind,
            filename=file.name,
        )
        try:
            if file.size > self._services.settings.http.max_body_bytes:
                return await self._services.batches.accept(fetched.path, envelope, self._tenant)
            raw = await asyncio.to_thread(fetched.path.read_bytes)
            return await self._services.intake.submit(replace(envelope, raw=raw), self._tenant)
        except Refused as refusal:
            kind = Retriable if refusal.problem.status >= 500 else Fatal
            raise kind(f"{file.name}: {refusal}") from refusal

    async def _move(self, file: RemoteFile, sha256: str) -> None:
        value = Position.from_json(self._mark.value).after(file, sha256).as_json()
        where = self._connector.id, self._stream
        async with self._services.database.writing() as connection:
            if not await watermarks.move(connection, *where, self._mark.revision, value):
                raise Retriable(f"another pull of {self._connector.id} is under way")
        self._mark = watermarks.Watermark(self._mark.revision + 1, value)


def _secret(reference: str) -> str | None:
    try:
        return resolve_reference(reference)
    except (KeyError, OSError) as error:
        raise Fatal(f"the secret {reference} is not there") from error


async def _tenant(services: Services, connector: Connector) -> Tenant:
    """The one partner whose credentials belong to the connector; what is pulled is its own. Raises Fatal."""
    bound = await services.accounts.bound_to(connector.id)
    tenants = {each.tenant.id: each.tenant for each in bound if each.role is Role.PARTNER}
    if len(tenants) != 1:
        raise Fatal(f"connector {connector.id} needs credentials of exactly one partner, there are {len(tenants)}")
    return next(iter(tenants.values()))
