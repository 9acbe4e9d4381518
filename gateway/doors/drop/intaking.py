"""What happens to a complete file: it becomes an envelope, goes through intake, and its answer is written as files."""

from __future__ import annotations

import asyncio
import mimetypes
import os
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from uuid import UUID

import orjson

from adapters.envelope import Channel, Envelope
from adapters.transports.manifest import LONGEST, BadManifest, Manifest, parse, rows_of
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.doors.drop.admission import Account, Completion
from gateway.doors.drop.places import Place
from gateway.doors.drop.results import Results, findings_of, has_rejections
from gateway.intake.document_findings import is_too_many
from gateway.intake.envelopes import arriving
from gateway.wiring.services import Services

_Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Document:
    """An open file. `path` reaches the very file that was opened, whatever lies under its name by now."""

    descriptor: int
    size: int
    version: _Version

    @property
    def path(self) -> Path:
        return Path(f"/dev/fd/{self.descriptor}")


class Taker:
    """Takes files out of inboxes. A file is in its inbox until its results lie there, so a crash only repeats work."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._under_way: dict[_Version, UUID] = {}
        """Large documents that were accepted, until their answer is known."""

    async def take(self, account: Account, place: Place) -> None:
        """Submit a file and write its results; one whose time has not come yet stays where it is.

        Raises Refused when nothing could be stored for the moment.
        """
        document = _opened(account, place)
        try:
            await asyncio.to_thread(self._check, account, place, document)
            answer = await self._answer(account, place, document)
            if answer is not None and _version(account.files.stat(place)) == document.version:
                findings = await self._findings(account, *answer)
                await asyncio.to_thread(Results(account.files).answered, place, *answer, findings)
        except Refused as refusal:
            if refusal.is_temporary:
                raise
            await asyncio.to_thread(Results(account.files).refused, place, refusal)
        finally:
            os.close(document.descriptor)

    def _check(self, account: Account, place: Place, document: _Document) -> None:
        """Raises Refused (DROP-001) when the file is not what its manifest says."""
        if account.completion is not Completion.MANIFEST or document.version in self._under_way:
            return
        try:
            manifest = parse(account.files.read(place.marker, LONGEST + 1))
            if manifest != Manifest():
                with document.path.open("rb") as file:
                    digest = file_digest(file, "sha256").hexdigest()
                route = account.connector.route(account.files.layout.kind_of(place.folder))
                manifest.check(digest, None if manifest.rows is None else rows_of(document.path, route))
        except BadManifest as error:
            raise Refused(problems.MANIFEST_MISMATCH, error.reason) from None

    async def _answer(self, account: Account, place: Place, document: _Document) -> tuple[UUID, bytes] | None:
        """The answer, or None while a large document is being worked on."""
        intake, tenant = self._services.intake, account.principal.tenant
        submission_id = self._under_way.get(document.version)
        if submission_id is None and document.size <= self._services.settings.http.max_body_bytes:
            raw = await asyncio.to_thread(document.path.read_bytes)
            answer = await intake.submit(_envelope(account, place, raw), tenant)
            if not is_too_many(orjson.loads(answer.body)):
                return answer.submission_id, answer.body
        if submission_id is None:
            accepted = await self._services.batches.accept(document.path, _envelope(account, place, b""), tenant)
            submission_id = self._under_way[document.version] = accepted.submission_id
        outcome = await self._services.batches.outcome(account.principal.scope, submission_id)
        if outcome is None:
            return None
        del self._under_way[document.version]
        return submission_id, orjson.dumps(outcome)

    async def _findings(self, account: Account, submission_id: UUID, answer: bytes) -> dict[str, bytes] | None:
        """What did not pass, as files by their suffix; None when everything did."""
        if not has_rejections(answer):
            return None
        scope, seal = account.principal.scope, account.principal.tenant.seal
        if await self._services.batches.progress(scope, submission_id) is not None:
            lines = [chunk async for chunk in self._services.batches.fates(scope, submission_id, failures=True)]
            return {".findings.ndjson": b"".join(lines)}
        rows = await self._services.reader.dead_letters(scope, submission_id)
        opened = [(row, orjson.loads(seal.open(row.source, submission_id.bytes))) for row in rows]
        notes = orjson.loads(answer).get("notes", [])
        return await asyncio.to_thread(findings_of, submission_id, opened, notes)


def _opened(account: Account, place: Place) -> _Document:
    descriptor = account.files.open(place)
    found = os.fstat(descriptor)
    return _Document(descriptor, found.st_size, _version(found))


def _version(found: os.stat_result) -> _Version:
    """What changes when a file is written to or another takes its name."""
    return found.st_ino, found.st_size, found.st_mtime_ns


def _envelope(account: Account, place: Place, raw: bytes) -> Envelope:
    return arriving(
        account.principal.tenant,
        raw,
        channel=Channel.SFTP,
        content_type=mimetypes.guess_type(place.name)[0] or "application/octet-stream",
        connector=account.connector.id,
        kind=account.files.layout.kind_of(place.folder),
        filename=place.name,
    )
