"""`yizhan keys rewrap` and `rotate-data`: the master key, and the data key of a partner, changed while all goes on.

A data key is changed in steps, each of which every process knows of before the next: the new key opens; it seals, and
the old one opens; what the old one has sealed is sealed anew. The command may be stopped and given again at any step.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
from rich.console import Console
from rich.progress import Progress

from gateway.access.accounts import Accounts
from gateway.access.rows import KeysPhase
from gateway.access.tenants import Tenant
from gateway.base.clock import Clock
from gateway.base.errors import UserError
from gateway.base.settings import Settings
from gateway.cli.administration import open_accounts, open_database, with_database
from gateway.field_checks.field_checks import photo_place
from gateway.inspection.reattesting import Witness
from gateway.ledger.attested import record_ref, submission_ref
from gateway.ledger.document_shelf import name_place
from gateway.ledger.kinds import BEHAVIOURS
from gateway.onboarding import registrations
from gateway.online_contracts.contracts import document_place
from gateway.online_contracts.signers import drawing_place
from gateway.persons import persons
from gateway.seals import seals
from gateway.store.blobs import Blobs
from gateway.store.database import Database
from gateway.store.resealing import Column, Row, blobs_of, count, reseal
from gateway.transparency.entries import LeafKind
from gateway.trust import rewrapping
from gateway.trust.keyring import Keyring
from gateway.trust.sealing import MasterKey

SETTLED = timedelta(seconds=10)
"""Processes look for changed keys every second; until all have, nothing may depend on it."""
FORGOTTEN = timedelta(hours=1)
"""How long the old key goes on opening at least: a process that was held up may still seal by it."""
_WORD = "sealed:"


def rewrap(settings: Settings) -> None:
    """Wrap by the present master key whatever another has wrapped."""
    counts = {True: 0, False: 0}

    def note(is_renewed: bool) -> None:
        counts[is_renewed] += 1

    async def run() -> None:
        async with open_database(settings) as database:
            master = MasterKey.of(settings)
            await Accounts(database, master).rewrap(note)
            await Keyring(database, master, settings.public_url).rewrap(note)
            for room in (registrations, persons, seals):
                await rewrapping.rewrap(database, master, await room.wrappings(database), note)

    with_database(settings, run)
    Console().print(f"已换新 renewed {counts[True]}，原已是新密钥 already by this key {counts[False]}")


def rotate_data(settings: Settings, partner: str, *, forget: bool) -> None:
    """Change the data key of a partner, or with `forget` only drop the keys before it. Raises UserError."""

    async def run() -> int:
        async with open_accounts(settings) as accounts, open_database(settings) as database:
            if await accounts.named(partner) is None:
                raise UserError(f"没有对接方 {partner} / no partner {partner}")
            if forget:
                await _must_be_over(accounts, partner)
            else:
                await _switch(accounts, partner)
            tenant = await _tenant(accounts, partner)
            done = await _reseal(database, Blobs(settings.home / "blobs"), tenant)
            if forget:
                await accounts.advance_keys(partner, KeysPhase.SWITCHED, None)
            return done

    done = with_database(settings, run)
    Console().print(f"{partner}：已重新加密 sealed anew {done}")


async def _tenant(accounts: Accounts, partner: str) -> Tenant:
    tenant = await accounts.named(partner)
    assert tenant is not None  # noqa: S101 - it was there a moment ago
    return tenant


async def _switch(accounts: Accounts, partner: str) -> None:
    """To a new key; where one was announced or has begun to seal before, that is gone on with."""
    announced = await accounts.advance_keys(partner, None, KeysPhase.ANNOUNCED)
    if announced.keys_phase is KeysPhase.ANNOUNCED:
        await _settle(announced.keys_changed_at)
    switched = await accounts.advance_keys(partner, KeysPhase.ANNOUNCED, KeysPhase.SWITCHED)
    await _settle(switched.keys_changed_at)


async def _must_be_over(accounts: Accounts, partner: str) -> None:
    """Raises UserError when no key waits to be forgotten, or a process that was held up may still seal by it."""
    row = await accounts.keys_of(partner)
    if row.keys_phase is not KeysPhase.SWITCHED:
        raise UserError(f"{partner} 没有待停用的旧密钥 / has no old key to forget")
    if row.keys_changed_at > Clock.now() - FORGOTTEN:
        raise UserError("密钥更换后须至少等待一小时 / an hour must pass after the change of the key")


async def _settle(since: datetime) -> None:
    await asyncio.sleep(max(0.0, (since + SETTLED - Clock.now()).total_seconds()))


async def _reseal(database: Database, blobs: Blobs, tenant: Tenant) -> int:
    """Everything of a tenant, with progress."""
    done = 0
    with Progress(console=Console(stderr=True)) as progress:
        for column in _columns(tenant):
            total = await count(database, tenant.id, column)
            task = progress.add_task(f"{column.table}.{column.name}", total=total)
            done += await reseal(
                database, tenant.seal, tenant.id, column, note=lambda seen, task=task: progress.advance(task, seen)
            )
        files = await blobs_of(database, blobs, tenant.id)
        task = progress.add_task("blobs", total=len(files))
        for folder, name in files:
            done += await asyncio.to_thread(folder.reseal, name, tenant.seal, tenant.id)
            progress.advance(task)
    return done


def _columns(tenant: Tenant) -> Iterator[Column]:
    """Every sealed column, with what each is bound to."""
    record = _place("record/{tenant_id}/{kind}/{key}")
    receipts = Witness(LeafKind.RECEIPT, lambda row: submission_ref(row["id"]))
    versions = Witness(
        LeafKind.RECORD, lambda row: record_ref(row["tenant_id"], row["kind"], row["key"], row["version"])
    )
    yield Column(table="submission", name="raw", keys=("id",), place=lambda row: row["id"].bytes, witness=receipts)
    yield Column(
        table="submission",
        name="filename",
        keys=("id",),
        place=_place("word/{id}"),
        read=_of_word,
        write=_word_of,
        witness=receipts,
    )
    for name in ("filename", "idempotency_key"):
        yield Column(
            table="upload",
            name=f"(request ->> '{name}')",
            keys=("id",),
            place=_place("word/{id}"),
            read=_of_word,
            write=_word_of,
            sets=f"request = jsonb_set(request, '{{{name}}}', to_jsonb(CAST(:sealed_anew AS text)))",
        )
    keys = ("tenant_id", "kind", "key")
    yield Column(
        table="record",
        name="body",
        keys=keys,
        place=record,
        also=lambda *row: _people(tenant, *row),
        witness=versions,
        shown=("version",),
    )
    yield Column(table="record_version", name="body", keys=(*keys, "version"), place=record, witness=versions)
    yield Column(table="document", name="blob", keys=(*keys, "sha256"), place=lambda row: bytes(row["sha256"]))
    yield Column(
        table="document", name="name", keys=(*keys, "sha256"), place=lambda row: name_place(bytes(row["sha256"]))
    )
    yield Column(table="field_check", name="body", keys=("id",), place=lambda row: row["id"].bytes)
    yield Column(
        table="field_check_photo",
        name="blob",
        keys=("check_id", "number"),
        place=lambda row: photo_place(row["check_id"], row["number"]),
    )
    yield Column(table="online_contract", name="body", keys=("id",), place=lambda row: row["id"].bytes)
    yield Column(table="online_contract", name="document", keys=("id",), place=lambda row: document_place(row["id"]))
    yield Column(table="signing", name="sealed", keys=("id",), place=lambda row: row["id"].bytes)
    yield Column(table="signing", name="drawing", keys=("id",), place=lambda row: drawing_place(row["id"]))
    yield Column(table="sealed_roster", name="blob", keys=("code", "sha256"), place=lambda row: bytes(row["sha256"]))
    letter = ("submission_id", "ordinal")
    for name in ("source", "edited"):
        yield Column(table="dead_letter", name=name, keys=letter, place=lambda row: row["submission_id"].bytes)
    yield Column(
        table="batch_chunk",
        name="payload",
        keys=("submission_id", "first_ordinal"),
        place=_place("chunk/{submission_id}/{first_ordinal}"),
    )
    yield Column(table="conflict", name="theirs", keys=("id", *keys), place=record)
    yield Column(table="target", name="keys", keys=("id",), place=_place("target/{id}"))
    yield Column(
        table="snapshot_page",
        name="raw",
        keys=("reconciliation_id", "kind", "number"),
        place=_place("snapshot/{reconciliation_id}/{kind}/{number}"),
        of="reconciliation_id IN (SELECT id FROM reconciliation WHERE tenant_id = :tenant)",
    )


def _of_word(word: str) -> bytes | None:
    return b64decode(word.removeprefix(_WORD)) if word.startswith(_WORD) else None


def _word_of(sealed: bytes) -> str:
    return _WORD + b64encode(sealed).decode()


def _place(form: str) -> Callable[[Row], bytes]:
    return lambda row: form.format_map(row).encode()


def _people(tenant: Tenant, row: Row, sealed: bytes, place: bytes) -> Mapping[str, Any]:
    """The blind indexes under the new key."""
    body = orjson.loads(tenant.seal.open(sealed, place))
    return {"people": BEHAVIOURS[row["kind"]].facts(body, tenant, tenant.division).people}
